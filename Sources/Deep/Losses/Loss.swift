import Compute
import Scenes

/// What a network should say of every pixel of a batch.
public struct Targets: Equatable, Sendable {
  /// Marks a pixel that doesn't count.
  public static let ignored: UInt8 = 255

  /// The class of each pixel, [batch, height, width], or `ignored`.
  public let classes: [UInt8]

  /// - Parameter classes: below the loss' number of channels, or `Targets.ignored`.
  public init(classes: [UInt8]) {
    self.classes = classes
  }
}

/// The value of a loss and its gradient.
public struct LossResult {
  public let value: Float
  /// By the logits, of their shape.
  public let gradient: Tensor
}

/// A loss that can be chosen by name.
public struct LossDefinition: Sendable {
  /// Its name on the command line, such as `ce`.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  let evaluate: @Sendable (_ logits: Tensor, _ targets: Targets, _ settings: LossSettings) -> LossResult
}

/// What a loss is made with.
public struct LossSettings: Codable, Equatable, Sendable {
  public init() {}

  /// - Throws: `DeepError.invalid` with the setting, its value and the bound.
  func checked() throws -> LossSettings { self }
}

/// All losses by name.
public enum Losses {
  public static let all: [LossDefinition] = [
    LossDefinition(name: "ce", summary: "cross-entropy from logits") { logits, targets, _ in
      crossEntropy(logits: logits, targets: targets)
    }
  ]

  /// The loss of that name, if any.
  public static func named(_ name: String) -> LossDefinition? {
    all.first { $0.name == name }
  }
}
