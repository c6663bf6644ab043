import Compute
import Scenes

/// What a network should say of every pixel of a batch.
public struct Targets: Equatable, Sendable {
  /// Marks a pixel that doesn't count.
  public static let ignored: UInt8 = 255

  /// The class of each pixel, [batch, height, width], or `ignored`.
  public let classes: [UInt8]

  /// - Parameter classes: below the loss' number of channels, or `Targets.ignored`.
  public init(classes: [UInt8]) {
    self.classes = classes
  }

  /// How many pixels count.
  var count: Int { classes.reduce(0) { $0 + ($1 == Self.ignored ? 0 : 1) } }
}

/// The value of a loss and its gradient.
public struct LossResult {
  public let value: Float
  /// By the logits, of their shape.
  public let gradient: Tensor
}

/// What a loss is made with; losses that know nothing of a setting refuse it.
public struct LossSettings: Codable, Equatable, Sendable {
  /// The share of the target that is spread evenly over all classes, in `ce` and `kl`.
  public var labelSmoothing: Float
  /// A weight for each class in `ce`, as `ClassWeighting` makes them; nil for 1 each.
  public var classWeights: [Float]?

  public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil) {
    (self.labelSmoothing, self.classWeights) = (labelSmoothing, classWeights)
  }

  /// - Throws: `DeepError.invalid` with the setting, its value and the bound.
  func checked(for loss: LossDefinition) throws -> LossSettings {
    guard labelSmoothing >= 0, labelSmoothing < 1 else {
      throw DeepError.invalid(setting: "labelSmoothing", value: "\(labelSmoothing)", bound: "at least 0 and below 1")
    }
    guard labelSmoothing == 0 || loss.takesSmoothing else {
      throw DeepError.invalid(setting: "labelSmoothing", value: "\(labelSmoothing)", bound: "0 with \(loss.name)")
    }
    guard let classWeights else { return self }
    guard loss.takesWeights else {
      throw DeepError.invalid(setting: "classWeights", value: "\(classWeights)", bound: "left out with \(loss.name)")
    }
    guard classWeights.count == Category.count, classWeights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw DeepError.invalid(
        setting: "classWeights", value: "\(classWeights)", bound: "\(Category.count) finite values of at least 0")
    }
    return self
  }
}

/// A loss that can be chosen by name.
public struct LossDefinition: Sendable {
  /// Its name on the command line, such as `ce`.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  var takesSmoothing = false
  var takesWeights = false
  let evaluate: @Sendable (_ logits: Tensor, _ targets: Targets, _ settings: LossSettings) -> LossResult
}

/// All losses by name.
public enum Losses {
  public static let all: [LossDefinition] = [
    LossDefinition(
      name: "ce", summary: "cross-entropy from logits", takesSmoothing: true, takesWeights: true
    ) { logits, targets, settings in
      crossEntropy(
        logits: logits, targets: targets, labelSmoothing: settings.labelSmoothing, classWeights: settings.classWeights)
    },
    LossDefinition(
      name: "kl", summary: "Kullback-Leibler divergence, clipped as in Keras", takesSmoothing: true
    ) { logits, targets, settings in
      divergence(logits: logits, targets: targets, labelSmoothing: settings.labelSmoothing)
    },
    LossDefinition(name: "dice", summary: "one minus the soft Dice score, mean over the batch's classes") {
      logits, targets, _ in dice(logits: logits, targets: targets)
    },
    LossDefinition(name: "ce+dice", summary: "cross-entropy plus Dice loss") { logits, targets, _ in
      crossEntropyAndDice(logits: logits, targets: targets)
    },
    LossDefinition(name: "focal-tversky", summary: "focal Tversky loss, misses weigh 0.7 and false alarms 0.3") {
      logits, targets, _ in focalTversky(logits: logits, targets: targets)
    },
  ]

  /// The loss of that name, if any.
  public static func named(_ name: String) -> LossDefinition? {
    all.first { $0.name == name }
  }
}
