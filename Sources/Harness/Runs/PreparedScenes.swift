import Compute
import Foundation
import Logging
import Scenes
import Settings
import Storage
import Streets

/// The scenes of an experiment, opened, divided, and each loaded once, so that a bad file shows before anything is
/// trained rather than hours later.
package struct PreparedScenes: Sendable {
  package let dataset: Dataset
  package let split: DataSplit
  package let loader: SceneLoader
  /// Stands for the pictures in cell names: equal for equal scenes, wherever they lie.
  package let fingerprint: String
  /// How many scenes were left out as bad.
  package let skipped: Int

  /// Opens and checks the scenes that `settings` choose.
  ///
  /// - Parameters:
  ///   - settings: where the scenes are, their classes, splits and size.
  ///   - digests: where digests of files are kept.
  ///   - cache: where decoded scenes are kept.
  ///   - progress: told how many scenes are read.
  ///   - logger: told of each scene that is left out.
  /// - Throws: `ScenesError` for the first bad scene in order, unless `skipBad`: then each is a warning.
  package init(
    _ settings: DataSettings, digests: FileDigests = FileDigests(keptIn: nil), cache: SceneCache? = nil,
    progress: ProgressReporter, logger: Logger
  ) throws {
    let dataset = try Dataset.open(
      settings.root, sceneSeed: settings.sceneSeed, classes: try settings.classSet())
    if let problem = dataset.problems.first, !settings.skipBad { throw problem }
    for problem in dataset.problems { logger.warning("left out: \(problem)") }

    let chosen = try DataSplit(
      dataset, training: settings.train, validation: settings.validation, test: settings.test)
    let loader = SceneLoader(size: settings.size, digests: digests, cache: cache)
    let (count, start) = (chosen.training.count + chosen.validation.count + chosen.test.count, ContinuousClock.now)
    let read = Locked(0)
    progress.begin("reading pictures")
    var skipped = dataset.problems.count
    func good(_ entries: [SceneEntry], _ part: Part) throws -> [SceneEntry] {
      let results = try Parallel.map(entries.count) { index -> Result<Bool, any Error> in
        try Interrupts.check()
        let result = Result {
          let scene = try loader.scene(entries[index])
          return scene.classes.contains { $0 != scene.void }
        }
        let done = read.withLock { number in
          number += 1
          return number
        }
        progress.update(Double(done) / Double(count), "\(done)/\(count)")
        return result
      }
      let failures = results.compactMap { if case .failure(let error) = $0 { error } else { nil } }
      if let failure = failures.first, !settings.skipBad { throw failure }
      for failure in failures { logger.warning("left out: \(failure)") }
      skipped += failures.count
      let kept = zip(entries, results).filter { if case .success = $0.1 { true } else { false } }.map(\.0)
      guard !kept.isEmpty else {
        throw ScenesError.noScenes(folder: dataset.location, split: "the part for \(part.rawValue)")
      }
      // A score of nothing would be taken for a bad one.
      guard results.contains(where: { (try? $0.get()) == true }) else {
        throw ScenesError.noLabels(
          folder: dataset.location, part: part.rawValue, classes: dataset.labelTable.classSet.name)
      }
      return kept
    }
    split = DataSplit(
      training: try good(chosen.training, .training), validation: try good(chosen.validation, .validation),
      test: try good(chosen.test, .test))
    if let failure = cache?.failure { logger.warning("the cache can't hold all scenes: \(failure)") }
    progress.end("\(count) read in \(duration((ContinuousClock.now - start) / .seconds(1)))")
    self.dataset = dataset
    self.loader = loader
    self.skipped = skipped
    fingerprint = try Self.fingerprint(dataset, split, digests)
    digests.save()
  }

  /// The classes that models tell apart.
  package var classSet: ClassSet { dataset.labelTable.classSet }

  /// The protocol that headlines use.
  package var headline: ScoringProtocol { .headline(dataset.labelTable) }

  /// Names the dataset, and sums up the names of the scenes in their parts, the contents of their files, and the classes.
  private static func fingerprint(_ dataset: Dataset, _ split: DataSplit, _ digests: FileDigests) throws -> String {
    var text = "\(dataset.name) \(dataset.labelTable.encoding.name) "
    text += String(decoding: try JSONEncoder.sorted.encode(dataset.labelTable.classSet), as: UTF8.self)
    for entries in [split.training, split.validation, split.test] {
      let lines = try Parallel.map(entries.count) { index -> String in
        let entry = entries[index]
        let contents = entry.files.isEmpty ? [dataset.location] : try entry.files.map { try digests.digest(of: $0) }
        return ([entry.name] + contents).joined(separator: " ")
      }
      text += "\n" + lines.joined(separator: "\n")
    }
    return "\(dataset.name)-" + String(format: "%016lx", UInt(Checksum.of(Data(text.utf8), seed: 0)))
  }
}

/// What scenes are for.
package enum Part: String, Codable, CodingKeyRepresentable, Sendable {
  case training, validation, test
}

extension Dataset {
  /// The dataset that a `data.root` names: a folder, or `synthetic`.
  ///
  /// - Throws: `ScenesError`; `SettingError.invalid` for a negative seed.
  package static func open(_ root: String, sceneSeed: Int, classes: ClassSet = .cityscapes8) throws -> Dataset {
    guard let seed = UInt64(exactly: sceneSeed) else {
      throw SettingError.invalid(setting: "the seed of scenes", value: "\(sceneSeed)", bound: "0 or more")
    }
    return root == "synthetic"
      ? .synthetic(seed: seed, labelTable: try LabelTable(.cityscapes, classes))
      : try open(URL(fileURLWithPath: (root as NSString).expandingTildeInPath), classes: classes)
  }
}
