import Settings

/// A network: layers made once, composed forward only.
package protocol Network {
  /// The values before the softmax, [batch, height, width, classes], of a batch of prepared pictures
  /// [batch, height, width, 3] whose sides are multiples of the architecture's `sizeMultiple`.
  func logits(_ pictures: Node) -> Node
}

/// What the outputs of a network are.
package struct OutputClasses: Codable, Hashable, Sendable {
  /// How many classes there are: channels of the logits.
  package let count: Int
  /// The class that is neither learned nor ever predicted, such as void; its logit is masked. Nil where all are learned.
  package let masked: UInt8?

  package init(count: Int, masked: UInt8? = nil) {
    precondition(
      (2...255).contains(count) && masked.map { Int($0) < count } ?? true, "\(count) classes, \(masked ?? 0) masked")
    (self.count, self.masked) = (count, masked)
  }
}

/// What is done to pictures before a network sees them: (value / 255 - mean[c]) / deviation[c].
package struct Preprocessing: Codable, Equatable, Sendable, CustomStringConvertible {
  /// Of red, green and blue, in 0...1.
  package let mean, deviation: [Float]

  package var description: String { "means \(mean) and deviations \(deviation)" }

  /// The means and deviations over ImageNet, which pretrained encoders were trained with. Networks without one use
  /// them too: they centre street pictures well.
  package static let imageNet = Preprocessing(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
}
