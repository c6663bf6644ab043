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

/// The softmax of one pixel, eight values at a time; what is left over is filled up with minus infinity, which adds
/// nothing.
///
/// - Returns: the largest x, and the sum of exp(x - it).
@inline(__always)
@discardableResult
func softmax(_ x: Values, _ count: Int, into p: MutableValues) -> (top: Float, sum: Float) {
  let last = (count - 1) / laneCount * laneCount
  var highest = load(x + last, count - last, filling: -.infinity)
  for c in stride(from: 0, to: last, by: laneCount) { highest = larger(highest, load(x + c)) }
  let halves = larger(highest.lowHalf, highest.highHalf)
  let quarters = larger(halves.lowHalf, halves.highHalf)
  let top = max(quarters.x, quarters.y)
  let lastPowers = exponential(load(x + last, count - last, filling: -.infinity) - top)
  var powers = lastPowers
  for c in stride(from: 0, to: last, by: laneCount) {
    let part = exponential(load(x + c) - top)
    store(part, p + c)
    powers += part
  }
  let parts = powers.lowHalf + powers.highHalf
  let sum = (parts.x + parts.z) + (parts.y + parts.w)
  let inverse = 1 / sum
  for c in stride(from: 0, to: last, by: laneCount) { store(load(p + c) * inverse, p + c) }
  store(lastPowers * inverse, p + last, count - last)
  return (top, sum)
}

/// As `softmax`.
///
/// - Returns: log sum exp x, so that log p[c] = x[c] - it, exact where p underflows.
@inline(__always)
func softmaxAndLogSum(_ x: Values, _ count: Int, into p: MutableValues) -> Float {
  let (top, sum) = softmax(x, count, into: p)
  return top + .log(sum)
}

/// The same one by one, with the exponential of the C library: what tests compare with.
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

/// exp of eight numbers of at most 88, within 2e-7 of its value; 0 below -87.3, where it would be denormal.
///
/// exp x = 2^n exp r with r = x - n log 2 in +-log 2 / 2, and a polynomial for exp r (Moshier's Cephes, `expf`).
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  let floor: Float = -87.3
  let clamped = x.replacing(with: floor, where: x .< floor)
  // Adding 1.5 * 2^23 rounds to a whole number, which is then found in the low bits.
  let rounder: Float = 12_582_912
  let shifted = clamped * 1.442_695_04 + rounder
  let whole = shifted - rounder
  let r = (clamped - whole * 0.693_359_375) - whole * -2.121_944_4e-4
  var y = r * 1.987_569_15e-4 + 1.398_199_95e-3
  y = y * r + 8.333_451_9e-3
  y = y * r + 4.166_579_59e-2
  y = y * r + 0.166_666_655
  y = y * r + 0.500_000_012
  y = y * (r * r) + r + 1
  let exponents =
    unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- Int32(bitPattern: rounder.bitPattern) &+ 127
  let power = unsafeBitCast(exponents &<< 23, to: Lanes.self)
  return (y * power).replacing(with: Lanes.zero, where: x .< floor)
}

@inline(__always)
private func larger<Vector: SIMD>(_ a: Vector, _ b: Vector) -> Vector where Vector.Scalar == Float {
  a.replacing(with: b, where: b .> a)
}
