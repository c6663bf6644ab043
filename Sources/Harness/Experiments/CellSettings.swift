import Baselines
import Compute
import Deep
import Foundation
import Scenes

/// All that one cell of an experiment is made from. An experiment file has the same keys, in the same sections, and
/// any value there may be a list: an axis of the grid.
public struct CellSettings: Codable, Hashable, Sendable {
  public var model = "unet-mini"
  public var loss = "ce"
  public var augmentation = "none"
  public var data = DataSettings()
  public var training = TrainingSettings()
  public var network = NetworkSettings()
  public var encoder = EncoderSettings()
  public var features = FeatureSettings()
  public var forest = RandomForest()
  public var svc = LinearSVC()
  public var seed = 0

  public init() {}

  /// Checks names against what is registered and numbers against their bounds.
  ///
  /// - Throws: `HarnessError.unknown` or `.invalid` with the key, its value and the bound.
  public func validate() throws {
    let definition = try Models.named(model)
    if definition.family == .network {
      guard Losses.named(loss) != nil else {
        throw HarnessError.unknown(kind: "loss", name: loss, known: Losses.all.map(\.name))
      }
      guard Augmentations.named(augmentation) != nil else {
        throw HarnessError.unknown(kind: "augmentation", name: augmentation, known: Augmentations.all.map(\.name))
      }
    }
    try require(seed >= 0, "seed", "\(seed)", "0 or more")
    try data.validate()
    try training.validate()
    try inSection("network") { _ = try network.checked() }
    try encoder.validate()
    try features.validate()
    try inSection("forest") { try forest.check(featureCount: features.groups.count) }
    try inSection("svc") { try svc.check(featureCount: features.groups.count) }
  }
}

/// Which scenes, at which size.
public struct DataSettings: Codable, Hashable, Sendable {
  /// A folder, or `synthetic` for scenes drawn in memory.
  public var root = "synthetic"
  /// The seed of synthetic scenes.
  public var sceneSeed = 0
  /// The size at which models are trained and scored, width first.
  public var size = "256x128"
  /// At most so many scenes of each part, evenly spaced; null for all.
  public var train: Int?
  public var validation: Int?
  public var test: Int?
  /// Whether bad scenes are left out with a warning instead of an error.
  public var skipBad = false

  /// The size as numbers; `validate` has checked it.
  public var pixelSize: PixelSize { PixelSize(size) ?? PixelSize(width: 256, height: 128) }

  func validate() throws {
    guard let size = PixelSize(size), size.width >= 16, size.height >= 16, size.width * size.height <= PNG.pixelLimit
    else {
      throw HarnessError.invalid(
        key: "data.size", value: "'\(self.size)'",
        bound: "WIDTHxHEIGHT of at least 16x16 and at most \(PNG.pixelLimit) pixels")
    }
    try require(sceneSeed >= 0, "data.sceneSeed", "\(sceneSeed)", "0 or more")
    for (key, limit) in [("train", train), ("validation", validation), ("test", test)] {
      if let limit { try require(limit >= 1, "data.\(key)", "\(limit)", "1 or more, or null for all") }
    }
  }
}

/// How networks are trained.
public struct TrainingSettings: Codable, Hashable, Sendable {
  /// At most so many passes over the training scenes.
  public var epochs = 40
  /// Scenes a step.
  public var batch = 4
  /// `adam` or `sgd`.
  public var optimizer = "adam"
  /// The optimizer's step size at the start.
  public var learningRate = 1e-3
  /// How the step size goes down.
  public var schedule = LearningRateSchedule.Kind.constant
  /// Over how many steps it rises at first.
  public var warmUpSteps = 0
  /// The share of its last movement that `sgd` keeps.
  public var momentum = 0.9
  /// Times the step size, the share of each kernel that a step takes away.
  public var weightDecay = 0.0
  /// The largest norm of the gradient over all parameters; 0 for no bound.
  public var clipNorm = 0.0
  /// How often scenes are augmented: each with a probability (`probability:0.5`), or copies of a share of them are
  /// added (`append:0.1`).
  public var augmentationPolicy = "probability:0.5"
  /// The share of the target that is spread over all categories, in `ce` and `kl`.
  public var labelSmoothing = 0.0
  /// How categories are weighed in `ce`.
  public var classWeights = Deep.ClassWeighting.none
  /// Whether void is learned like any other category; else its pixels don't count.
  public var learnsVoid = false
  /// Training stops after so many epochs without a better validation mean IoU.
  public var patience = 5
  /// A validation mean IoU is better when above the best by more than this.
  public var minDelta = 0.0

