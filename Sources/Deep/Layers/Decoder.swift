/// A U-Net's way up from the deepest features: at each level a transposed convolution, and two normalised convolutions
/// of its result beside the skip of that level.
struct Decoder {
  private let levels: [(upsampling: TransposedConvolution, pair: NormalisedPair)]

  /// - Parameters:
  ///   - inputs: channels of the deepest features.
  ///   - widths: channels of the skips, the finest first; levels are named `rise1` and `up1` from the finest on: stored
  ///     models and the streams of first values go by these names.
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
  func callAsFunction(_ deepest: Node, skips: [Node]) -> Node {
    zip(levels, skips.reversed()).reduce(deepest) { below, step in
      let (level, skip) = step
      return level.pair(level.upsampling(below), skip)
    }
  }
}
