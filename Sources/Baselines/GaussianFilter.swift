import Foundation

/// One-dimensional Gaussian kernels and their derivatives, sampled and cut as `scipy.ndimage.gaussian_filter1d` does:
/// radius trunc(4 sigma + 1/2), the plain kernel normalised to sum 1 over the kept samples, derivatives made from the
/// normalised kernel g by g' = -x/sigma^2 g and g'' = (x^2/sigma^4 - 1/sigma^2) g.
struct GaussianKernel {
  let radius: Int
  /// Weights for offsets 0, 1, ..., radius; the other half mirrors them, with opposite sign where `odd`.
  let half: [Float]
  let odd: Bool

  init(sigma: Double, order: Int) {
    precondition(sigma > 0 && (0...2).contains(order), "sigma \(sigma), order \(order)")
    radius = Int(4 * sigma + 0.5)
    let plain = (0...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = 2 * plain.reduce(0, +) - plain[0]
    let square = sigma * sigma
    half = plain.enumerated().map { offset, value in
      let x = Double(offset)
      let factor = [1, x / square, x * x / (square * square) - 1 / square][order]
      return Float(factor * value / sum)
    }
    odd = order == 1
  }

  /// out[x] = sum over k of weight(k) taps[radius + k][x], for x in 0..<width.
  ///
  /// The taps are rows of a picture (a filter down the columns) or one padded row at successive offsets (a filter
  /// along the row), so the same loop serves both directions.
  func correlate(
    _ taps: UnsafePointer<UnsafePointer<Float>>, width: Int, into out: UnsafeMutablePointer<Float>
  ) {
    half.withUnsafeBufferPointer { weights in
      if odd {
        apply(taps, weights, width, out, wide: { $0 - $1 }, single: { $0 - $1 })
      } else {
        apply(taps, weights, width, out, wide: { $0 + $1 }, single: { $0 + $1 })
      }
    }
  }

  @inline(__always)
  private func apply(
    _ taps: UnsafePointer<UnsafePointer<Float>>, _ weights: UnsafeBufferPointer<Float>, _ width: Int,
    _ out: UnsafeMutablePointer<Float>,
    wide: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>, single: (Float, Float) -> Float
  ) {
    let centre: Float = odd ? 0 : weights[0]
    var x = 0
    while x + 16 <= width {
      var sum = load16(taps[radius] + x) * centre
      for k in 1...radius {
        sum += wide(load16(taps[radius + k] + x), load16(taps[radius - k] + x)) * weights[k]
      }
      UnsafeMutableRawPointer(out + x).storeBytes(of: sum, as: SIMD16<Float>.self)
      x += 16
    }
    while x < width {
      var sum = taps[radius][x] * centre
      for k in 1...radius { sum += single(taps[radius + k][x], taps[radius - k][x]) * weights[k] }
      out[x] = sum
      x += 1
    }
  }
}

/// Sixteen values from an address of any alignment.
@inline(__always)
func load16(_ pointer: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
}

/// The index within `0..<count` that stands for `index` beyond the border, mirrored about the outer edge of the last
/// pixel (d c b a | a b c d | d c b a; scipy's `reflect`), as often as needed.
@inline(__always)
func reflected(_ index: Int, _ count: Int) -> Int {
  if index >= 0 && index < count { return index }
  let phase = ((index % (2 * count)) + 2 * count) % (2 * count)
  return phase < count ? phase : 2 * count - 1 - phase
}
