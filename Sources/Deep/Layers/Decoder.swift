/// A 2x2 transposed convolution of stride 2 with bias.
struct TransposedConvolution {
  private let kernel, bias: Parameter

  /// - Parameter name: its parameters are `name.kernel` [2, 2, inputs, outputs] and `name.bias`.
  init(_ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int) {
    kernel = make.kernel("\(name).kernel", 2, inputs, outputs)
    bias = make.vector("\(name).bias", outputs, .offset)
  }

  func callAsFunction(_ input: Feature, on tape: Tape) -> Feature {
    transposedConvolve(input, kernel: kernel, bias: bias, on: tape)
  }
}

/// A U-Net's way up from the deepest features: at each level a transposed convolution, and two normalised convolutions
/// of its result beside the skip of that level.
struct Decoder {
  private let levels: [(rise: TransposedConvolution, pair: NormalisedPair)]

  /// - Parameters:
  ///   - inputs: channels of the deepest features.
  ///   - widths: channels of the skips, the finest first; levels are named `rise1` and `up1` from the finest on.
  init(_ make: LayerMaker, from inputs: Int, widths: [Int]) {
    var below = inputs
    levels = widths.indices.reversed().map { level in
      let width = widths[level]
      defer { below = width }
      return (
        TransposedConvolution(make, "rise\(level + 1)", from: below, to: width),
        NormalisedPair(make, "up\(level + 1)", from: 2 * width, to: width)
      )
    }
  }

  /// - Parameter skips: the finest first.
  func callAsFunction(_ deepest: Feature, skips: [Feature], on tape: Tape) -> Feature {
    zip(levels, skips.reversed()).reduce(deepest) { below, step in
      let (level, skip) = step
      return level.pair(level.rise(below, on: tape), skip, on: tape)
    }
  }
}
