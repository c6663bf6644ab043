import Compute

/// A random change of scenes.
///
/// An augmentation always changes what it is given; how often it is applied is `AugmentationPolicy`'s business.
/// Validation and test scenes are never augmented, but for named test conditions (`Condition`).
public protocol Augmentation: Sendable {
  /// The name by which experiments choose it.
  var name: String { get }
  /// What it does, in one line.
  var summary: String { get }
  /// The changed scene, drawn from `random`; a change of geometry moves picture, labels and instances together.
  ///
  /// Single-threaded: scenes are prepared side by side, each on a thread of its own.
  func apply(to scene: Scene, random: inout RandomStream) -> Scene
}

/// An augmentation that changes the picture and leaves labels and instances as they are.
public protocol PictureAugmentation: Augmentation {
  /// The changed picture, of the same size.
  func apply(to picture: Picture, random: inout RandomStream) -> Picture
}

extension PictureAugmentation {
  public func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    var scene = scene
    scene.picture = apply(to: scene.picture, random: &random)
    return scene
  }
}

/// The augmentations by name; a new one is a file beside this one and a line here.
public enum Augmentations {
  /// Every single augmentation, weather with its severity drawn anew for each picture.
  public static let all: [any Augmentation] = [
    NoAugmentation(), Mirror(), Translation(), ScaleAndCrop(), Rotation(), BrightnessAndContrast(), GaussianNoise(),
    MotionBlur(), Fog(), Rain(), Snow(), Night(), Spatter(), Spatter(kind: .drops), Spatter(kind: .mud),
  ]

  /// The augmentation called `name`: one of `all`, weather at a fixed severity (`fog-3`), a rain by its strength
  /// (`rain-drizzle`, `rain-heavy`, `rain-torrential`), or several: all of them in order (`rain+mirror`), one of them at
  /// random for each picture (`fog/rain/snow`), or both (`mirror+fog/rain`: mirror, then either fog or rain). Nil where a
  /// part is unknown.
  public static func named(_ name: String) -> (any Augmentation)? {
    joined(name, by: "+", { joined($0, by: "/", single, AugmentationChoice.init) }, AugmentationSequence.init)
  }

  private static func joined<Join: Augmentation>(
    _ name: String, by separator: Character, _ part: (String) -> (any Augmentation)?,
    _ join: ([any Augmentation]) -> Join
  ) -> (any Augmentation)? {
    let parts = name.split(separator: separator, omittingEmptySubsequences: false).map { part(String($0)) }
    let known = parts.compactMap { $0 }
    guard known.count == parts.count else { return nil }
    return known.count == 1 ? known[0] : join(known)
  }

  private static func single(_ name: String) -> (any Augmentation)? {
    if let augmentation = all.first(where: { $0.name == name }) { return augmentation }
    guard let dash = name.lastIndex(of: "-") else { return nil }
    let (kind, suffix) = (name[..<dash], String(name[name.index(after: dash)...]))
    let weather = all.lazy.compactMap { $0 as? any Weather }.first { $0.name == kind }
    return weather?.namedSeverities[suffix].flatMap { weather?.at($0) }
  }
}

/// Leaves scenes as they are.
public struct NoAugmentation: Augmentation {
  public let name = "none"
  public let summary = "leaves scenes as they are"

  public init() {}

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene { scene }
}

/// Several augmentations, applied in order.
public struct AugmentationSequence: Augmentation {
  public let parts: [any Augmentation]

  public init(_ parts: [any Augmentation]) {
    self.parts = parts
  }

  public var name: String { parts.map(\.name).joined(separator: "+") }
  public var summary: String { parts.map(\.summary).joined(separator: ", then ") }

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    var scene = scene
    for part in parts { scene = part.apply(to: scene, random: &random) }
    return scene
  }
}

/// One of several augmentations, drawn anew for each scene, each as likely as the others.
public struct AugmentationChoice: Augmentation {
  public let parts: [any Augmentation]

  /// - Parameter parts: at least one.
  public init(_ parts: [any Augmentation]) {
    precondition(!parts.isEmpty, "a choice among no augmentations")
    self.parts = parts
  }

  public var name: String { parts.map(\.name).joined(separator: "/") }
  public var summary: String { "either " + parts.map(\.summary).joined(separator: ", or ") }

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    parts[random.integer(below: parts.count)].apply(to: scene, random: &random)
  }
}
