import CLanes
import Settings

/// Adam with a decay of kernels apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101), and where
/// `trustRatio` is asked for, with steps of each kernel in proportion to its norm: LAMB (You et al. 2020,
/// arXiv:1904.00962).
///
/// With u = m' / (sqrt(v') + epsilon) + weightDecay w, m' and v' as in `Adam`: w <- w - rate u, or with the trust ratio
/// w <- w - rate |w| / |u| u, where a norm of 0 gives the ratio 1. Biases and normalisations neither decay nor are
/// their steps scaled, as in LAMB's published code.
struct AdamW: Optimizer {
  static let name = "adamw"
  static let summary = "Adam with decay of its own, and steps in proportion to layers as in LAMB where asked for"
  static let slots = ["mean", "square"]

  var beta1: Float = 0.9
  var beta2: Float = 0.999
  var epsilon: Float = 1e-8
  var weightDecay: Float = 0.01
  var trustRatio = false

  static let fields: [Field<Self>] = [
    .kept("beta1", \.beta1, "share of the mean gradient that a step keeps"),
    .kept("beta2", \.beta2, "share of the mean squared gradient that a step keeps"),
    .number("epsilon", \.epsilon, .above(0, to: 1), "added to the root mean square"),
    .number("weightDecay", \.weightDecay, .from(0, to: 1), "times the step size, the share of kernels taken away"),
    .flag("trustRatio", \.trustRatio, "steps of each kernel in proportion to its norm, as in LAMB"),
  ]

  func update(_ parameter: ParameterUpdate) {
    if trustRatio && parameter.isKernel { return updateByNorm(parameter) }
    let moments = AdamMoments(parameter, beta1: beta1, beta2: beta2)
    let rate = Float(Double(parameter.learningRate) / moments.meanCorrection)
    let keep = parameter.isKernel ? 1 - parameter.learningRate * weightDecay : 1
    parameter.forEachRange { range in
      moments.forEachLane(range) { m, v, place, count in
        let values = parameter.values + place
        let step = rate * m / (c_square_roots(v) * moments.rootScale + epsilon)
        store(load(values, count) * keep - step, values, count)
      }
    }
  }

  /// The step of a kernel in proportion to its norm.
  private func updateByNorm(_ parameter: ParameterUpdate) {
    let moments = AdamMoments(parameter, beta1: beta1, beta2: beta2)
    let meanScale = Float(1 / moments.meanCorrection)
    @Sendable func direction(_ m: Lanes, _ v: Lanes, _ w: Lanes) -> Lanes {
      meanScale * m / (c_square_roots(v) * moments.rootScale + epsilon) + weightDecay * w
    }
    let squares = parameter.sums(width: 2) { range, sums in
      var (values, steps) = (Lanes.zero, Lanes.zero)
      moments.forEachLane(range) { m, v, place, count in
        let w = load(parameter.values + place, count)
        let u = direction(m, v, w)
        values += w * w
        steps += u * u
      }
      (sums[0], sums[1]) = (values.sum(), steps.sum())
    }
    let ratio = squares[0] > 0 && squares[1] > 0 ? (squares[0] / squares[1]).squareRoot() : 1
    let rate = Float(Double(parameter.learningRate) * ratio)
    parameter.forEachRange { range in
      for place in stride(from: range.lowerBound, to: range.upperBound, by: laneCount) {
        let count = min(laneCount, range.upperBound - place)
        let (m, v) = (load(parameter.slots[0] + place, count), load(parameter.slots[1] + place, count))
        let w = load(parameter.values + place, count)
        store(w - rate * direction(m, v, w), parameter.values + place, count)
      }
    }
  }
}
