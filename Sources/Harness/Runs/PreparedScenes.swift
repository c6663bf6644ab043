import Compute
import Foundation
import Logging
import Scenes
import Settings
import Storage
import Streets

/// The scenes of one cell, checked and divided as its data settings say.
package struct PreparedScenes: Sendable {
  package let settings: DataSettings
  package let dataset: Dataset
  package let split: DataSplit
  package let loader: SceneLoader
  /// The sizes at which models see the scenes.
  package let sizes: SceneSizes
  /// Stands for the pictures in cell names: equal for equal scenes, wherever they lie.
  package let fingerprint: String
  /// What the test scenes are seen under beside clear weather, with the files of those that are pictures of a folder.
  package private(set) var conditions: [Condition]

  /// The scenes of checked parts.
  ///
  /// - Parameters:
  ///   - settings: the data settings of the cell.
  ///   - dataset: whose scenes they are.
  ///   - split: the scenes that can be used.
  ///   - sizes: their sizes.
  ///   - loader: what loads them.
  ///   - digests: knows the digests of their files.
  ///   - conditions: what the test scenes are seen under, too.
  /// - Throws: `HarnessError` and `ScenesError` for a condition's folder in which a scene's picture is missing, unclear,
  ///   damaged or of another size than its own.
  init(
    _ settings: DataSettings, _ dataset: Dataset, _ split: DataSplit, sizes: SceneSizes, loader: SceneLoader,
    digests: FileDigests, conditions: [Condition]
  ) throws {
    (self.settings, self.dataset, self.split, self.loader, self.sizes) = (settings, dataset, split, loader, sizes)
    fingerprint = try Self.fingerprint(dataset, split, digests)
    self.conditions = try conditions.map { try $0.found(for: split.test, of: dataset, digests) }
  }

  /// Opens and checks the scenes of one cell alone, as `ExperimentScenes` does those of many.
  package init(
    _ settings: DataSettings, conditions: [Condition] = [], digests: FileDigests = FileDigests(keptIn: nil),
    cache: SceneCache? = nil, progress: ProgressReporter, logger: Logger
  ) throws {
    self = try ExperimentScenes(
      [settings], conditions: conditions, digests: digests, cache: cache, progress: progress, logger: logger
    ).parts[0]
  }

  /// The classes that models tell apart.
  package var classSet: ClassSet { dataset.labelTable.classSet }

  /// The protocol that headlines use.
  package var headline: ScoringProtocol { .headline(dataset.labelTable) }

  /// The same scenes with other conditions, whose files are found.
  func seen(under conditions: [Condition]) -> PreparedScenes {
    var scenes = self
    scenes.conditions = conditions
    return scenes
  }

  /// Names the dataset, and sums up the names of the scenes in their parts, the contents of their files, and the classes.
  private static func fingerprint(_ dataset: Dataset, _ split: DataSplit, _ digests: FileDigests) throws -> String {
    let encoding = dataset.labelTable.encoding
    var text = "\(dataset.name) \(encoding.name) "
    // Files that hold the labels as they are need no more words, and had none when there were no others.
    if encoding.name != encoding.vocabulary.name { text += "\(encoding.code.description) " }
    text += String(decoding: try JSONEncoder.sorted.encode(dataset.labelTable.classSet), as: UTF8.self)
    for entries in [split.training, split.validation, split.test] {
      let lines = try Parallel.map(entries.count) { index -> String in
        let entry = entries[index]
        let contents = entry.files.isEmpty ? [dataset.location] : try entry.files.map { try digests.digest(of: $0) }
        return ([entry.name] + contents).joined(separator: " ")
      }
      text += "\n" + lines.joined(separator: "\n")
    }
    return "\(dataset.name)-" + Checksum.digits(of: Data(text.utf8))
  }
}

/// The sizes of an experiment's scenes.
package struct SceneSizes: Sendable {
  /// One a training scene, in their order.
  package let training: [PixelSize]
  /// That of the training scene, and of any scene, with the most pixels.
  package let largestTraining, largest: PixelSize

  /// - Parameters:
  ///   - training: one a training scene, of which there is one at least.
  ///   - others: those of the scenes for validation and test.
  init(training: [PixelSize], others: [PixelSize]) {
    func largest(_ sizes: [PixelSize]) -> PixelSize {
      sizes.reduce(PixelSize(width: 0, height: 0)) { $1.area > $0.area ? $1 : $0 }
    }
    self.training = training
    largestTraining = largest(training)
    self.largest = largest([largestTraining] + others)
  }

  /// The sizes where `data.size` is another one.
  func brought(to size: SceneSize) -> SceneSizes {
    guard let common = size.common else { return self }
    return SceneSizes(training: training.map { _ in common }, others: [])
  }
}

extension PreparedScenes {
  /// Refuses a cell that would train on batches of several sizes.
  ///
  /// - Throws: `HarnessError.severalSizes` with the first two training scenes that differ.
  func requireOneSize(for settings: CellSettings) throws {
    guard try Estimators.named(settings.model).family == .network, try settings.crop() == nil,
      let other = sizes.training.firstIndex(where: { $0 != sizes.training[0] })
    else { return }
    let files = [0, other].map { split.training[$0].files.first?.path ?? split.training[$0].name }
    throw HarnessError.severalSizes(files: files, sizes: [sizes.training[0], sizes.training[other]])
  }
}

/// What scenes are for.
package enum Part: String, Codable, CodingKeyRepresentable, Sendable {
  case training, validation, test
}

extension Dataset {
  /// The `data.root` of streets that are drawn in memory.
  package static let syntheticRoot = "synthetic"

  /// The dataset that a `data.root` names: a folder, or `synthetic`.
  ///
  /// - Parameters:
  ///   - root: the folder, or `synthetic`.
  ///   - sceneSeed: the seed of synthetic scenes.
  ///   - classes: nil for those that the folder's description names, or else Cityscapes' eight.
  ///   - layout: the folder's layout; nil for the one that fits.
  ///   - encoding: how its label files stand for labels; nil for what they tell.
  /// - Throws: `ScenesError`; `SettingError.invalid` for a negative seed.
  package static func open(
    _ root: String, sceneSeed: Int, classes: ClassSet? = nil, layout: String? = nil, encoding: Setting? = nil
  ) throws -> Dataset {
    guard let seed = UInt64(exactly: sceneSeed) else {
      throw SettingError.invalid(setting: "the seed of scenes", value: "\(sceneSeed)", bound: "0 or more")
    }
    guard root != syntheticRoot else {
      return .synthetic(seed: seed, labelTable: try LabelTable(.cityscapes, classes ?? .cityscapes8))
    }
    let folder = folder(root)
    let own = try classes ?? DatasetDescription(in: folder)?.ownClasses.map { try ClassSet($0) }
    return try open(folder, classes: own ?? .cityscapes8, layout: layout, encoding: encoding)
  }

  /// The folder that a `data.root` names.
  static func folder(_ root: String) -> URL { URL(fileURLWithPath: (root as NSString).expandingTildeInPath) }
}
