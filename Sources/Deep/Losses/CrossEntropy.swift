import Compute
import Settings

/// `crossEntropy` as a component.
package struct CrossEntropyLoss: Loss {
  package static let name = "ce"
  package static let otherNames = ["cross-entropy"]
  package static let summary = "cross-entropy from logits"

  package var labelSmoothing: Float = 0
  package var classWeights = ClassWeighting.none
  /// A weight for each channel, once prepared; nil for 1 each.
  private var weights: [Float]?

  package init() {}

  package static let fields: [Field<Self>] = [
    .labelSmoothing(\.labelSmoothing),
    .choice("classWeights", \.classWeights, "how classes are weighed against their frequency in training"),
  ]

  package mutating func prepare(pixelCounts: () throws -> [Int]) rethrows {
    weights = classWeights == .none ? nil : classWeights.weights(counts: try pixelCounts())
  }

  package func evaluate(logits: Tensor, targets: Targets) -> LossResult {
    crossEntropy(logits: logits, targets: targets, labelSmoothing: labelSmoothing, classWeights: weights)
  }
}

/// Cross-entropy: -1/W sum over pixels w[y] sum over c q[c] log p[c], where the target q is 1 - e for the true class y
/// plus e / classes for each, and W = sum w[y]. Log p comes from the logits, exact at any magnitude.
///
/// Without smoothing and weights it is -1/N sum log p[y].
///
/// - Parameters:
///   - logits: [batch, height, width, classes].
///   - targets: a class for each pixel, or `Targets.ignored`.
///   - labelSmoothing: e, in 0..<1.
///   - classWeights: w, one for each class; nil for 1 each.
/// - Returns: the loss, 0 where no pixel counts, and its gradient w[y] (p - q) / W.
package func crossEntropy(
  logits: Tensor, targets: Targets, labelSmoothing: Float = 0, classWeights: [Float]? = nil
) -> LossResult {
  let shape = logits.shape
  let channels = shape.channels
  targets.require(fitting: logits)
  precondition(classWeights?.count ?? channels == channels, "\(channels) classes, weights \(classWeights ?? [])")
  let total =
    classWeights.map { weights in
      targets.classes.reduce(0.0) { $0 + ($1 == Targets.ignored ? 0 : Double(weights[Int($1)])) }
    } ?? Double(targets.count)
  let gradient = Tensor(shape)
  let share = total > 0 ? Float(1 / total) : 0
  let even = labelSmoothing / Float(channels)
  let pieces = PixelPieces(pixels: shape.pixels, channels: channels)
  let sum = pieces.sums(width: 1) { pixels, sums in
    let logSums = softmax(logits, pixels, into: gradient)
    for pixel in pixels {
      let out = gradient.pointer + pixel * channels
      let x = logits.pointer + pixel * channels
      guard targets.classes[pixel] != Targets.ignored else {
        out.update(repeating: 0, count: channels)
        continue
      }
      let target = Int(targets.classes[pixel])
      let weight = classWeights?[target] ?? 1
      let logSum = logSums.pointer[pixel - pixels.lowerBound]
      var value = (1 - labelSmoothing) * (logSum - x[target])
      if even > 0 { for c in 0..<channels { value += even * (logSum - x[c]) } }
      sums[0] += weight * value
      out[target] -= 1 - labelSmoothing
      for c in 0..<channels { out[c] = (out[c] - even) * (share * weight) }
    }
  }
  return LossResult(value: total > 0 ? Float(sum[0] / total) : 0, gradient: gradient)
}
