import Compute
import Foundation
import Harness
import Reports
import Scenes
import Storage

/// Writes the runs of an experiment as the program stores them, without training anything: scores of made-up
/// predictions, which are better for better settings.
struct StoredExperiment {
  let folder: URL
  let experiment: Experiment
  let cells: [Cell]
  private let wait: Double?
  var store: RunStore { RunStore(folder: folder) }

  private struct Fit: Encodable {
    var seconds: Double
    var parameters: Int?
    var pixels = 4096
    var epochs, bestEpoch: Int?
    var validationMeanIoU: Double?
    var encoderNetwork: String?
    var peakBytes: Int? = 300 << 20
    var processorWait: Double?
  }

  private struct Environment: Encodable {
    var programVersion = "0.1.0"
    var commit: String? = "0123456789ab"
    var build = "00112233aabbccdd"
    var processor = "Xeon | EPYC"
    var cores = 2
    var threads = 2
    var memoryGiB = 8.0
    var system = "Debian GNU/Linux 12 (bookworm)"
    var blasKernel = "Haswell"
    var data = "made-up"
    var command = "segbench compare fixture.yaml"
  }

  private struct Frame: Encodable {
    let seconds: Double
    var processorWait: Double?
    var trainingSeconds: Double?
  }

  private struct FrameTimes: Encodable {
    let cells: [String: Frame]
    let environment = Environment(processor: "a board", threads: 4)
  }

  private struct Record: Encodable {
    let cell: String
    let settings: CellSettings
    let fit: Fit
    let scores: [String: [Scores]]
    let predictionSeconds: Double
    let frame: Frame
    let testTally: Tally
    let validationCalibration: Calibration?
    let calibrations: [String: Calibration]?
    let environment: Environment
  }

  private struct Index: Encodable {
    let cells, axes: [String]
    let select: Experiment.Selection?
    let headline = ScoringProtocol.official
    let sceneCounts: [String: Int]
    let skipped = 0
    let panel: [String]
    let citation = "Made-up scenes"
    let testPictures: TestPictures?
    var worst: RunStore.WorstPictures?
  }

  /// Lays out the experiment in `yaml` with `pictureCount` test scenes and stores every cell.
  ///
  /// - Parameters:
  ///   - ease: the share of pixels that a cell's model gets right, about.
  ///   - testEase: the same on test scenes; nil for the same.
  ///   - encoderNetwork: the network that encoder weights are of, where they are of a run.
  ///   - wait: the share of the time that fits and frames waited for a processor.
  ///   - objectMistakes: what poles are taken for; none where there are no poles.
  init(
    _ yaml: String, in folder: URL, pictureCount: Int = 12, ease: (CellSettings) -> Float = StoredExperiment.ease,
    testEase: ((CellSettings) -> Float)? = nil, encoderNetwork: String? = nil,
    wait: Double? = nil, objectMistakes: [UInt8] = []
  ) throws {
    self.wait = wait
    experiment = try Experiment(yaml: yaml, file: "fixture.yaml")
    self.folder = folder.appendingPathComponent(experiment.name)
    let axes = experiment.axes
    cells = try experiment.cellSettings().map { try Cell($0, axes: axes, contents: Cell.Contents(data: "made-up")) }
    let pictures = MadeUpPictures(count: pictureCount, objectMistakes: objectMistakes)
    let isClear = experiment.about.contains("clear")
    var index = Index(
      cells: cells.map(\.name), axes: axes, select: experiment.select,
      sceneCounts: ["training": 8, "validation": 4, "test": pictureCount], panel: pictures.panel,
      testPictures: isClear ? nil : pictures.drives)
    try write(index, "index.json")
    try Files.write(try experiment.yaml(), to: self.folder.appendingPathComponent("experiment.yaml"))
    try pictures.writePanel(to: self.folder.appendingPathComponent("panel"), pictures.panel)
    for (number, cell) in cells.enumerated() {
      let own = ease(cell.settings)
      let isOfRun = cell.settings.encoder.weights != nil
      try store(
        cell, number, pictures, ease: own, testEase: testEase?(cell.settings) ?? own,
        encoderNetwork: isOfRun ? encoderNetwork : nil)
    }
    guard !isClear,
      let best = try cells.compactMap({ try store.record(of: $0.name) }).bestByValidation(under: .official)
    else { return }
    let table = try PictureTable(
      contentsOf: store.pictures(of: best.cell, under: .clean), of: .cityscapes8, under: .official)
    let worst = FineGrained(table, of: .cityscapes8, under: .official).worst.map(\.name)
    index.worst = RunStore.WorstPictures(cell: best.cell, pictures: worst)
    try write(index, "index.json")
    try pictures.writePanel(to: self.folder.appendingPathComponent("panel"), worst)
    try pictures.writePredictions(
      ease: testEase?(best.settings) ?? ease(best.settings), to: store.predictions(of: best.cell, under: .clean), worst)
  }

