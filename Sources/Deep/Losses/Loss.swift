import Compute
import Settings

/// What a network should say of every pixel of a batch.
package struct Targets: Equatable, Sendable {
  /// Marks a pixel that doesn't count.
  package static let ignored: UInt8 = 255

  /// The class of each pixel, [batch, height, width], or `ignored`.
  package let classes: [UInt8]

  /// - Parameter classes: below the loss' number of channels, or `Targets.ignored`.
  package init(classes: [UInt8]) {
    self.classes = classes
  }

  /// How many pixels count.
  var count: Int { classes.reduce(0) { $0 + ($1 == Self.ignored ? 0 : 1) } }

  /// Stops the program where there isn't a target for each pixel of `logits`, or one is no channel of theirs: losses
  /// index by it.
  func require(fitting logits: Tensor) {
    let shape = logits.shape
    precondition(classes.count == shape.pixels, "logits \(shape), \(classes.count) targets")
    let largest = classes.reduce(0) { $1 == Self.ignored ? $0 : max($0, $1) }
    precondition(largest < shape.channels, "class \(largest) of \(shape.channels) channels")
  }
}

/// The value of a loss and its gradient.
package struct LossResult {
  package let value: Float
  /// By the logits, of their shape.
  package let gradient: Tensor
}

/// What training brings down.
package protocol Loss: Component {
  /// The loss of a batch, 0 where no pixel counts, and its gradient.
  ///
  /// - Parameters:
  ///   - logits: [batch, height, width, classes].
  ///   - targets: a class for each pixel, below the number of channels, or `Targets.ignored`.
  func evaluate(logits: Tensor, targets: Targets) -> LossResult

  /// Called once, before training.
  ///
  /// - Parameter pixelCounts: the pixels of each class in all training pictures, by channel. Counting reads them all,
  ///   so only what needs the counts asks for them; none where they aren't known.
  mutating func prepare(pixelCounts: () throws -> [Int]) rethrows
}

extension Loss {
  package mutating func prepare(pixelCounts: () throws -> [Int]) rethrows {}
}

extension Field where Owner: Loss {
  /// The share of the target that is spread evenly over all classes.
  static func labelSmoothing(_ path: WritableKeyPath<Owner, Float> & Sendable) -> Field {
    .number("labelSmoothing", path, .from(0, below: 1), "share of the target that is spread over all classes")
  }
}

/// All losses by name.
package enum Losses {
  package static let registry = Registry<any Loss>(
    "loss",
    [
      CrossEntropyLoss.self, DivergenceLoss.self, DiceLoss.self, CrossEntropyAndDiceLoss.self, FocalTverskyLoss.self,
      LovaszSoftmaxLoss.self,
    ])
}
