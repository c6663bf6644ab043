import Foundation
import RealModule

/// Student's t distribution, central and not.
package enum StudentT {
  /// P(T > t). Degrees of freedom need not be whole; without bound they make it the normal distribution.
  package static func tail(_ t: Double, degreesOfFreedom df: Double) -> Double {
    guard df.isFinite else { return 0.5 * Double.erfc(t / 2.0.squareRoot()) }
    let half = 0.5 * incompleteBeta(t * t, df)
    return t < 0 ? 1 - half : half
  }

  /// The value that T is below with probability `p`, of one half or more.
  package static func quantile(_ p: Double, degreesOfFreedom df: Double) -> Double {
    precondition((0.5..<1).contains(p), "a quantile at \(p)")
    return solve { 1 - p < tail($0, degreesOfFreedom: df) }
  }

  /// P(T > t) for t of zero or more, where T's numerator has the mean `shift`, also zero or more: the power of a test
  /// against a difference of so many standard errors.
  ///
  /// One less the series of Lenth 1989 (AS 243, doi:10.2307/2347693), summed outward from its largest term.
  package static func tail(_ t: Double, degreesOfFreedom df: Double, shift: Double) -> Double {
    guard shift > 0 else { return tail(t, degreesOfFreedom: df) }
    guard df.isFinite else { return 0.5 * Double.erfc((t - shift) / 2.0.squareRoot()) }
    let rate = shift * shift / 2
    let x = t * t / (df + t * t)
    /// P(N = j) for a Poisson N, and its like at halves, times the share of a beta distribution below x.
    func term(_ j: Double) -> Double {
      let poisson = j * log(rate) - rate
      let even = exp(poisson - Double.logGamma(j + 1)) * beta(x, j + 0.5, df / 2)
      let odd = exp(poisson - Double.logGamma(j + 1.5)) * shift / 2.0.squareRoot() * beta(x, j + 1, df / 2)
      return even + odd
    }
    let middle = rate.rounded(.down)
    var sum = 0.0
    for direction in [1.0, -1] {
      var j = direction > 0 ? middle : middle - 1
      while j >= 0 {
        let next = term(j)
        sum += next
        if next <= 1e-17 * sum || (next == 0 && abs(j - middle) > 40 * (1 + rate.squareRoot())) { break }
        j += direction
      }
    }
    return max(0, 1 - 0.5 * Double.erfc(shift / 2.0.squareRoot()) - 0.5 * sum)
  }

  /// The smallest x of zero or more for which `isBelow` no longer holds.
  static func solve(_ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    while isBelow(high) {
      low = high
      high *= 2
      if !high.isFinite { return .infinity }
    }
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high || high - low <= 1e-13 * high { return high }
      if isBelow(middle) { low = middle } else { high = middle }
    }
  }

  /// The share of a t distribution beyond the root of `square` on both sides.
  private static func incompleteBeta(_ square: Double, _ df: Double) -> Double {
    let x = df / (df + square)
    let front = -df / 2 * log1p(square / df) + 0.5 * log(square / (df + square)) - logBeta(df / 2, 0.5)
    if square == 0 { return 1 }
    return x < (df / 2 + 1) / (df / 2 + 2.5)
      ? exp(front) * fraction(x, df / 2, 0.5) / (df / 2)
      : 1 - exp(front) * fraction(square / (df + square), 0.5, df / 2) * 2
  }

  /// The regularised incomplete beta function I_x(a, b).
  private static func beta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = exp(a * log(x) + b * log1p(-x) - logBeta(a, b))
    return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b
  }

  private static func logBeta(_ a: Double, _ b: Double) -> Double {
    Double.logGamma(a) + Double.logGamma(b) - Double.logGamma(a + b)
  }

  /// The continued fraction of I_x(a, b) by Lentz' method (DLMF 8.17.22).
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...100_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / guarded(1 + even * d)
      c = guarded(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / guarded(1 + odd * d)
      c = guarded(1 + odd / c)
      result *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return result
  }
}
