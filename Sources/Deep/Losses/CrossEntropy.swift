import Compute

/// Cross-entropy: -1/N sum log p[y] over the N pixels that count, with log p from the logits, exact at any magnitude.
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
/// - Returns: the loss, 0 where no pixel counts, and its gradient (p - y) / N.
public func crossEntropy(logits: Tensor, targets: Targets) -> LossResult {
  let shape = logits.shape
  precondition(targets.classes.count == shape.pixels, "logits \(shape), \(targets.classes.count) targets")
  let gradient = Tensor(shape)
  let counted = targets.classes.reduce(0) { $0 + ($1 == Targets.ignored ? 0 : 1) }
  let share = 1 / Float(max(1, counted))
  let pieces = PixelPieces(pixels: shape.pixels, channels: shape.channels)
  let sum = pieces.sums(width: 1) { pixels, sums in
    for pixel in pixels {
      let out = gradient.pointer + pixel * shape.channels
      let x = logits.pointer + pixel * shape.channels
      let target = targets.classes[pixel]
      guard target != Targets.ignored else {
        out.update(repeating: 0, count: shape.channels)
        continue
      }
      sums[0] += softmax(x, shape.channels, into: out) - x[Int(target)]
      out[Int(target)] -= 1
      for c in 0..<shape.channels { out[c] *= share }
    }
  }
  return LossResult(value: Float(sum[0] / Double(max(1, counted))), gradient: gradient)
}
