import CPixels
import Compute
import RealModule

/// softmax(x)[c] = exp(x[c] - max x) / sum exp(x - max x) over the channels of each pixel, [.., channels] -> same.
package func softmax(_ logits: Tensor) -> Tensor {
  let result = Tensor(logits.shape)
  let channels = logits.shape.channels
  PixelPieces(pixels: logits.shape.pixels, channels: channels).forEach { pixels in
    let first = pixels.lowerBound * channels
    pixels_softmax(
      pixelLanes, Int64(pixels.count), Int64(channels), logits.pointer + first, result.pointer + first, nil, nil)
  }
  return result
}

/// The softmax of some pixels of `logits`, on this thread.
///
/// - Parameters:
///   - logits: [.., channels].
///   - pixels: which.
///   - result: takes theirs, in their places.
/// - Returns: log sum exp x of each of them, so that log p[c] = x[c] - it, exact where p underflows.
func softmax(_ logits: Tensor, _ pixels: Range<Int>, into result: Tensor) -> FloatBuffer {
  let channels = logits.shape.channels
  let (first, count) = (pixels.lowerBound * channels, pixels.count)
  let (tops, sums) = (FloatBuffer(count: count), FloatBuffer(count: count))
  pixels_softmax(
    pixelLanes, Int64(count), Int64(channels), logits.pointer + first, result.pointer + first, tops.pointer,
    sums.pointer)
  for pixel in 0..<count { tops.pointer[pixel] += .log(sums.pointer[pixel]) }
  return tops
}

/// The softmax of one pixel, with the exponential of the C library: what tests compare with.
@discardableResult
package func plainSoftmax(_ x: UnsafePointer<Float>, _ count: Int, into p: UnsafeMutablePointer<Float>) -> Float {
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
