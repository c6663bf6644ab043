import Compute

/// How parameters follow their gradients.
public struct OptimizerSettings: Codable, Equatable, Sendable {
  /// `adam` or another name of `Optimizers.all`.
  public var name: String
  /// Step size at the start; `Trainer.learningRate` changes it.
  public var learningRate: Float
  /// Decay of Adam's mean and mean square.
  public var beta1, beta2: Float
  /// Added to Adam's root mean square.
  public var epsilon: Float
  /// The share of its last movement that SGD keeps.
  public var momentum: Float
  /// Times the learning rate, the share of each kernel that a step takes away, apart from the gradient (Loshchilov and
  /// Hutter 2019, arXiv:1711.05101). Biases and normalisations don't decay.
  public var weightDecay: Float
  /// Gradients are scaled down so that their norm over all parameters is at most this; 0 for no bound.
  public var clipNorm: Float

  /// Defaults as in PyTorch; Keras differs in epsilon only, 1e-7.
  public init(
    name: String = "adam", learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float = 1e-8, momentum: Float = 0.9, weightDecay: Float = 0, clipNorm: Float = 0
  ) {
    (self.name, self.learningRate, self.momentum) = (name, learningRate, momentum)
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    (self.weightDecay, self.clipNorm) = (weightDecay, clipNorm)
  }

  /// - Throws: `DeepError.invalid` with the setting, its value and the bound; `.unknown` for the name.
  func checked() throws -> OptimizerSettings {
    guard Optimizers.named(name) != nil else {
      throw DeepError.unknown(what: "optimizer", name: name, known: Optimizers.all.map(\.name))
    }
    for (setting, value) in [("learningRate", learningRate), ("weightDecay", weightDecay), ("clipNorm", clipNorm)] {
      guard value >= 0, value.isFinite else {
        throw DeepError.invalid(setting: setting, value: "\(value)", bound: "finite and at least 0")
      }
    }
    for (setting, value) in [("beta1", beta1), ("beta2", beta2), ("momentum", momentum)] {
      guard value >= 0, value < 1 else {
        throw DeepError.invalid(setting: setting, value: "\(value)", bound: "at least 0 and below 1")
      }
    }
    guard epsilon > 0, epsilon.isFinite else {
      throw DeepError.invalid(setting: "epsilon", value: "\(epsilon)", bound: "finite and above 0")
    }
    return self
  }
}

/// What an optimizer sees of one parameter in one step.
struct OptimizerUpdate {
  let settings: OptimizerSettings
  let learningRate: Float
  /// How many updates of this parameter there have been, this one included.
  let count: Int
  let values: MutableValues
  let gradient: Values
  /// What the gradient is to be multiplied by first.
  let gradientScale: Float
  /// One array of the parameter's size for each of the definition's slots, zero at first.
  let slots: [MutableValues]
  let range: Range<Int>
}

/// An optimizer that can be chosen by name.
public struct OptimizerDefinition: Sendable {
  public let name: String
  /// Names of what it remembers of each value.
  let slots: [String]
  /// Updates a range of one parameter's values.
  let update: @Sendable (OptimizerUpdate) -> Void
}

/// All optimizers by name.
public enum Optimizers {
  public static let all: [OptimizerDefinition] = [adam, sgd]

  /// The optimizer of that name, if any.
  public static func named(_ name: String) -> OptimizerDefinition? {
    all.first { $0.name == name }
  }
}