  /// Stores times of frames that were measured together for some cells, in seconds by model; a step of a network takes three
  /// times as long.
  func storeFrameTimes(_ seconds: [String: Double], of cells: some Sequence<Cell>) throws {
    let frames = cells.map { cell in
      let (own, isNetwork) = (seconds[cell.settings.model] ?? 1, cell.settings.architecture != nil)
      return (cell.name, Frame(seconds: own, trainingSeconds: isNetwork ? 3 * own : nil))
    }
    try write(FrameTimes(cells: Dictionary(uniqueKeysWithValues: frames)), "frames.json")
  }

  func file(_ cell: Cell, _ name: String) -> URL { folder.appendingPathComponent("\(cell.name)/\(name)") }

  /// Better for better settings.
  private static func ease(_ settings: CellSettings) -> Float {
    (settings.model.contains("net") ? 0.7 : 0.5) + (settings.loss == "dice" ? 0.06 : 0) + Float(settings.seed) * 0.004
      + Float(settings.training.learningRate) * 10
  }

  private func store(
    _ cell: Cell, _ number: Int, _ pictures: MadeUpPictures, ease: Float, testEase: Float, encoderNetwork: String?
  ) throws {
    let settings = cell.settings
    let isNetwork = settings.model.contains("net")
    // Trained with fog, a model errs as often in clear weather, but at other pixels.
    let salt: UInt64 = settings.augmentation == "fog" ? 1 : 0
    let test = pictures.tallies(ease: testEase, salt: salt, hasProbabilities: isNetwork)
    let other = pictures.tallies(ease: ease + 0.05, salt: salt, hasProbabilities: isNetwork)
    let isClear = experiment.about.contains("clear")
    func sum(_ tallies: [(String, Tally)]) -> Tally { tallies.reduce(into: Tally()) { $0 += $1.1 } }
    func scores(_ tallies: [(String, Tally)]) -> [Scores] {
      ScoringProtocol.allCases.compactMap { Scores(sum(tallies), of: .cityscapes8, under: $0) }
    }
    let foggy = pictures.tallies(
      ease: testEase - (salt == 1 ? 0.02 : 0.2), salt: salt, hasProbabilities: isNetwork)
    // Two builds took part, the second with changes that weren't committed.
    let environment = number < 2 ? Environment() : Environment(commit: "0123456789ab-dirty", build: "44556677aabbccdd")
    try write(
      Record(
        cell: cell.name, settings: settings,
        fit: Fit(
          seconds: isNetwork ? 95.5 + Double(number) : 1.25, parameters: isNetwork ? 471_784 : nil,
          epochs: isNetwork ? 3 : nil, bestEpoch: isNetwork ? 2 : nil, validationMeanIoU: isNetwork ? 0.5 : nil,
          encoderNetwork: encoderNetwork, processorWait: wait),
        scores: ["test": scores(test), "validation": scores(other), "training": scores(other)],
        predictionSeconds: isNetwork ? 0.0125 : 0.002,
        frame: Frame(seconds: settings.model == "unet-mini" ? 0.008 : isNetwork ? 0.04 : 0.25, processorWait: wait),
        testTally: sum(test),
        validationCalibration: sum(other).calibration,
        calibrations: isClear ? nil : sum(foggy).calibration.map { ["fog-3": $0] }, environment: environment),
      "\(cell.name)/scores.json")
    try Files.write(PictureTable.csv(test, of: .cityscapes8), to: file(cell, "pictures.csv"))
    if let text = BoundaryTable.csv(test, of: .cityscapes8) { try Files.write(text, to: file(cell, "boundaries.csv")) }
    if !isClear {
      try Files.write(PictureTable.csv(foggy, of: .cityscapes8), to: file(cell, "pictures-fog-3.csv"))
    }
    if isNetwork {
      let rows = (1...3).map { epoch in
        "\(epoch),\(1.5 / Double(epoch) + Double(settings.seed) * 0.1),\(0.3 + 0.1 * Double(epoch) - 0.05 * Double(settings.seed)),0.7,0.001,30.0"
      }
      let header = "epoch,loss,validation_mean_iou,validation_accuracy,learning_rate,seconds"
      try Files.write(([header] + rows).joined(separator: "\n") + "\n", to: file(cell, "epochs.csv"))
    }
    try pictures.writePredictions(ease: testEase, to: file(cell, "predictions"), pictures.panel)
  }

