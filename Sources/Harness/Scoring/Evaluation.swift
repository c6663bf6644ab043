import Compute
import Foundation
import Scenes

/// Scores a model, or a folder of predictions, on scenes: the one evaluator for all models.
public enum Evaluation {
  /// What scoring a part gave.
  package struct Outcome {
    package var tally = Tally()
    /// One tally a picture, in the scenes' order.
    var pictures: [(name: String, tally: Tally)] = []
    /// Seconds of prediction alone.
    var seconds = 0.0
  }

  /// What is to be scored.
  public enum Source {
    /// The folder of a run; scored at the size it was trained at, under a condition.
    case run(URL, Condition = .clean)
    /// A folder of labelIds PNGs, of the dataset's own size or of another one, to which the truth is then brought.
    case predictions(URL, size: PixelSize?)
  }

  /// The scores of `source` on a split of the dataset in `data`.
  ///
  /// - Parameter chosen: the protocol; by default the official one where the dataset has label ids, else seven.
  /// - Throws: `HarnessError.invalid` where the protocol isn't defined for the dataset; errors of data and files.
  public static func scores(
    of source: Source, data: String, split: String, under chosen: ScoringProtocol?, progress: ProgressReporter
  ) throws -> Scores {
    let dataset = try Dataset.open(data, sceneSeed: 0)
    if let problem = dataset.problems.first { throw problem }
    let entries = try dataset.entries(split)
    let wanted = chosen ?? (dataset.labelSet.ignored == nil ? .seven : .official)
    guard wanted != .official || dataset.labelSet.ignored != nil else {
      throw HarnessError.invalid(
        key: "--protocol", value: "official", bound: "seven or eight: \(dataset.name) has no Cityscapes label ids")
    }
    progress.begin("scoring \(entries.count) scenes")
    let tally: Tally
    switch source {
    case .run(let folder, let condition):
      let model = try TrainedModel(run: folder)
      let loader = SceneLoader(size: model.settings.data.pixelSize, limit: 0)
      tally = try score(
        model.segmenter, on: entries, loader: loader, condition: condition, progress: { progress.update($0) }
      ).tally
    case .predictions(let folder, let size):
      tally = try score(predictions: folder, on: entries, size: size)
    }
    progress.end("done")
    guard let scores = Scores(tally, under: wanted) else {
      throw HarnessError.invalid(key: "--protocol", value: wanted.rawValue, bound: "one that the dataset allows")
    }
    return scores
  }

  /// Predicts and scores every scene, a few at a time, so that memory doesn't grow with their number.
  ///
  /// - Parameter visit: called with every prediction, in order.
  package static func score(
    _ segmenter: any Segmenter, on entries: [SceneEntry], loader: SceneLoader, condition: Condition = .clean,
    progress: (Double) -> Void = { _ in },
    visit: (SceneEntry, Prediction) throws -> Void = { _, _ in }
  ) throws -> Outcome {
    var outcome = Outcome()
    let batch = 4
    for start in stride(from: 0, to: entries.count, by: batch) {
      try Interrupts.check()
      let chunk = Array(entries[start..<min(entries.count, start + batch)])
      let scenes = try chunk.map { condition.apply(to: try loader.scene($0)) }
      let clock = ContinuousClock.now
      let predictions = try segmenter.predict(scenes.map(\.picture))
      outcome.seconds += (ContinuousClock.now - clock) / .seconds(1)
      let tallies = try Parallel.map(scenes.count) { Tally(scene: scenes[$0], prediction: predictions[$0]) }
      for (index, entry) in chunk.enumerated() {
        outcome.tally += tallies[index]
        outcome.pictures.append((entry.name, tallies[index]))
        try visit(entry, predictions[index])
      }
      progress(Double(start + chunk.count) / Double(entries.count))
    }
    return outcome
  }

  /// Scores the labelIds PNGs of `folder` against the scenes of a split: for each scene the one file below the folder
  /// whose name starts with the scene's. Pictures and predictions must have the same size.
  ///
  /// - Throws: `HarnessError.missingPrediction`, `ScenesError` for a file that is damaged, of another size or with
  ///   labels beyond Cityscapes' ids.
  public static func score(predictions folder: URL, on entries: [SceneEntry], size: PixelSize?) throws -> Tally {
    let names = try pngNames(below: folder)
    let tallies = try Parallel.map(entries.count) { index -> Tally in
      let entry = entries[index]
      guard let name = names.first(where: { matches($0, entry.name) }) else {
        throw HarnessError.missingPrediction(scene: entry.name, folder: folder.path)
      }
      let file = folder.appendingPathComponent(name)
      let scene = try entry.load(size: size)
      let labels = try PNG.labels(at: file)
      guard labels.width == scene.picture.width, labels.height == scene.picture.height else {
        throw ScenesError.sizeMismatch(
          file: file.path, size: "\(labels.width)x\(labels.height)",
          expected: "\(scene.picture.width)x\(scene.picture.height)")
      }
      let table = LabelSet.cityscapes.categories
      if let unknown = labels.labels.first(where: { table[Int($0)] == nil }) {
        throw ScenesError.unknownLabel(file: file.path, label: Int(unknown), labelSet: "cityscapes")
      }
      let prediction = Prediction(
        width: labels.width, height: labels.height, categories: labels.labels.map { (table[Int($0)] ?? .void).rawValue }
      )
      return Tally(scene: scene, prediction: prediction, labels: labels)
    }
    var total = Tally()
    for tally in tallies { total += tally }
    return total
  }

  /// Whether `path`'s file is about the scene: its name starts with the scene's, and doesn't go on as a longer name.
  private static func matches(_ path: String, _ scene: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard name.hasPrefix(scene), let next = name.dropFirst(scene.count).first else { return false }
    return !next.isLetter && !next.isNumber
  }

  private static func pngNames(below folder: URL) throws -> [String] {
    guard let enumerator = FileManager.default.enumerator(atPath: folder.path) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it is not a readable folder")
    }
    let names = enumerator.compactMap { $0 as? String }.filter { $0.lowercased().hasSuffix(".png") }.sorted()
    guard !names.isEmpty else { throw HarnessError.noRun(folder: folder.path, reason: "it holds no PNG files") }
    return names
  }
}
