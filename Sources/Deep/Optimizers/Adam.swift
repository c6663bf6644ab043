import CLanes
import Settings

/// Adam (Kingma and Ba 2015, arXiv:1412.6980): m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
/// w <- w - rate m' / (sqrt(v') + epsilon), where m' and v' are m and v divided by 1 - b^count.
package struct Adam: Optimizer {
  package static let name = "adam"
  package static let summary = "steps by the mean gradient over its root mean square"
  package static let slots = ["mean", "square"]

  // As in PyTorch; Keras differs in epsilon only, 1e-7.
  package var beta1: Float = 0.9
  package var beta2: Float = 0.999
  package var epsilon: Float = 1e-8

  package init() {}

  package static let fields: [Field<Self>] = [
    .kept("beta1", \.beta1, "share of the mean gradient that a step keeps"),
    .kept("beta2", \.beta2, "share of the mean squared gradient that a step keeps"),
    .number("epsilon", \.epsilon, .above(0, to: 1), "added to the root mean square"),
  ]

  package func update(_ parameter: ParameterUpdate) {
    let moments = AdamMoments(parameter, beta1: beta1, beta2: beta2)
    let rate = Float(Double(parameter.learningRate) / moments.meanCorrection)
    parameter.forEachRange { range in
      moments.forEachLane(range) { m, v, place, count in
        let values = parameter.values + place
        store(load(values, count) - rate * m / (c_square_roots(v) * moments.rootScale + epsilon), values, count)
      }
    }
  }
}
