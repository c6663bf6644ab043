import RealModule

/// The moving averages that Adam and its kin keep of a parameter's gradient, in the slots `mean` and `square`:
/// m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2.
struct AdamMoments {
  private let parameter: ParameterUpdate
  private let beta1, beta2: Float
  /// 1 - b1^number: what m is to be divided by, since it began at zero.
  let meanCorrection: Double
  /// What sqrt(v) is to be multiplied by for the same reason.
  let rootScale: Float

  init(_ parameter: ParameterUpdate, beta1: Float, beta2: Float) {
    (self.parameter, self.beta1, self.beta2) = (parameter, beta1, beta2)
    meanCorrection = 1 - Double.pow(Double(beta1), parameter.number)
    rootScale = Float(1 / (1 - Double.pow(Double(beta2), parameter.number)).squareRoot())
  }

  /// Takes in the gradient, and calls `body` with m and v of up to eight values a time, their place and number. Once a
  /// step for each value.
  @inline(__always)
  func forEachLane(_ range: Range<Int>, _ body: (_ m: Lanes, _ v: Lanes, _ place: Int, _ count: Int) -> Void) {
    for first in stride(from: range.lowerBound, to: range.upperBound, by: laneCount) {
      let count = min(laneCount, range.upperBound - first)
      let (mean, square) = (parameter.slots[0] + first, parameter.slots[1] + first)
      let g = load(parameter.gradient + first, count) * parameter.gradientScale
      let past = load(mean, count)
      let m = past + (1 - beta1) * (g - past)
      let v = beta2 * load(square, count) + (1 - beta2) * g * g
      store(m, mean, count)
      store(v, square, count)
      body(m, v, first, count)
    }
  }
}
