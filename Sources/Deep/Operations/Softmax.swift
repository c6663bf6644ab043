import Compute
import RealModule

/// softmax(x)[c] = exp(x[c] - max x) / sum exp(x - max x) over the channels of each pixel, [.., channels] -> same.
package func softmax(_ logits: Tensor) -> Tensor {
  let result = Tensor(logits.shape)
  let channels = logits.shape.channels
  PixelPieces(pixels: logits.shape.pixels, channels: channels).forEach { pixels in
    for pixel in pixels {
      softmax(logits.pointer + pixel * channels, channels, into: result.pointer + pixel * channels)
    }
  }
  return result
}

/// The softmax of one pixel.
///
/// - Returns: log sum exp x, so that log p[c] = x[c] - it, exact where p underflows.
@inline(__always)
@discardableResult
func softmax(_ x: Values, _ count: Int, into p: MutableValues) -> Float {
  var top = x[0]
  for c in 1..<count { top = max(top, x[c]) }
  var sum: Float = 0
  for c in 0..<count {
    p[c] = .exp(x[c] - top)
    sum += p[c]
  }
  let inverse = 1 / sum
  for c in 0..<count { p[c] *= inverse }
  return top + .log(sum)
}
