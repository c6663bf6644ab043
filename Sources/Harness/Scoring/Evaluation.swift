import Compute
import Deep
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
    /// The folder of a run; scored at the `data.size` it was trained with, under a condition, and with the precision
    /// that it was trained with where none is given.
    case run(URL, Condition = .clean, precision: Precision? = nil)
    /// A folder of label PNGs, of the dataset's own size or of another one, to which the truth is then brought; with
    /// `resize` they may have any size.
    case predictions(URL, size: PixelSize?, resize: Bool = false)
  }

  /// The scores of `source` on a split of the dataset in `data`.
  ///
  /// A run is scored on its own classes, on the parts of its fold where it has one and, where `data` is synthetic, on
  /// streets of its own seed; a folder of predictions holds what stands for `classes` in exported predictions.
  ///
  /// - Parameters:
  ///   - source: a run, or a folder of predictions.
  ///   - data: the root of the dataset, or `synthetic`.
  ///   - split: whose scenes are scored.
  ///   - classes: the classes of predictions; nil for a run's own, or those of Cityscapes' eight.
  ///   - layout: the dataset's layout; nil for the one that fits.
  ///   - encoding: how its label files stand for labels; nil for what they tell.
  ///   - chosen: the protocol; by default the official one where it is defined for the data, else without void.
  ///   - progress: told the fraction that is done.
  /// - Throws: `SettingError.invalid` where the protocol isn't defined for the data; errors of data and files.
  package static func scores(
    of source: Source, data: String, split: String, classes: ClassSet? = nil, layout: String? = nil,
    encoding: Setting? = nil, under chosen: ScoringProtocol?, progress: ProgressReporter
  ) throws -> Scores {
    let run: StoredModel? =
      if case .run(let folder, _, let precision) = source { try StoredModel(run: folder, precision: precision) } else {
        nil
      }
    if let run, let classes, classes != run.classes {
      throw SettingError.invalid(
        setting: "--classes", value: classes.name, bound: "those that the run was trained with, \(run.classes.name)")
    }
    // What a run was told of its own data needn't be said again.
    let own = run?.settings.data.root == data ? run?.settings.data : nil
    let dataset = try Dataset.open(
      data, sceneSeed: run?.settings.data.sceneSeed ?? 0, classes: run?.classes ?? classes,
      layout: layout ?? own?.layout, encoding: encoding ?? own?.encoding)
    if let problem = dataset.problems.first { throw problem }
    let scored = try run.map { try EvaluatedSplit(split, of: dataset, at: data, trained: $0.settings.data) }
    for note in scored?.notes ?? [] { progress.note(note) }
    let entries = try scored?.entries ?? dataset.entries(split)
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
    case .run(_, let condition, _):
      guard let run else { preconditionFailure("a run was opened above") }
      let loader = SceneLoader(size: run.settings.data.size.common, limit: 0)
      tally = try score(
        run.segmenter, on: entries, loader: loader, condition: condition, progress: { progress.update($0) }
      ).tally
    case .predictions(let folder, let size, let resize):
      let files = try SceneFiles(
        .prediction, in: folder, of: entries.map(\.name), among: dataset.splits.values.flatMap { $0.map(\.name) })
      if !files.others.isEmpty {
        let (first, count) = (files.others.prefix(3), files.others.count)
        progress.note(
          "warning: \(count) files of \(folder.path) belong to no scene: \(first.joined(separator: ", "))"
            + (count > first.count ? ", ..." : ""))
      }
      tally = try score(files, on: entries, table, size: size, resize: resize)
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
  ///   - condition: what every picture is seen under; one of a folder has found its files.
  ///   - progress: told the fraction that is done.
  ///   - visit: called with every prediction, in order.
  package static func score(
    _ segmenter: any Segmenter, on entries: [SceneEntry], loader: SceneLoader, condition: Condition = .clean,
    progress: (Double) -> Void = { _ in },
    visit: (SceneEntry, Prediction) throws -> Void = { _, _ in }
  ) throws -> Outcome {
    var outcome = Outcome()
    let queue = SceneQueue(count: entries.count, minimum: 2 * scenesAtOnce) {
      try condition.apply(to: loader.scene(entries[$0]), of: entries[$0])
    }
    defer { queue.stop() }
    for start in stride(from: 0, to: entries.count, by: scenesAtOnce) {
      try Interrupts.check()
      let chunk = Array(entries[start..<min(entries.count, start + scenesAtOnce)])
      let scenes = try queue.next(chunk.count)
      let clock = ContinuousClock.now
      let predictions = try predictions(of: scenes.map(\.picture), by: segmenter)
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

  /// How many scenes are scored at a time.
  static let scenesAtOnce = 4

  /// How many pictures of a size are predicted together: those of more than 1024x512 pixels gain nothing by that, but
  /// would take memory.
  static func batch(of size: PixelSize) -> Int { max(1, min(scenesAtOnce, scenesAtOnce * 1024 * 512 / size.area)) }

  /// The bytes of the predictions that are held until they are scored, of pictures of a size.
  static func predictionBytes(_ size: PixelSize, classes: Int) -> Int {
    scenesAtOnce * size.area * (classes * MemoryLayout<Float>.size + 1)
  }

  /// The predictions of pictures of any sizes, in their order.
  private static func predictions(of pictures: [Picture], by segmenter: any Segmenter) throws -> [Prediction] {
    var predictions: [Int: Prediction] = [:]
    for (size, places) in Dictionary(grouping: pictures.indices, by: { pictures[$0].size }) {
      let batch = batch(of: size)
      for start in stride(from: 0, to: places.count, by: batch) {
        let part = places[start..<min(places.count, start + batch)]
        for (place, prediction) in zip(part, try segmenter.predict(part.map { pictures[$0] })) {
          predictions[place] = prediction
        }
      }
    }
    return pictures.indices.compactMap { predictions[$0] }
  }

  /// Scores the label PNGs `predictions`, one a scene. A value stands for a class as the class set exports it, or, where
  /// the dataset has labels of its own for these classes, as it has them.
  ///
  /// - Parameters:
  ///   - predictions: the file of each entry.
  ///   - entries: the scenes.
  ///   - table: the dataset's labels.
  ///   - size: the size to which the truth is brought; nil for its own.
  ///   - resize: whether predictions of another size than the truth's are brought to it, by nearest neighbour.
  /// - Throws: `HarnessError.predictionSize`, `.unknownValue`; `ScenesError` for a file that is damaged.
  package static func score(
    _ predictions: SceneFiles, on entries: [SceneEntry], _ table: LabelTable, size: PixelSize?,
    resize: Bool = false
  ) throws -> Tally {
    let classes = exported(table)
    let tallies = try Parallel.map(entries.count) { index -> (tally: Tally, values: Set<UInt8>) in
      let file = predictions.files[index]
      let scene = try entries[index].load(size: size)
      let truthSize = PixelSize(width: scene.picture.width, height: scene.picture.height)
      var labels = try PNG.labels(at: file)
      let ownSize = PixelSize(width: labels.width, height: labels.height)
      guard resize || ownSize == truthSize else {
        throw HarnessError.predictionSize(file: file.path, size: ownSize, expected: truthSize)
      }
      if let place = labels.labels.firstIndex(where: { classes[Int($0)] == nil }) {
        throw unknownValue(in: labels, at: place, file, classes, table.classSet)
      }
      labels = labels.resized(to: truthSize)
      let prediction = Prediction(
        width: labels.width, height: labels.height,
        classes: labels.labels.map { classes[Int($0)] ?? table.classSet.void })
      return (
        Tally(scene: scene, prediction: prediction, labels: table.ignored == nil ? nil : labels), Set(labels.labels)
      )
    }
    var total = Tally()
    for tally in tallies { total += tally.tally }
    try refuseTrainIds(tallies.reduce(into: []) { $0.formUnion($1.values) }, predictions, table)
    return total
  }

  /// The error for the value of pixel `place`, with the nearest smaller and larger value that stand for a class.
  private static func unknownValue(
    in labels: LabelMap, at place: Int, _ file: URL, _ classes: [UInt8?], _ classSet: ClassSet
  ) -> HarnessError {
    let value = Int(labels.labels[place])
    let known = [(0..<value).last { classes[$0] != nil }, (value..<256).first { classes[$0] != nil }]
    return .unknownValue(
      file: file.path, value: value, x: place % labels.width, y: place / labels.width, classes: classSet.name,
      nearest: known.compactMap { $0 }.map { "\($0) (\(classSet.names[Int(classes[$0] ?? classSet.void)]))" })
  }

  /// The class of each value that predictions may hold, 256 entries. Where export values are labels of a dataset, as
  /// those of Cityscapes are, any of its labels may stand there.
  private static func exported(_ table: LabelTable) -> [UInt8?] {
    let classSet = table.classSet
    let others = [LabelEncoding.cityscapes, .camvid].compactMap { try? LabelTable($0, classSet) }
    let named = ([table] + others).first { candidate in
      classSet.classes.enumerated().allSatisfy { place, own in candidate.classes[Int(own.exportValue)] == UInt8(place) }
    }
    if let named { return named.classes }
    var classes = [UInt8?](repeating: nil, count: 256)
    for (place, own) in classSet.classes.enumerated() { classes[Int(own.exportValue)] = UInt8(place) }
    return classes
  }

  /// Refuses predictions of train ids, which all are label ids of something else.
  private static func refuseTrainIds(_ values: Set<UInt8>, _ predictions: SceneFiles, _ table: LabelTable) throws {
    let exports = Set(table.classSet.classes.map(\.exportValue))
    guard table.encoding.vocabulary == .cityscapes, values.allSatisfy({ $0 <= 18 || $0 == 255 }),
      !values.subtracting([255]).isSubset(of: exports)
    else { return }
    throw ScenesError.unclearEncoding(
      folder: predictions.files[0].deletingLastPathComponent().path,
      reason: "the predictions hold \(LabelEncoding.ranges(values.map(UInt16.init))) only: train ids? "
        + "Label ids are expected, as \(table.classSet.name) exports them: "
        + "\(LabelEncoding.ranges(exports.map(UInt16.init)))")
  }
}
