extension Optimizers {
  /// Stochastic gradient descent with momentum: v <- momentum v + g, w <- w - rate v (Sutskever et al. 2013).
  static let sgd = OptimizerDefinition(name: "sgd", slots: ["velocity"]) { update in
    let velocity = update.slots[0]
    for index in update.range {
      velocity[index] = update.settings.momentum * velocity[index] + update.gradient[index] * update.gradientScale
      update.values[index] -= update.learningRate * velocity[index]
    }
  }
}
