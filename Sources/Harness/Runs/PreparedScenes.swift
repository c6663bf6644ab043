import Compute
import Foundation
import Logging
import Scenes

/// The scenes of an experiment, opened, divided, and each loaded once, so that a bad file shows before anything is
/// trained rather than hours later.
public struct PreparedScenes: Sendable {
  public let dataset: Dataset
  public let division: Division
  public let loader: SceneLoader
  /// Stands for the pictures in cell names: equal for equal scenes, wherever they lie.
  public let fingerprint: String
  /// How many scenes were left out as bad.
  public let skipped: Int

  /// Opens and checks the scenes that `settings` choose.
  ///
  /// - Throws: `ScenesError` for the first bad scene in order, unless `skipBad`: then each is a warning.
  public init(_ settings: DataSettings, logger: Logger) throws {
    let dataset = try Dataset.open(settings.root, sceneSeed: settings.sceneSeed)
    if let problem = dataset.problems.first, !settings.skipBad { throw problem }
    for problem in dataset.problems { logger.warning("left out: \(problem)") }

    let chosen = try Division(
      dataset, training: settings.train, validation: settings.validation, test: settings.test)
    let loader = SceneLoader(size: settings.pixelSize)
    var skipped = dataset.problems.count
    func good(_ entries: [SceneEntry]) throws -> [SceneEntry] {
      let failures = try Parallel.map(entries.count) { index -> (any Error)? in
        try Interrupts.check()
        do {
          _ = try loader.scene(entries[index])
          return nil
        } catch {
          return error
        }
      }
      if let failure = failures.compactMap({ $0 }).first, !settings.skipBad { throw failure }
      for failure in failures.compactMap({ $0 }) { logger.warning("left out: \(failure)") }
      let kept = zip(entries, failures).filter { $0.1 == nil }.map(\.0)
      skipped += entries.count - kept.count
      guard !kept.isEmpty else {
        throw ScenesError.noScenes(folder: dataset.location, split: "a part of the experiment")
      }
      return kept
    }
    division = Division(
      training: try good(chosen.training), validation: try good(chosen.validation), test: try good(chosen.test))
    self.dataset = dataset
    self.loader = loader
    self.skipped = skipped
    fingerprint = Self.fingerprint(dataset, division)
  }

  /// The protocol that headlines use: the official one where there are label ids.
  public var headline: ScoringProtocol { dataset.labelSet.ignored == nil ? .seven : .official }

  /// Names the dataset, and sums up the names of the scenes in their parts and the sizes of their files.
  private static func fingerprint(_ dataset: Dataset, _ division: Division) -> String {
    var text = dataset.name + dataset.labelSet.name
    for entries in [division.training, division.validation, division.test] {
      text += "\n"
      for entry in entries {
        text += entry.name
        switch entry.source {
        case .files(let picture, let labels, _): text += " \(byteCount(picture)) \(byteCount(labels))\n"
        case .synthetic: text += " \(dataset.location)\n"
        }
      }
    }
    return "\(dataset.name)-" + String(format: "%016lx", UInt(RandomStream.key(text)))
  }

  private static func byteCount(_ file: URL) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int).flatMap { $0 } ?? 0
  }
}

/// What scenes are for.
public enum Part: String, Codable, CodingKeyRepresentable, Sendable {
  case training, validation, test
}

extension Dataset {
  /// The dataset that a `data.root` names: a folder, or `synthetic`.
  public static func open(_ root: String, sceneSeed: Int) throws -> Dataset {
    root == "synthetic"
      ? .synthetic(seed: UInt64(sceneSeed))
      : try open(URL(fileURLWithPath: (root as NSString).expandingTildeInPath))
  }
}
