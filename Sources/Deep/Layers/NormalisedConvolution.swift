/// A convolution, batch normalisation and ReLU.
struct NormalisedConvolution {
  private let convolution: Convolution
  private let normalisation: BatchNormalisation

  /// - Parameter name: its parameters are those of both, `name.kernel`, `name.bias`, `name.scale` and so on.
  init(
    _ make: LayerMaker, _ name: String, size: Int = 3, from inputs: Int, to outputs: Int, hasBias: Bool = true,
    epsilon: Float = BatchNormalisation.epsilon
  ) {
    convolution = Convolution(make, name, size: size, from: inputs, to: outputs, hasBias: hasBias)
    normalisation = BatchNormalisation(make, name, channels: outputs, epsilon: epsilon)
  }

  /// Applies it to `inputs`, side by side as if concatenated.
  func callAsFunction(_ inputs: [Node]) -> Node { Activation.relu(normalisation(convolution(inputs))) }

  func callAsFunction(_ inputs: Node...) -> Node { self(inputs) }
}

/// Two normalised 3x3 convolutions, one after the other.
struct NormalisedPair {
  private let first, second: NormalisedConvolution

  init(
    _ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int, hasBias: Bool = true,
    epsilon: Float = BatchNormalisation.epsilon
  ) {
    first = NormalisedConvolution(
      make, "\(name).1", from: inputs, to: outputs, hasBias: hasBias, epsilon: epsilon)
    second = NormalisedConvolution(
      make, "\(name).2", from: outputs, to: outputs, hasBias: hasBias, epsilon: epsilon)
  }

  /// Applies it to `inputs`, side by side as if concatenated.
  func callAsFunction(_ inputs: [Node]) -> Node { second(first(inputs)) }

  func callAsFunction(_ inputs: Node...) -> Node { self(inputs) }
}
