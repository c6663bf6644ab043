/// A convolution of stride 1 and 'same' padding with bias, and what follows it at once.
struct Convolution {
  private let kernel, bias: Parameter
  private let following: Following
  let outputs: Int

  /// - Parameter name: its parameters are `name.kernel` [size, size, inputs, outputs] and `name.bias`.
  init(
    _ make: LayerMaker, _ name: String, size: Int = 3, from inputs: Int, to outputs: Int,
    _ following: Following = .rectifier
  ) {
    kernel = make.kernel("\(name).kernel", size, inputs, outputs)
    bias = make.vector("\(name).bias", outputs, .offset)
    (self.following, self.outputs) = (following, outputs)
  }

  /// Applies it to `inputs`, side by side as if concatenated.
  func callAsFunction(_ inputs: Feature..., on tape: Tape) -> Feature {
    convolve(inputs, kernel: kernel, bias: bias, following, on: tape)
  }
}