  private func write(_ value: some Encodable, _ path: String) throws {
    try Files.write(JSONEncoder.pretty.encode(value), to: folder.appendingPathComponent(path))
  }
}

/// Small scenes in stripes, and predictions of them that are right for a share of the pixels.
struct MadeUpPictures {
  let scenes: [Scene]
  private let objectMistakes: [UInt8]
  private static let size = (width: 24, height: 12)

  init(count: Int, objectMistakes: [UInt8] = []) {
    self.objectMistakes = objectMistakes
    scenes = (0..<count).map { index in
      var random = RandomStream(seed: 11, UInt64(index))
      let bands = [23, 21, 11, 7].map { (UInt8($0), random.integer(below: 3) + 2) }
      var labels: [UInt8] = []
      for (label, rows) in bands { labels += [UInt8](repeating: label, count: rows * Self.size.width) }
      labels = Array(labels.prefix(288)) + [UInt8](repeating: 7, count: max(0, 288 - labels.count))
      // A car in most, people in few, and a pixel of void.
      for pixel in 0..<(random.integer(below: 4) * 5) { labels[240 + pixel] = 26 }
      if index % 3 == 0 { labels[200] = 24 }
      if !objectMistakes.isEmpty { for pixel in 0..<(6 + index % 4) { labels[210 + pixel] = 17 } }
      labels[287] = 0
      return Scene(
        // Names may hold folders.
        name: "city/scene, \(index)",
        picture: Picture(width: 24, height: 12, colour: RGB(UInt8(90 + index % 100), 120, 140)),
        labels: LabelMap(width: 24, height: 12, labels: labels), labelTable: .cityscapes)
    }
  }

  var panel: [String] { scenes.prefix(2).map(\.name) }

  private func prediction(_ index: Int, ease: Float, salt: UInt64, hasProbabilities: Bool) -> Prediction {
    var random = RandomStream(seed: 12, UInt64(index), salt)
    // Some pictures are harder for every model.
    let share = ease + random.uniform(-0.15...0.1)
    let categories = scenes[index].classes.map { truth -> UInt8 in
      let drawn = random.integer(below: 7)
      let isObject = truth == 3 && !objectMistakes.isEmpty
      let other = isObject ? objectMistakes[drawn % objectMistakes.count] : UInt8(1 + drawn)
      return random.uniform() < share ? truth : other
    }
    guard hasProbabilities else { return Prediction(width: 24, height: 12, classes: categories) }
    let probabilities = categories.flatMap { chosen in (0..<8).map { $0 == Int(chosen) ? Float(0.65) : 0.05 } }
    return Prediction(width: 24, height: 12, classCount: 8, probabilities: probabilities)
  }

  func tallies(ease: Float, salt: UInt64, hasProbabilities: Bool) -> [(String, Tally)] {
    scenes.indices.map {
      (
        scenes[$0].name,
        Tally(scene: scenes[$0], prediction: prediction($0, ease: ease, salt: salt, hasProbabilities: hasProbabilities))
      )
    }
  }

  /// Three drives: two that are trained on, of which one has frame numbers, and one that isn't.
  var drives: TestPictures {
    let names = scenes.map(\.name)
    let parts = (0..<3).map { Array(names[names.count * $0 / 3..<names.count * ($0 + 1) / 3]) }
    return TestPictures(
      order: .video,
      drives: [
        .init(name: "ashford", pictures: parts[0], isSeen: true, distances: parts[0].indices.map { 1 + 12 * $0 }),
        .init(name: "belmont", pictures: parts[1], isSeen: true), .init(name: "corby, north", pictures: parts[2]),
      ])
  }

  /// Writes the pictures and truths of the scenes called `names`.
  func writePanel(to folder: URL, _ names: [String]) throws {
    for scene in scenes where names.contains(scene.name) {
      try PNG.write(scene.picture, to: folder.appendingPathComponent("\(scene.name)_picture.png"))
      try PNG.write(
        LabelMap(exporting: scene.classes, of: .cityscapes8, width: 24, height: 12),
        to: folder.appendingPathComponent("\(scene.name)_truth.png"))
    }
  }

  /// Writes the predictions of the scenes called `names`.
  func writePredictions(ease: Float, to folder: URL, _ names: [String]) throws {
    for (index, scene) in scenes.enumerated() where names.contains(scene.name) {
      let classes = prediction(index, ease: ease, salt: 0, hasProbabilities: false).classes
      try PNG.write(
        LabelMap(exporting: classes, of: .cityscapes8, width: 24, height: 12),
        to: folder.appendingPathComponent("\(scene.name)_labelIds.png"))
    }
  }
}
