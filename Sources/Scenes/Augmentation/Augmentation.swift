import Compute

/// A random change of training scenes. Validation and test scenes are never augmented.
public protocol Augmentation: Sendable {
  /// The name by which experiments choose it.
  var name: String { get }
  /// The changed scene, drawn from `random`; a change of geometry moves picture, labels and instances together.
  func apply(to scene: Scene, random: inout RandomStream) -> Scene
}

/// The augmentations by name; a new one is a file beside this one and a line here.
public enum Augmentations {
  public static let all: [any Augmentation] = [NoAugmentation(), Mirror()]

  /// The augmentation called `name`.
  public static func named(_ name: String) -> (any Augmentation)? {
    all.first { $0.name == name }
  }
}

/// Leaves scenes as they are.
public struct NoAugmentation: Augmentation {
  public let name = "none"

  public init() {}

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene { scene }
}
