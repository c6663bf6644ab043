import Baselines
import Deep
import Foundation
import Harness
import Scenes
import Settings
import Storage

/// A stored run as a file of ONNX.
package struct ONNXExport {
  /// The run's folder.
  let folder: URL
  let run: StoredModel
  /// What the run was trained with, before a network's precision was made fp32.
  private let settings: CellSettings
  private let record: RunStore.Record?

  /// How many training pictures the ranges of values are taken from.
  private static let calibrationPictures = 32

  /// The versions of the operators that a graph has.
  private static func operatorSets(_ graph: GraphBuilder) -> [String: Int] {
    let hasForest = graph.nodes.contains { $0.domain == PictureGraph.forestDomain }
    return hasForest ? ["": 17, PictureGraph.forestDomain: 1] : ["": 17]
  }

  /// Opens the run in `folder`. A network computes in fp32, whatever it was trained with.
  ///
  /// - Throws: as `StoredModel`.
  package init(run folder: URL) throws {
    let isNetwork = (try? RunStore.settings(of: folder))?.architecture != nil
    run = try StoredModel(run: folder, precision: isNetwork ? .fp32 : nil)
    settings = try RunStore.settings(of: folder)
    record = try RunStore(folder: folder.deletingLastPathComponent()).record(of: folder.lastPathComponent)
    self.folder = folder
  }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - isInt8: whether a network computes in int8, with ranges from the run's training pictures.
  ///   - progress: told of those.
  /// - Throws: `ONNXError.notExpressible` and `.unknownOperation` for a run that can't be written, `.tooLarge`;
  ///   `SettingError.invalid` for int8 without a network; errors of the training pictures and of writing.
  package func write(to file: URL, isInt8: Bool, progress: ProgressReporter) throws {
    let model = try model(isInt8: isInt8, progress: progress)
    guard model.weightBytes < ONNXModel.byteLimit else {
      throw ONNXError.tooLarge(file: file.path, bytes: model.weightBytes)
    }
    let data = model.data
    guard data.count <= ONNXModel.byteLimit else { throw ONNXError.tooLarge(file: file.path, bytes: data.count) }
    try Files.write(data, to: file)
  }

  private func model(isInt8: Bool, progress: ProgressReporter) throws -> ONNXModel {
    let builder = GraphBuilder()
    let graph = PictureGraph(
      builder, classes: run.classes, size: run.settings.data.size.common,
      isProbabilistic: !(run.segmenter is SVCSegmenter))
    var calibration: Calibration?
    switch run.segmenter {
    case let segmenter as NetworkSegmenter:
      if isInt8 { calibration = try self.calibration(of: segmenter.model, progress) }
      try graph.add(segmenter.model, roundings: calibration?.roundings)
    case let segmenter as any PixelSegmenter:
      if isInt8 {
        throw SettingError.invalid(
          setting: "--int8", value: "given", bound: "left out with \(settings.model), which is no network")
      }
      try graph.add(segmenter, run: folder.path)
    default:
      throw ONNXError.notExpressible(run: folder.path, reason: "\(settings.model) has no form in ONNX yet")
    }
    return ONNXModel(
      graph: graph.graph(named: settings.model), operatorSets: Self.operatorSets(builder), producer: "segbench",
      producerVersion: Environment.version, description: description,
      metadata: try metadata(calibration))
  }

  // MARK: Int8

  private struct Calibration {
    let roundings: [Rounding]
    let pictures: Int
  }

  private func calibration(of network: NetworkModel, _ progress: ProgressReporter) throws -> Calibration {
    let training = try run.settings.data.open().split.training
    let entries = training.spaced(Self.calibrationPictures)
    progress.begin("ranges of values over \(entries.count) training pictures")
    var ranges = ValueRanges()
    for (index, entry) in entries.enumerated() {
      try Interrupts.check()
      let picture = try entry.load(size: run.settings.data.size.common).picture
      try ranges.add(network, ImageData(picture))
      progress.update(Double(index + 1) / Double(entries.count))
    }
    progress.end("done")
    return Calibration(roundings: ranges.roundings(), pictures: entries.count)
  }

  // MARK: What the file says of itself

  private var description: String {
    let seen = run.settings.data.size.common.map { "brought to \($0) as segbench does it" } ?? "seen at their own size"
    return """
      Semantic segmentation by segbench: \(settings.model), run \(folder.lastPathComponent). \
      '\(PictureGraph.pictures)' are RGB pictures, uint8 [pictures, height, width, 3], of any size; they are \(seen), \
      normalised and padded within. '\(PictureGraph.classMap)', uint8 [pictures, height, width], is the class of every \
      pixel as a place in the metadata's 'classes'.
      """
  }

  /// A class as the metadata has it.
  private struct ClassEntry: Encodable {
    let name: String
    /// Red, green and blue.
    let colour: [UInt8]
    /// What stands for it in the PNGs that segbench exports.
    let exportValue: UInt8
  }

  private func metadata(_ calibration: Calibration?) throws -> [String: String] {
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let classes = run.classes
    var texts = [
      "classes": try json(
        classes.classes.map {
          ClassEntry(
            name: $0.name, colour: [$0.colour.red, $0.colour.green, $0.colour.blue], exportValue: $0.exportValue)
        }),
      "classSet": classes.name, "void": classes.voidName, "model": settings.model, "run": folder.lastPathComponent,
      "settings": try json(settings.values), "size": "\(settings.data.size)",
      "numbers": calibration.map { "int8, ranges from \($0.pictures) training pictures" } ?? "fp32",
      "exportedBy": "segbench \(Environment.version)"
        + (Environment.builtCommit.withLock { $0 }.map { " of commit \($0)" } ?? ""),
    ]
    texts["weights"] = try FileDigests(keptIn: nil).digest(of: RunStore.weights(in: folder))
    if settings.architecture != nil { texts["trainedIn"] = settings.training.precision.rawValue }
    if let record {
      texts["trainedBy"] =
        "segbench \(record.environment.programVersion)"
        + (record.environment.commit.map { " of commit \($0)" } ?? "")
      texts["data"] = record.environment.data
    }
    return texts
  }
}

extension Array {
  /// At most `count` of them, evenly spaced.
  func spaced(_ count: Int) -> [Element] {
    self.count <= count ? self : (0..<count).map { self[$0 * self.count / count] }
  }
}
