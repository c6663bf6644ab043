import RealModule

extension Optimizers {
  /// Adam (Kingma and Ba 2015, arXiv:1412.6980): m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
  /// w <- w - rate m' / (sqrt(v') + epsilon), where m' and v' are m and v divided by 1 - b^step.
  static let adam = OptimizerDefinition(name: "adam", slots: ["mean", "square"]) { update in
    let (beta1, beta2) = (update.settings.beta1, update.settings.beta2)
    let correction1 = 1 - Double.pow(Double(beta1), update.step)
    let correction2 = 1 - Double.pow(Double(beta2), update.step)
    let rate = Float(Double(update.learningRate) / correction1)
    let rootScale = Float(1 / correction2.squareRoot())
    let (mean, square) = (update.slots[0], update.slots[1])
    for index in update.range {
      let g = update.gradient[index]
      mean[index] += (1 - beta1) * (g - mean[index])
      square[index] = beta2 * square[index] + (1 - beta2) * g * g
      update.values[index] -= rate * mean[index] / (square[index].squareRoot() * rootScale + update.settings.epsilon)
    }
  }
}
