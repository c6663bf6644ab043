import Compute

/// What test pictures are seen under: `clean`, or weather at a fixed severity (`fog-3`, `rain-3+night-2`).
///
/// The change depends on the condition's name and the scene's alone, so every model sees the same pictures; labels and
/// instances stay as they are.
package struct Condition: Sendable, Hashable, CustomStringConvertible {
  package let name: String
  private let weather: [any PictureAugmentation]

  /// Pictures as they are.
  package static let clean = Condition(name: "clean", weather: [])

  /// Clean, and each single weather at each severity.
  package static let all: [Condition] =
    [clean]
    + Augmentations.all.compactMap { $0 as? any Weather }.flatMap { weather in
      Severity.all.compactMap { Condition(named: weather.at($0).name) }
    }

  /// The condition called `name`; nil unless it is `clean` or all of its parts are weather at a fixed severity.
  package init?(named name: String) {
    if name == Self.clean.name {
      self = Self.clean
      return
    }
    guard let augmentation = Augmentations.named(name) else { return nil }
    let parts = (augmentation as? AugmentationSequence)?.parts ?? [augmentation]
    let weather = parts.compactMap { $0 as? any Weather }.filter { $0.severity != nil }
    guard weather.count == parts.count else { return nil }
    self.init(name: augmentation.name, weather: weather)
  }

  private init(name: String, weather: [any PictureAugmentation]) {
    (self.name, self.weather) = (name, weather)
  }

  /// The scene under this condition.
  package func apply(to scene: Scene) -> Scene {
    var random = RandomStream(
      seed: 0, RandomStream.key("condition"), RandomStream.key(name), RandomStream.key(scene.name))
    var scene = scene
    for part in weather { scene.picture = part.apply(to: scene.picture, random: &random) }
    return scene
  }

  package var description: String { name }
  package static func == (a: Condition, b: Condition) -> Bool { a.name == b.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
