import Baselines
import Compute
import Deep
import Foundation
import Scenes

/// A model that can be compared: how it is called and how it is fitted.
public struct ModelDefinition: Sendable {
  public enum Family: String, Codable, Sendable {
    case classifier, network
  }

  public let name: String
  public let summary: String
  public let family: Family
  /// The sections of `CellSettings` that bear on it, beside the data and the seed.
  let sections: Set<String>
  /// Fits it, or goes on with an interrupted fit, and stores it as `Fitting.weights`.
  let fit: @Sendable (Fitting) throws -> FittedModel
  /// Opens what `fit` stored.
  let open: @Sendable (URL) throws -> any Segmenter
  /// Trainable and stored values before fitting, and bytes that fitting takes; nil where that is not known before.
  let estimate: @Sendable (CellSettings, _ trainingScenes: Int) -> (parameters: Int?, bytes: Int)

  /// Whether the settings' section or key bears on the model.
  func uses(_ section: String) -> Bool {
    sections.contains(section) || ["model", "data", "seed"].contains(section)
  }

  /// Resets the settings that don't bear on the model, so that cells that differ in these alone are one.
  func reset(_ settings: inout CellSettings) {
    let defaults = CellSettings()
    if !uses("loss") { settings.loss = defaults.loss }
    if !uses("augmentation") { settings.augmentation = defaults.augmentation }
    if !uses("training") { settings.training = defaults.training }
    if !uses("network") { settings.network = defaults.network }
    if !uses("encoder") { settings.encoder = defaults.encoder }
    if !uses("features") { settings.features = defaults.features }
    if !uses("forest") { settings.forest = defaults.forest }
    if !uses("svc") { settings.svc = defaults.svc }
  }
}

/// What fitting one cell needs.
public struct Fitting {
  let settings: CellSettings
  let scenes: PreparedScenes
  /// The cell's folder, for what outlives an interruption.
  let folder: URL
  let progress: ProgressReporter
  /// After how long within an epoch a network's state is stored.
  let checkpointInterval: Duration

  /// Where the fitted model is stored.
  var weights: URL { folder.appendingPathComponent("best.safetensors") }
}

/// What fitting gave.
struct FittedModel {
  let segmenter: any Segmenter
  let summary: FitSummary
}

/// Facts about a fit, stored with its scores.
public struct FitSummary: Codable, Equatable, Sendable {
  /// Seconds of fitting, validation included, without what an interruption lost.
  public var seconds: Double
  /// Values that the model consists of, where that is how its size is counted.
  public var parameters: Int?
  /// Pixels that it was fitted on.
  public var pixels: Int
  /// Each feature's share in the forest's decrease of impurity; forests only.
  public var featureImportances: [String: Double]?
  /// Epochs trained, and the one whose weights were kept; networks only.
  public var epochs: Int?
  public var bestEpoch: Int?
  /// Validation mean IoU of the weights kept; networks only.
  public var validationMeanIoU: Double?
  /// The most memory that the process held while fitting, in bytes; since an interruption, where there was one.
  public var peakBytes: Int?
}
