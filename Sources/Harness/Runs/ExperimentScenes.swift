import Compute
import Foundation
import Logging
import Scenes
import Settings
import Storage

/// The scenes of an experiment, opened and each checked once, so that a bad file shows before anything is trained rather
/// than hours later, and divided as the data settings of each cell say.
package struct ExperimentScenes: Sendable {
  package let dataset: Dataset
  package let loader: SceneLoader
  /// How many scenes were left out as bad.
  package let skipped: Int
  /// One for each of the data settings, in their order.
  package let parts: [PreparedScenes]

  /// Opens and checks the scenes that any of `settings` chooses.
  ///
  /// - Parameters:
  ///   - settings: where the scenes are, their classes, splits and size; they differ in the fold and in the number of
  ///     training scenes at most.
  ///   - conditions: what the test scenes are seen under beside clear weather.
  ///   - digests: where digests of files are kept.
  ///   - cache: where decoded scenes are kept.
  ///   - progress: told how many scenes are read.
  ///   - logger: told of folds, and of each scene that is left out.
  /// - Throws: `ScenesError` for the first bad scene in order, unless `skipBad`: then each is a warning;
  ///   `SettingError.invalid` for a fold that isn't there, and for several numbers of training scenes of which one is
  ///   more than there are.
  package init(
    _ settings: [DataSettings], conditions: [Condition] = [], digests: FileDigests = FileDigests(keptIn: nil),
    cache: SceneCache? = nil, progress: ProgressReporter, logger: Logger
  ) throws {
    precondition(!settings.isEmpty, "scenes of no settings")
    let common = settings[0]
    let dataset = try Dataset.open(
      common.root, sceneSeed: common.sceneSeed, classes: try common.classSet(), layout: common.layout,
      encoding: common.encoding)
    for note in dataset.notes { logger.info("\(dataset.location): \(note)") }
    if let problem = dataset.problems.first, !common.skipBad { throw problem }
    for problem in dataset.problems { logger.warning("left out: \(problem)") }

    let splits = try Self.splits(of: dataset, settings, logger)
    let loader = SceneLoader(size: common.size.common, digests: digests, cache: cache)
    let checked = try CheckedScenes(splits, loader, skipBad: common.skipBad, progress)
    for failure in checked.failures { logger.warning("left out: \(failure)") }
    if let failure = cache?.failure { logger.warning("the cache can't hold all scenes: \(failure)") }
    parts = try zip(settings, splits).map { settings, split in
      let (kept, sizes) = try checked.usable(split, of: dataset)
      return try PreparedScenes(
        settings, dataset, kept, sizes: sizes, loader: loader, digests: digests, conditions: conditions)
    }
    (self.dataset, self.loader) = (dataset, loader)
    skipped = dataset.problems.count + checked.failures.count
    digests.save()
  }

  /// The split of each of the settings; what is to be said of them is said once.
  private static func splits(
    of dataset: Dataset, _ settings: [DataSettings], _ logger: Logger
  ) throws -> [DataSplit] {
    let folds = try settings[0].fold.map { _ in try Folds(dataset, count: settings[0].folds) }
    for line in folds?.lines ?? [] { logger.info("\(dataset.location): \(line)") }
    let isCurve = Set(settings.map(\.train)).count > 1
    var said: Set<String> = []
    return try settings.map { settings in
      let split = try settings.split(of: dataset, folds)
      if isCurve, let training = settings.train, split.training.count < training {
        throw SettingError.invalid(
          setting: "data.train", value: "\(training)",
          bound: "at most \(split.training.count), as many as there are to train on"
            + (settings.fold.map { " in fold \($0)" } ?? ""))
      }
      if let text = split.division.leftOut?.text, said.insert(text).inserted {
        logger.info("\(dataset.location): \(text)")
      }
      for warning in split.warnings where said.insert(warning.text).inserted {
        logger.warning("\(dataset.location): \(warning.text)")
      }
      return split
    }
  }

  /// The scenes of cells with these data settings.
  package subscript(settings: DataSettings) -> PreparedScenes {
    guard let part = parts.first(where: { $0.settings == settings }) else {
      preconditionFailure("no scenes were prepared for \(settings)")
    }
    return part
  }

  /// The classes that models tell apart.
  package var classSet: ClassSet { dataset.labelTable.classSet }

  /// The protocol that headlines use.
  package var headline: ScoringProtocol { .headline(dataset.labelTable) }

  /// Stands for all pictures.
  var fingerprint: String {
    guard parts.count > 1 else { return parts[0].fingerprint }
    let text = parts.map(\.fingerprint).joined(separator: "\n")
    return "\(dataset.name)-" + Checksum.digits(of: Data(text.utf8))
  }
}