  func validate() throws {
    try require((1...100_000).contains(epochs), "training.epochs", "\(epochs)", "1 to 100000")
    try require((1...1024).contains(batch), "training.batch", "\(batch)", "1 to 1024")
    guard Optimizers.named(optimizer) != nil else {
      throw HarnessError.unknown(kind: "optimizer", name: optimizer, known: Optimizers.all.map(\.name))
    }
    try require(
      learningRate > 0 && learningRate <= 10, "training.learningRate", "\(learningRate)", "above 0, at most 10")
    guard let policy = AugmentationPolicy(augmentationPolicy), (try? policy.check()) != nil else {
      throw HarnessError.invalid(
        key: "training.augmentationPolicy", value: "'\(augmentationPolicy)'",
        bound: "probability:P with P of 0 to 1, or append:S with S of 0 to 100")
    }
    try require(warmUpSteps >= 0, "training.warmUpSteps", "\(warmUpSteps)", "0 or more")
    try require((0..<1).contains(momentum), "training.momentum", "\(momentum)", "0 or more, below 1")
    try require((0...1).contains(weightDecay), "training.weightDecay", "\(weightDecay)", "0 to 1")
    try require(clipNorm >= 0 && clipNorm.isFinite, "training.clipNorm", "\(clipNorm)", "0 or more")
    try require((0..<1).contains(labelSmoothing), "training.labelSmoothing", "\(labelSmoothing)", "0 or more, below 1")
    try require((1...100_000).contains(patience), "training.patience", "\(patience)", "1 to 100000")
    try require((0...1).contains(minDelta), "training.minDelta", "\(minDelta)", "0 to 1")
  }

  /// The policy as scenes take it; `validate` has checked it.
  var policy: AugmentationPolicy { AugmentationPolicy(augmentationPolicy) ?? .probability(0) }

  /// As the optimizer takes them.
  var optimizerSettings: OptimizerSettings {
    OptimizerSettings(
      name: optimizer, learningRate: Float(learningRate), momentum: Float(momentum), weightDecay: Float(weightDecay),
      clipNorm: Float(clipNorm))
  }
}

/// How a pretrained encoder is used; networks with an encoder only.
public struct EncoderSettings: Codable, Hashable, Sendable {
  /// A safetensors file of VGG16's weights under torchvision's names; null to start from random weights.
  public var weights: String?
  /// For how many epochs the encoder's weights stay as they are.
  public var freeze = 0
  /// The share of the encoder's layers, from the last, that learn afterwards.
  public var thaw = 1.0

  /// The file of the weights.
  var file: URL? { weights.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } }

  func validate() throws {
    if let file, !FileManager.default.isReadableFile(atPath: file.path) {
      throw ComputeError.unreadable(file: file.path, reason: "encoder.weights names no file that can be read")
    }
    try require(freeze >= 0, "encoder.freeze", "\(freeze)", "0 or more")
    try require((0...1).contains(thaw), "encoder.thaw", "\(thaw)", "0 to 1")
  }
}

/// What pixel classifiers see of a pixel.
public struct FeatureSettings: Codable, Hashable, Sendable {
  /// Which features.
  public var groups = PixelFeatures.standard
  /// Which pixels of each training picture are learned from: `all`, `random:N`, or `balanced:N` (equal shares of the
  /// categories), for at most N of them.
  public var sampling = "all"

  /// The sampling as classifiers take it; `validate` has checked it.
  var pixelSampling: PixelSampling { PixelSampling(sampling) ?? .all }

  func validate() throws {
    guard let sampling = PixelSampling(sampling), sampling.limit.map({ $0 >= 1 }) ?? true else {
      throw HarnessError.invalid(
        key: "features.sampling", value: "'\(self.sampling)'", bound: "all, random:N or balanced:N with N of 1 or more")
    }
  }
}

/// Gives the errors of another module's settings the key by which experiments know them.
private func inSection(_ section: String, _ check: () throws -> Void) throws {
  do {
    try check()
  } catch BaselinesError.invalid(let setting, let value, let bound) {
    throw HarnessError.invalid(key: "\(section).\(setting)", value: value, bound: bound)
  } catch DeepError.invalid(let setting, let value, let bound) {
    throw HarnessError.invalid(key: "\(section).\(setting)", value: value, bound: bound)
  }
}

private func require(_ holds: Bool, _ key: String, _ value: String, _ bound: String) throws {
  guard holds else { throw HarnessError.invalid(key: key, value: value, bound: bound) }
}
