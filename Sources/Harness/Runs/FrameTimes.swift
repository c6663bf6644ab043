import Deep
import Foundation
import Scenes
import Settings
import Storage

/// How long the models of an experiment take for a frame, and networks for a step of training, measured together: one after
/// the other, round after round, so that a machine that is slower for a while is so for all of them. Each cell's record has
/// times too, taken as it was fitted, beside what else the machine did then.
package struct FrameTimes: Codable, Equatable, Sendable {
  /// The fastest of the rounds by the name of the cell.
  package private(set) var cells: [String: FrameTime] = [:]
  /// Where it was measured.
  package let environment: Environment

  /// Times the models of all finished cells of `store` on the first picture of its panel, as `FrameTime` does. What a network
  /// takes doesn't depend on its weights, so that those of records are timed too.
  ///
  /// - Parameters:
  ///   - store: of the experiment.
  ///   - rounds: how often each model is opened and timed.
  ///   - command: what was typed.
  ///   - progress: told what is measured.
  /// - Throws: `HarnessError.noRun` where no cell is finished, a pixel classifier isn't there (as in records) or no picture
  ///   is stored; `StorageError` for damaged files; `SettingError.invalid` for a precision that this processor hasn't.
  package init(_ store: RunStore, rounds: Int, command: String?, progress: ProgressReporter) throws {
    let index = try store.index()
    let names = try index.cells.filter { try store.record(of: $0) != nil }
    guard !names.isEmpty else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "no cell is finished yet")
    }
    guard let scene = index.panel.first else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "it holds no picture to measure with")
    }
    let picture = try PNG.picture(at: store.panelPicture(scene, under: .clean))
    environment = .current(data: scene, command: command)
    progress.begin("measuring \(names.count) models")
    for round in 0..<rounds {
      for (place, name) in names.enumerated() {
        try Interrupts.check(next: "nothing was written")
        let (settings, segmenter) = try Self.model(in: store.folder(of: name))
        let (before, own) = (cells[name], try FrameTime(segmenter, on: picture))
        var time = before.map { $0.seconds < own.seconds ? $0 : own } ?? own
        time.trainingSeconds = try [before?.trainingSeconds, Self.trainingSeconds(settings)].compactMap { $0 }.min()
        cells[name] = time
        progress.update(Double(round * names.count + place + 1) / Double(rounds * names.count), name)
      }
    }
    progress.end("\(rounds) rounds")
  }

  /// The model of a run; a network that isn't there with its first weights.
  private static func model(in folder: URL) throws -> (settings: CellSettings, segmenter: any Segmenter) {
    let isThere = FileManager.default.fileExists(atPath: RunStore.weights(in: folder).path)
    let settings = try RunStore.settings(of: folder)
    guard !isThere, let network = settings.architecture else {
      let stored = try StoredModel(run: folder)
      return (stored.settings, stored.segmenter)
    }
    try settings.training.precision.check("training.precision")
    let classes = try OutputClasses(settings.classSet(), learnsVoid: settings.training.learnsVoid)
    let model = NetworkModel(network, classes: classes, seed: 0)
    model.precision = settings.training.precision
    return (settings, NetworkSegmenter(model: model))
  }

  /// Seconds a picture of a training step; nil of what isn't trained in steps.
  private static func trainingSeconds(_ settings: CellSettings) throws -> Double? {
    guard let network = settings.architecture else { return nil }
    let size = try settings.crop() ?? settings.data.size.common ?? FrameTime.size
    return try TrainingBenchmark(
      network: network, height: size.height, width: size.width, batch: settings.training.batch, repeats: 1,
      precision: settings.training.precision
    ).trainingSecondsPerPicture
  }
}

extension RunStore {
  private var frameTimesFile: URL { folder.appendingPathComponent("frames.json") }

  /// The times that were measured of all models together; nil where none were.
  ///
  /// - Throws: `StorageError.malformed` where they are damaged.
  package func frameTimes() throws -> FrameTimes? {
    guard FileManager.default.fileExists(atPath: frameTimesFile.path) else { return nil }
    return try Self.read(FrameTimes.self, frameTimesFile)
  }

  /// Stores the times; reports use them from then on.
  ///
  /// - Throws: `StorageError.unwritable`.
  package func write(_ times: FrameTimes) throws { try Self.write(times, to: frameTimesFile) }
}
