import Compute
import Settings

/// A random change of scenes.
///
/// An augmentation always changes what it is given; how often it is applied is `AugmentationPolicy`'s business.
/// Validation and test scenes are never augmented, but for named test conditions (`Condition`).
package protocol Augmentation: Sendable {
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
package protocol PictureAugmentation: Augmentation {
  /// The changed picture, of the same size.
  func apply(to picture: Picture, random: inout RandomStream) -> Picture
}

extension PictureAugmentation {
  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    var scene = scene
    scene.picture = apply(to: scene.picture, random: &random)
    return scene
  }
}

/// An augmentation that brings scenes of any size to one.
///
/// Scenes of a batch have one size, so training applies it to every scene, after all others, whatever the policy says.
package protocol ResizingAugmentation: Augmentation {
  /// The size of every scene that it gives.
  var outputSize: PixelSize { get }
}

extension Augmentation {
  /// What it ends with that gives scenes another size; nil where they keep theirs.
  package var resizing: (any ResizingAugmentation)? {
    if let sequence = self as? AugmentationSequence { return sequence.parts.last?.resizing }
    return self as? any ResizingAugmentation
  }

  /// The rest of it, which a policy decides about.
  package var withoutResizing: any Augmentation {
    guard resizing != nil else { return self }
    let rest = (self as? AugmentationSequence)?.parts.dropLast() ?? []
    return rest.count > 1 ? AugmentationSequence(Array(rest)) : rest.first ?? NoAugmentation()
  }
}

/// An augmentation that isn't made of others: a component, whose settings an experiment may change.
package protocol SingleAugmentation: Augmentation, Component {
  /// The forms of it that have names of their own; its defaults are the first.
  static var variants: [Self] { get }
}

extension SingleAugmentation {
  package static var variants: [Self] { [Self()] }
  package var summary: String { Self.summary }

  /// Checks that a range isn't upside down.
  ///
  /// - Throws: `SettingError.invalid`.
  func checkOrder(_ lower: String, _ low: Float, _ upper: String, _ high: Float) throws {
    guard low <= high else {
      throw SettingError.invalid(setting: lower, value: "\(low)", bound: "at most \(upper), which is \(high)")
    }
  }
}

