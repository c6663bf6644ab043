import CLanes
import RealModule

extension Optimizers {
  /// Adam (Kingma and Ba 2015, arXiv:1412.6980): m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
  /// w <- w - rate m' / (sqrt(v') + epsilon), where m' and v' are m and v divided by 1 - b^count.
  static let adam = OptimizerDefinition(name: "adam", slots: ["mean", "square"]) { update in
    let (beta1, beta2, epsilon) = (update.settings.beta1, update.settings.beta2, update.settings.epsilon)
    let rate = Float(Double(update.learningRate) / (1 - Double.pow(Double(beta1), update.count)))
    let rootScale = Float(1 / (1 - Double.pow(Double(beta2), update.count)).squareRoot())
    for first in stride(from: update.range.lowerBound, to: update.range.upperBound, by: laneCount) {
      let count = min(laneCount, update.range.upperBound - first)
      let (values, mean, square) = (update.values + first, update.slots[0] + first, update.slots[1] + first)
      let g = load(update.gradient + first, count) * update.gradientScale
      let past = load(mean, count)
      let m = past + (1 - beta1) * (g - past)
      let v = beta2 * load(square, count) + (1 - beta2) * g * g
      store(m, mean, count)
      store(v, square, count)
      store(load(values, count) - rate * m / (c_square_roots(v) * rootScale + epsilon), values, count)
    }
  }
}
