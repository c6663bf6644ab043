/// A U-Net's way up from the deepest features: at each level a transposed convolution, and two normalised convolutions
/// of its result beside the skip of that level, where there is one.
struct Decoder {
  private let levels: [(upsampling: TransposedConvolution, pair: NormalisedPair)]

  /// - Parameters:
  ///   - inputs: channels of the deepest features.
  ///   - widths: channels of the levels, the finest first; they are named `rise1` and `up1` from the finest on: stored
  ///     models and the streams of first values go by these names.
  ///   - skips: channels of the skips, the finest first; the finest levels have none where there are fewer than widths.
  ///     Without this, as many as the levels have.
  init(_ make: LayerMaker, from inputs: Int, widths: [Int], skips: [Int]? = nil) {
    let without = widths.count - (skips ?? widths).count
    var below = inputs
    levels = widths.indices.reversed().map { level in
      let width = widths[level]
      let skip = level < without ? 0 : (skips ?? widths)[level - without]
      defer { below = width }
      return (
        TransposedConvolution(make, "rise\(level + 1)", from: below, to: width),
        NormalisedPair(make, "up\(level + 1)", from: width + skip, to: width)
      )
    }
  }

  /// - Parameter skips: the finest first.
  func callAsFunction(_ deepest: Node, skips: [Node]) -> Node {
    levels.enumerated().reduce(deepest) { below, step in
      let (place, level) = step
      let skip = place < skips.count ? [skips[skips.count - 1 - place]] : []
      return level.pair([level.upsampling(below)] + skip)
    }
  }
}
