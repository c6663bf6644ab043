import Compute
import RealModule
import Settings

/// `divergence` as a component.
struct DivergenceLoss: Loss {
  static let name = "kl"
  static let summary = "Kullback-Leibler divergence, clipped as in Keras"

  var labelSmoothing: Float = 0

  static let fields: [Field<Self>] = [.labelSmoothing(\.labelSmoothing)]

  func evaluate(logits: Tensor, targets: Targets) -> LossResult {
    divergence(logits: logits, targets: targets, labelSmoothing: labelSmoothing)
  }
}

/// Kullback-Leibler divergence: 1/N sum over pixels and classes of q log(q / p), q and p clipped to [1e-7, 1], as Keras
/// has it; q is 1 - e for the true class plus e / classes for each.
///
/// With e = 0 it differs from cross-entropy by the clipping only, under 1.2e-5 where p is not tiny. Where p is below
/// 1e-7 it is constant, so that it gives no gradient there.
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
///   - labelSmoothing: e, in 0..<1.
/// - Returns: the loss, 0 where no pixel counts, and its gradient.
package func divergence(logits: Tensor, targets: Targets, labelSmoothing: Float = 0) -> LossResult {
  let shape = logits.shape
  let channels = shape.channels
  targets.require(fitting: logits)
  let floor: Float = 1e-7
  let lowest = Float.log(floor)
  let (other, truth) = (
    max(floor, labelSmoothing / Float(channels)), 1 - labelSmoothing + labelSmoothing / Float(channels)
  )
  let constant = truth * .log(truth) + Float(channels - 1) * other * .log(other)
  let count = max(1, targets.count)
  let share = 1 / Float(count)
  let gradient = Tensor(shape)
  let sum = PixelPieces(pixels: shape.pixels, channels: channels).sums(width: 1) { pixels, sums in
    let logSums = softmax(logits, pixels, into: gradient)
    for pixel in pixels {
      let out = gradient.pointer + pixel * channels
      let x = logits.pointer + pixel * channels
      guard targets.classes[pixel] != Targets.ignored else {
        out.update(repeating: 0, count: channels)
        continue
      }
      let target = Int(targets.classes[pixel])
      let logSum = logSums.pointer[pixel - pixels.lowerBound]
      var (value, live) = (constant, Float(0))
      for c in 0..<channels {
        let q = c == target ? truth : other
        value -= q * max(x[c] - logSum, lowest)
        if out[c] >= floor { live += q }
      }
      sums[0] += value
      // -sum q log p over the classes that are not clipped has the gradient (sum q) p - q.
      for c in 0..<channels {
        let q = out[c] >= floor ? (c == target ? truth : other) : 0
        out[c] = (live * out[c] - q) * share
      }
    }
  }
  return LossResult(value: Float(sum[0] / Double(count)), gradient: gradient)
}
