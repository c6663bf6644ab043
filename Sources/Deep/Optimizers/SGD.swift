import Settings

/// Stochastic gradient descent with momentum: v <- momentum v + g, w <- w - rate v (Sutskever et al. 2013).
package struct SGD: Optimizer {
  package static let name = "sgd"
  package static let summary = "stochastic gradient descent with momentum"
  package static let slots = ["velocity"]

  package var momentum: Float = 0.9

  package init() {}

  package static let fields: [Field<Self>] = [
    .kept("momentum", \.momentum, "share of its last movement that a step keeps")
  ]

  package func update(_ parameter: ParameterUpdate) {
    parameter.forEachRange { range in
      let velocity = parameter.slots[0]
      for index in range {
        velocity[index] = momentum * velocity[index] + parameter.gradient[index] * parameter.gradientScale
        parameter.values[index] -= parameter.learningRate * velocity[index]
      }
    }
  }
}
