import Compute
import Settings

/// How parameters follow their gradients.
package protocol Optimizer: Component {
  /// Names of what it remembers of each value, zero at first.
  static var slots: [String] { get }
  /// Moves a parameter's values.
  func update(_ parameter: ParameterUpdate)
}

/// What holds for all optimizers.
package struct UpdateSettings: Configurable, Equatable {
  /// Step size at the start; `Trainer.learningRate` changes it.
  package var learningRate: Float = 1e-3
  /// The same of the encoder's layers; nil for the same step size.
  package var encoderLearningRate: Float?
  /// Times the learning rate, the share of each kernel that a step takes away, apart from the gradient (Loshchilov and
  /// Hutter 2019, arXiv:1711.05101). Biases and normalisations don't decay.
  package var weightDecay: Float = 0
  /// Gradients are scaled down so that their norm over all parameters is at most this; 0 for no bound.
  package var clipNorm: Float = 0

  package init() {}

  package init(
    learningRate: Float = 1e-3, encoderLearningRate: Float? = nil, weightDecay: Float = 0, clipNorm: Float = 0
  ) {
    (self.learningRate, self.encoderLearningRate) = (learningRate, encoderLearningRate)
    (self.weightDecay, self.clipNorm) = (weightDecay, clipNorm)
  }

  package static let fields: [Field<Self>] = [
    .number("learningRate", \.learningRate, .above(0, to: 10), "step size at the start"),
    .number(
      "encoderLearningRate", \.encoderLearningRate, .above(0, to: 10),
      "step size of the encoder's layers at the start; null for the same"),
    .number("weightDecay", \.weightDecay, .from(0, to: 1), "times the step size, the share of kernels taken away"),
    .number("clipNorm", \.clipNorm, .atLeast(0), "largest norm of the gradient over all parameters; 0 for no bound"),
  ]
}

/// One parameter in one step, as an optimizer sees it. Pieces of a loop share it, and write to ranges of their own.
package struct ParameterUpdate: @unchecked Sendable {
  let learningRate: Float
  /// How many updates of this parameter there have been, this one included.
  let number: Int
  /// How many values it has.
  let count: Int
  let values: MutableValues
  let gradient: Values
  /// What the gradient is to be multiplied by first.
  let gradientScale: Float
  /// One array of the parameter's size for each of the optimizer's slots.
  let slots: [MutableValues]
  /// Whether it is a kernel, which decays.
  let isKernel: Bool

  private var pieces: PixelPieces { PixelPieces(pixels: count, channels: 1) }

  /// Multiplies all values, as decay does.
  func scaleValues(by factor: Float) {
    guard factor != 1 else { return }
    forEachRange { range in for place in range { values[place] *= factor } }
  }

  /// Calls `body` for ranges of the values, on all threads.
  func forEachRange(_ body: @Sendable (Range<Int>) -> Void) {
    pieces.forEach(body)
  }

  /// Sums what `body` adds for each range to `width` sums, in the order of the ranges.
  func sums(width: Int, _ body: @Sendable (Range<Int>, MutableValues) -> Void) -> [Double] {
    pieces.sums(width: width, body)
  }
}

extension Field where Owner: Optimizer {
  /// The share of a moving average, or of a movement, that a step keeps.
  static func kept(_ name: String, _ path: WritableKeyPath<Owner, Float> & Sendable, _ about: String) -> Field {
    .number(name, path, .from(0, below: 1), about)
  }
}

/// All optimizers by name.
package enum Optimizers {
  package static let registry = Registry<any Optimizer>("optimizer", [Adam.self, SGD.self, AdamW.self])
}