extension DataSettings {
  /// Opens the dataset and divides its scenes, which aren't looked at.
  ///
  /// - Throws: as `ExperimentScenes` does, but for scenes' files.
  package func open() throws -> (dataset: Dataset, split: DataSplit) {
    let dataset = try Dataset.open(
      root, sceneSeed: sceneSeed, classes: try classSet(), layout: layout, encoding: encoding)
    return (dataset, try split(of: dataset))
  }

  /// The parts of the dataset's scenes.
  func split(of dataset: Dataset) throws -> DataSplit {
    try split(of: dataset, fold.map { _ in try Folds(dataset, count: folds) })
  }

  /// The parts of the dataset's scenes.
  ///
  /// - Parameter folds: those of the dataset, where a fold is asked for.
  fileprivate func split(of dataset: Dataset, _ folds: Folds?) throws -> DataSplit {
    if let folds, let fold {
      return try folds.split(fold, training: train, validation: validation, test: test)
    }
    return try DataSplit(dataset, unseen: unseen, training: train, validation: validation, test: test)
  }
}

/// What a check found of all scenes of some splits.
private struct CheckedScenes {
  /// What was found of a good scene, by its key.
  private var facts: [String: (hasClass: Bool, size: PixelSize)] = [:]
  /// What is wrong with the others, in order.
  private(set) var failures: [any Error] = []

  /// Checks every scene of `splits` once.
  ///
  /// - Throws: `ScenesError` for the first bad scene in order, unless `skipBad`.
  init(_ splits: [DataSplit], _ loader: SceneLoader, skipBad: Bool, _ progress: ProgressReporter) throws {
    var seen: Set<String> = []
    let entries = splits.flatMap { $0.training + $0.validation + $0.test }.filter { seen.insert($0.key).inserted }
    let (read, start) = (Locked(0), ContinuousClock.now)
    progress.begin("checking pictures")
    let results = try Parallel.map(entries.count) { index -> Result<(hasClass: Bool, size: PixelSize), any Error> in
      try Interrupts.check()
      let result = Result {
        // What may be left out is decoded now: later it would be too late for that.
        guard skipBad else { return try loader.check(entries[index]) }
        let scene = try loader.scene(entries[index])
        return (hasClass: scene.classes.contains { $0 != scene.void }, size: scene.picture.size)
      }
      let done = read.withLock { number in
        number += 1
        return number
      }
      progress.update(Double(done) / Double(entries.count), "\(done)/\(entries.count)")
      return result
    }
    for (entry, result) in zip(entries, results) {
      switch result {
      case .success(let found): facts[entry.key] = found
      case .failure(let error) where skipBad: failures.append(error)
      case .failure(let error): throw error
      }
    }
    progress.end("\(entries.count) checked in \(duration((ContinuousClock.now - start) / .seconds(1)))")
  }

  /// The good scenes of a split, and their sizes.
  ///
  /// - Throws: `ScenesError.noScenes` where a part has none, `.noLabels` where one has no pixel with a class: a score of
  ///   nothing would be taken for a bad one.
  func usable(_ split: DataSplit, of dataset: Dataset) throws -> (DataSplit, SceneSizes) {
    func good(_ entries: [SceneEntry], _ part: Part) throws -> (entries: [SceneEntry], sizes: [PixelSize]) {
      let kept = entries.filter { facts[$0.key] != nil }
      guard !kept.isEmpty else {
        throw ScenesError.noScenes(folder: dataset.location, split: "the part for \(part.rawValue)")
      }
      let found = kept.compactMap { facts[$0.key] }
      guard found.contains(where: \.hasClass) else {
        throw ScenesError.noLabels(
          folder: dataset.location, part: part.rawValue, classes: dataset.labelTable.classSet.name)
      }
      return (kept, found.map(\.size))
    }
    let training = try good(split.training, .training)
    let (validation, test) = (try good(split.validation, .validation), try good(split.test, .test))
    return (
      DataSplit(
        training: training.entries, validation: validation.entries, test: test.entries, division: split.division),
      SceneSizes(training: training.sizes, others: validation.sizes + test.sizes)
    )
  }
}