/// The augmentations by name; a new one is a file beside this one and a line here.
package enum Augmentations {
  /// The single ones.
  package static let registry = Registry<any Augmentation>(
    "augmentation",
    [
      NoAugmentation.self, HorizontalFlip.self, Translation.self, ScaleAndCrop.self, Rotation.self,
      BrightnessAndContrast.self, GaussianNoise.self, MotionBlur.self, Fog.self, Rain.self, Snow.self, Night.self,
      Spatter.self, JPEGCompression.self, RandomCrop.self,
    ])

  /// Every single augmentation with its default settings, weather with its severity drawn anew for each picture.
  package static let all: [any Augmentation] = registry.all.flatMap { type -> [any Augmentation] in
    (type as? any SingleAugmentation.Type).map { $0.variants } ?? []
  }

  /// The augmentation of a choice, whose name may be any that `named` knows; settings go with the name of a single one,
  /// or the last of several in order.
  ///
  /// - Throws: `SettingError`.
  package static func make(_ choice: Choice) throws -> any Augmentation {
    if choice.settings.isEmpty { return try parse(choice.name) }
    guard let (before, last) = divided(choice.name) else { return try registry.make(choice) }
    return try sequence([parse(before), registry.make(Choice(last, choice.settings))])
  }

  /// What `setting` chooses: a name that `named` knows, `name:value` for the first setting of a single augmentation, or
  /// a section of `name` and settings, those of the last where the name is of several in order. Where a name alone says
  /// the same (`fog-3`), it is what the choice has.
  ///
  /// - Throws: `SettingError`.
  package static func choice(_ setting: Setting) throws -> Choice {
    if case .section(let section) = setting, section.count == 1, let name = section["name"] {
      return try self.choice(name)
    }
    if case .section(let section) = setting, case .text(let name)? = section["name"],
      let (before, last) = divided(name)
    {
      let chosen = try choice(.section(section.merging(["name": .text(last)]) { $1 }))
      let joined = Choice("\(try parse(before).name)+\(chosen.name)", chosen.settings)
      _ = try make(joined)
      return joined
    }
    if case .text(let text) = setting, !text.contains(":") { return Choice(try parse(text).name) }
    let chosen = try registry.choice(setting)
    guard let made = try make(chosen) as? any SingleAugmentation, let named = named(made.name),
      let twin = named as? any SingleAugmentation, twin.values == made.values
    else { return chosen }
    return Choice(made.name)
  }

  /// The last of several in order, and what stands before it; nil for one alone.
  private static func divided(_ name: String) -> (before: String, last: String)? {
    name.lastIndex(of: "+").map { (String(name[..<$0]), String(name[name.index(after: $0)...])) }
  }

  /// The augmentation called `name`: one of `all`, weather at a fixed severity (`fog-3`), a rain by its strength
  /// (`rain-drizzle`, `rain-heavy`, `rain-torrential`), or several: all of them in order (`rain+mirror`), one of them at
  /// random for each picture (`fog/rain/snow`), or both (`mirror+fog/rain`: mirror, then either fog or rain). Nil where a
  /// part is unknown, or one that gives scenes another size isn't the last.
  package static func named(_ name: String) -> (any Augmentation)? { try? parse(name) }

  /// - Throws: `SettingError.unknown` with the first part that is unknown; `.invalid` where one that gives scenes another
  ///   size isn't the last.
  private static func parse(_ name: String) throws -> any Augmentation {
    try joined(name, by: "+", { try joined($0, by: "/", single, either) }, sequence)
  }

  private static func joined(
    _ name: String, by separator: Character, _ part: (String) throws -> any Augmentation,
    _ join: ([any Augmentation]) throws -> any Augmentation
  ) throws -> any Augmentation {
    let parts = try name.split(separator: separator, omittingEmptySubsequences: false).map { try part(String($0)) }
    return try parts.count == 1 ? parts[0] : join(parts)
  }

  private static func sequence(_ parts: [any Augmentation]) throws -> any Augmentation {
    let sequence = AugmentationSequence(parts)
    try requireNoResizing(
      parts.dropLast(), in: sequence, "the last: it gives every scene the size that batches need")
    return sequence
  }

  private static func either(_ parts: [any Augmentation]) throws -> any Augmentation {
    let choice = AugmentationChoice(parts)
    try requireNoResizing(
      parts[...], in: choice, "no alternative: it gives every scene the size that batches need")
    return choice
  }

  private static func requireNoResizing(
    _ parts: ArraySlice<any Augmentation>, in whole: any Augmentation, _ bound: String
  ) throws {
    guard let misplaced = parts.lazy.compactMap({ $0.resizing }).first else { return }
    throw SettingError.invalid(setting: misplaced.name, value: "part of \(whole.name)", bound: bound)
  }

  private static func single(_ name: String) throws -> any Augmentation {
    if let augmentation = all.first(where: {
      $0.name == name || (type(of: $0) as? any Component.Type)?.otherNames.contains(name) ?? false
    }) {
      return augmentation
    }
    if let dash = name.lastIndex(of: "-") {
      let (kind, suffix) = (name[..<dash], String(name[name.index(after: dash)...]))
      let weather = all.lazy.compactMap { $0 as? any Weather }.first { $0.name == kind }
      if let weather, let severity = weather.namedSeverities[suffix] { return weather.at(severity) }
    }
    throw SettingError.unknown(kind: registry.kind, name: name, known: all.map(\.name))
  }
}

/// Leaves scenes as they are.
package struct NoAugmentation: SingleAugmentation {
  package static let name = "none"
  package static let summary = "leaves scenes as they are"

  package init() {}

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene { scene }
}

/// Several augmentations, applied in order.
package struct AugmentationSequence: Augmentation {
  package let parts: [any Augmentation]

  package init(_ parts: [any Augmentation]) {
    self.parts = parts
  }

  package var name: String { parts.map(\.name).joined(separator: "+") }
  package var summary: String { parts.map(\.summary).joined(separator: ", then ") }

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    var scene = scene
    for part in parts { scene = part.apply(to: scene, random: &random) }
    return scene
  }
}

/// One of several augmentations, drawn anew for each scene, each as likely as the others.
package struct AugmentationChoice: Augmentation {
  package let parts: [any Augmentation]

  /// - Parameter parts: at least one.
  package init(_ parts: [any Augmentation]) {
    precondition(!parts.isEmpty, "a choice among no augmentations")
    self.parts = parts
  }

  package var name: String { parts.map(\.name).joined(separator: "/") }
  package var summary: String { "either " + parts.map(\.summary).joined(separator: ", or ") }

  package func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    parts[random.integer(below: parts.count)].apply(to: scene, random: &random)
  }
}
