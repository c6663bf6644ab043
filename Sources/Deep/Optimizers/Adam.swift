import RealModule

extension Optimizers {
  /// Adam (Kingma and Ba 2015, arXiv:1412.6980): m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
  /// w <- w - rate m' / (sqrt(v') + epsilon), where m' and v' are m and v divided by 1 - b^count.
  static let adam = OptimizerDefinition(name: "adam", slots: ["mean", "square"]) { update in
    let (beta1, beta2, epsilon) = (update.settings.beta1, update.settings.beta2, update.settings.epsilon)
    let rate = Float(Double(update.learningRate) / (1 - Double.pow(Double(beta1), update.count)))
    let rootScale = Float(1 / (1 - Double.pow(Double(beta2), update.count)).squareRoot())
    let (values, gradient, gradientScale) = (update.values, update.gradient, update.gradientScale)
    let (mean, square) = (update.slots[0], update.slots[1])
    for index in update.range {
      let g = gradient[index] * gradientScale
      let m = mean[index] + (1 - beta1) * (g - mean[index])
      let v = beta2 * square[index] + (1 - beta2) * g * g
      mean[index] = m
      square[index] = v
      values[index] -= rate * m / (v.squareRoot() * rootScale + epsilon)
    }
  }
}
