import Baselines
import Deep
import Foundation
import Scenes
import Settings

// The sections of settings that don't belong to one model alone.

/// Which scenes, at which size, as which classes.
package struct DataSettings: Configurable, Hashable {
  package var root = Dataset.syntheticRoot
  package var sceneSeed = 0
  package var size = SceneSize.resized(PixelSize(width: 256, height: 128))
  package var classes = Setting.text(ClassSet.cityscapes8.name)
  package var layout: String?
  package var encoding: Setting?
  package var train: Int?
  package var validation: Int?
  package var test: Int?
  package var unseen = false
  package var fold: Int?
  package var folds: Int?
  package var skipBad = false

  package init() {}

  /// Whether the scenes are drawn in memory.
  package var isSynthetic: Bool { root == Dataset.syntheticRoot }

  package static let fields: [Field<Self>] = [
    .text("root", \.root, nil, "a folder, or synthetic for scenes drawn in memory"),
    .whole("sceneSeed", \.sceneSeed, 0...Int.max, "the seed of synthetic scenes"),
    .parsed(
      "size", \.size, "WIDTHxHEIGHT of at least 16x16 and at most \(PNG.pixelLimit) pixels, or native",
      "the size at which models are trained and scored, width first; native for each picture's own",
      isGood: { $0.common.map { $0.width >= 16 && $0.height >= 16 && $0.area <= PNG.pixelLimit } ?? true }),
    .document(
      "classes", \.classes,
      "the classes: \(ClassSet.all.map(\.name).joined(separator: ", ")), or a section of your own",
      check: { _ = try ClassSet($0) }),
    .text(
      "layout", \.layout,
      "how the folder lies: \(DatasetLayouts.all.map { $0.name }.joined(separator: ", ")); null for what is found"),
    .document(
      "encoding", \.encoding,
      "what label files hold: \(LabelEncoding.names.joined(separator: ", ")), or a section of values or colours; "
        + "null for what they tell",
      check: { _ = try LabelEncoding.own($0) }),
    .whole(
      "train", \.train, 1...Int.max,
      "at most so many training scenes, evenly spaced; null for all; a list for a learning curve"),
    .whole("validation", \.validation, 1...Int.max, "at most so many validation scenes; null for all"),
    .whole("test", \.test, 1...Int.max, "at most so many test scenes; null for all"),
    .flag("unseen", \.unseen, "train on no drive, and choose by none, that is in the test"),
    .whole(
      "fold", \.fold, 0...Int.max,
      "which fold of the drives is the test; the next is the validation, the rest is trained on; null for the data's "
        + "own splits"),
    .whole(
      "folds", \.folds, Folds.least...Int.max,
      "how many folds there are; null for one a drive, at most \(Folds.standardLimit)"),
    .flag("skipBad", \.skipBad, "leave bad scenes out with a warning instead of stopping"),
  ]

  /// The classes.
  ///
  /// - Throws: `SettingError`, `ScenesError.badClasses`.
  package func classSet() throws -> ClassSet { try ClassSet(classes) }

  package func validate() throws {
    guard folds == nil || fold != nil else {
      throw SettingError.invalid(
        setting: "folds", value: "\(folds ?? 0)", bound: "left out without data.fold, which says which is the test")
    }
  }
}

/// How networks are trained.
package struct TrainingSettings: Configurable, Hashable {
  package var epochs = 40
  package var batch = 4
  package var shards = 1
  package var precision = Precision.fp32
  package var optimizer: Choice = "adam"
  package var learningRate = 1e-3
  package var schedule: Choice = "constant"
  package var warmUpSteps = 0
  package var weightDecay = 0.0
  package var clipNorm = 0.0
  package var augmentationPolicy: Choice = "probability"
  package var learnsVoid = false
  package var patience = 5
  package var minDelta = 0.0

  package init() {}

  /// Whether a training that is over can go on for more epochs: its schedule doesn't plan their number.
  ///
  /// - Throws: `SettingError`.
  var canGoOn: Bool { get throws { try !Schedules.registry.make(schedule).plansLength } }

  package static let fields: [Field<Self>] = [
    .whole("epochs", \.epochs, 1...100_000, "at most so many passes over the training scenes"),
    .whole("batch", \.batch, 1...1024, "scenes a step"),
    .whole(
      "shards", \.shards, 1...1024,
      "into how many parts a batch is cut, which processes started by mpiexec share"),
    .choice(
      "precision", \.precision,
      "the numbers of activations and products, in training and prediction; bf16 needs a processor with AMX"),
    .component("optimizer", \.optimizer, Optimizers.registry, "how weights follow their gradients"),
    .number("learningRate", \.learningRate, .above(0, to: 10), "the step size at the start"),
    .component("schedule", \.schedule, Schedules.registry, "how the step size goes down"),
    .whole("warmUpSteps", \.warmUpSteps, 0...Int.max, "over how many steps the step size rises at first"),
    .number(
      "weightDecay", \.weightDecay, .from(0, to: 1),
      "times the step size, the share of each kernel that a step takes away"),
    .number("clipNorm", \.clipNorm, .atLeast(0), "the largest norm of the gradient; 0 for no bound"),
    .component(
      "augmentationPolicy", \.augmentationPolicy, Policies.registry, "how often scenes are augmented"),
    .flag("learnsVoid", \.learnsVoid, "learn void like any other class; else it is never predicted"),
    .whole("patience", \.patience, 1...100_000, "stop after so many epochs without a better validation mean IoU"),
    .number("minDelta", \.minDelta, .from(0, to: 1), "a validation mean IoU is better by more than this"),
  ]

  package func validate() throws {
    guard shards > batch else { return }
    throw SettingError.invalid(
      setting: "shards", value: "\(shards)", bound: "at most training.batch, which is \(batch)")
  }
}

/// How a pretrained encoder is used; networks with an encoder only.
package struct EncoderSettings: Configurable, Hashable {
  package var weights: String?
  package var freeze = 0
  package var unfreeze = 1.0
  package var learningRate: Double?

  package init() {}

  package static let fields: [Field<Self>] = [
    .text(
      "weights", \.weights,
      "a safetensors file of published weights, as torchvision or timm name them, or of a run whose network has the same "
        + "encoder; null to start from random ones"),
    .whole(
      "freeze", \.freeze, 0...Int.max, "for how many epochs the encoder's weights and statistics stay as they are"),
    .number("unfreeze", \.unfreeze, .from(0, to: 1), "the share of its layers, from the last, that learn afterwards"),
    .number(
      "learningRate", \.learningRate, .above(0, to: 10),
      "the step size of its layers at the start, in place of the training's; null for the same"),
  ]

  /// The file of the weights.
  package var file: URL? { weights.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } }
}

/// What pixel classifiers see of a pixel.
package struct FeatureSettings: Configurable, Hashable {
  package var groups = PixelFeatures.standard
  package var sampling: Choice = "all"

  package init() {}

  package static let fields: [Field<Self>] = [
    .choice("groups", \.groups, "which features"),
    .component("sampling", \.sampling, Samplings.registry, "which pixels of each training picture are learned from"),
  ]
}
