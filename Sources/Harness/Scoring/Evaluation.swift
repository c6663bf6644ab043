import Compute
import Foundation
import Scenes
import Settings

/// Scores a model, or a folder of predictions, on scenes: the one evaluator for all models.
package enum Evaluation {
  /// What scoring a part gave.
  package struct Outcome {
    package var tally = Tally()
    /// One tally a picture, in the scenes' order.
    var pictures: [(name: String, tally: Tally)] = []
    /// Seconds of prediction alone.
    var seconds = 0.0
    /// Seconds of waiting for pictures.
    var waitingSeconds = 0.0
  }

  /// What is to be scored.
  package enum Source {
    /// The folder of a run; scored at the size it was trained at, under a condition.
    case run(URL, Condition = .clean)
    /// A folder of label PNGs, of the dataset's own size or of another one, to which the truth is then brought.
    case predictions(URL, size: PixelSize?)
  }

  /// The scores of `source` on a split of the dataset in `data`.
  ///
  /// A run is scored on its own classes and, where `data` is synthetic, on streets of its own seed; a folder of
  /// predictions holds what stands for `classes` in exported predictions.
  ///
  /// - Parameters:
  ///   - source: a run, or a folder of predictions.
  ///   - data: the root of the dataset, or `synthetic`.
  ///   - split: whose scenes are scored.
  ///   - classes: the classes of predictions; nil for a run's own, or those of Cityscapes' eight.
  ///   - chosen: the protocol; by default the official one where it is defined for the data, else without void.
  ///   - progress: told the fraction that is done.
  /// - Throws: `SettingError.invalid` where the protocol isn't defined for the data; errors of data and files.
  package static func scores(
    of source: Source, data: String, split: String, classes: ClassSet? = nil, under chosen: ScoringProtocol?,
    progress: ProgressReporter
  ) throws -> Scores {
    let run: StoredModel? = if case .run(let folder, _) = source { try StoredModel(run: folder) } else { nil }
    if let run, let classes, classes != run.classes {
      throw SettingError.invalid(
        setting: "--classes", value: classes.name, bound: "those that the run was trained with, \(run.classes.name)")
    }
    let dataset = try Dataset.open(
      data, sceneSeed: run?.settings.data.sceneSeed ?? 0, classes: run?.classes ?? classes ?? .cityscapes8)
    if let problem = dataset.problems.first { throw problem }
    let entries = try dataset.entries(split)
    let table = dataset.labelTable
    let wanted = chosen ?? .headline(table)
    guard wanted != .official || table.ignored != nil else {
      throw SettingError.invalid(
        setting: "--protocol", value: "official",
        bound: "without-void or with-void: there is no official score of \(table.classSet.name) on \(dataset.name)")
    }
    progress.begin("scoring \(entries.count) scenes")
    let tally: Tally
    switch source {
    case .run(_, let condition):
      guard let run else { preconditionFailure("a run was opened above") }
      let loader = SceneLoader(size: run.settings.data.size, limit: 0)
      tally = try score(
        run.segmenter, on: entries, loader: loader, condition: condition, progress: { progress.update($0) }
      ).tally
    case .predictions(let folder, let size):
      tally = try score(predictions: folder, on: entries, table, size: size)
    }
    progress.end("done")
    guard let scores = Scores(tally, of: table.classSet, under: wanted) else {
      throw SettingError.invalid(setting: "--protocol", value: wanted.rawValue, bound: "one that the dataset allows")
    }
    return scores
  }

  /// Predicts and scores every scene, a few at a time, so that memory doesn't grow with their number.
  ///
  /// - Parameters:
  ///   - segmenter: what predicts.
  ///   - entries: the scenes.
  ///   - loader: reads a scene at the size of scoring.
  ///   - condition: the weather that is put on every picture.
  ///   - progress: told the fraction that is done.
  ///   - visit: called with every prediction, in order.
  package static func score(
    _ segmenter: any Segmenter, on entries: [SceneEntry], loader: SceneLoader, condition: Condition = .clean,
    progress: (Double) -> Void = { _ in },
    visit: (SceneEntry, Prediction) throws -> Void = { _, _ in }
  ) throws -> Outcome {
    var outcome = Outcome()
    let batch = 4
    let queue = SceneQueue(count: entries.count, minimum: 2 * batch) {
      condition.apply(to: try loader.scene(entries[$0]))
    }
    defer { queue.stop() }
    for start in stride(from: 0, to: entries.count, by: batch) {
      try Interrupts.check()
      let chunk = Array(entries[start..<min(entries.count, start + batch)])
      let scenes = try queue.next(chunk.count)
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
    outcome.waitingSeconds = queue.waitingSeconds
    return outcome
  }

  /// Scores the label PNGs of `folder` against the scenes of a split: for each scene the one file below the folder
  /// whose name starts with the scene's. Pictures and predictions must have the same size. A value stands for a class as
  /// the class set exports it, or, where the dataset has labels of its own for these classes, as it has them.
  ///
  /// - Throws: `HarnessError.missingPrediction`, `ScenesError` for a file that is damaged, of another size or with
  ///   values that stand for no class.
  package static func score(
    predictions folder: URL, on entries: [SceneEntry], _ table: LabelTable, size: PixelSize?
  ) throws -> Tally {
    let names = try pngNames(below: folder)
    let classes = exported(table)
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
      if let unknown = labels.labels.first(where: { classes[Int($0)] == nil }) {
        throw ScenesError.unknownLabel(
          file: file.path, label: Int(unknown), encoding: "the exported values of \(table.classSet.name)")
      }
      let prediction = Prediction(
        width: labels.width, height: labels.height,
        classes: labels.labels.map { classes[Int($0)] ?? table.classSet.void })
      return Tally(scene: scene, prediction: prediction, labels: table.ignored == nil ? nil : labels)
    }
    var total = Tally()
    for tally in tallies { total += tally }
    return total
  }

  /// The class of each value that predictions may hold, 256 entries. Where export values are labels of a dataset, as
  /// those of Cityscapes are, any of its labels may stand there.
  private static func exported(_ table: LabelTable) -> [UInt8?] {
    let classSet = table.classSet
    let others = LabelEncoding.all.compactMap { try? LabelTable($0, classSet) }
    let named = ([table] + others).first { candidate in
      classSet.classes.enumerated().allSatisfy { place, own in candidate.classes[Int(own.exportValue)] == UInt8(place) }
    }
    if let named { return named.classes }
    var classes = [UInt8?](repeating: nil, count: 256)
    for (place, own) in classSet.classes.enumerated() { classes[Int(own.exportValue)] = UInt8(place) }
    return classes
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
