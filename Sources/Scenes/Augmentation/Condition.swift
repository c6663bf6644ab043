import Compute
import Foundation
import Storage

/// What test pictures are seen under: `clean`, weather at a fixed severity (`fog-3`, `rain-3+night-2`), or what another
/// program made of them, whose pictures lie in a folder.
///
/// The change depends on the condition and the scene alone, so every model sees the same pictures; labels and instances
/// stay as they are.
package struct Condition: Sendable, Hashable, CustomStringConvertible {
  package let name: String
  private let weather: [any PictureAugmentation]
  /// The folder of pictures that stand for the scenes' own; nil for weather.
  package let folder: String?
  /// Stands for the contents of the files that are seen: equal for equal pictures, wherever they lie; nil for weather,
  /// and until they were found.
  package private(set) var contents: String?
  /// The file of each scene, by the scene's key.
  private var files: [String: URL] = [:]

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
    (self.name, self.weather, folder) = (name, weather, nil)
  }

  /// Pictures of the scenes that were made elsewhere; their files are still to be found.
  ///
  /// - Parameters:
  ///   - name: up to 40 letters, digits, dots, dashes and underscores, and nothing that is weather of this program's own.
  ///   - folder: where the pictures lie.
  /// - Returns: nil for another name.
  package init?(name: String, folder: String) {
    guard Files.isPlainName(name, most: 40), Self(named: name) == nil, Augmentations.named(name) == nil else {
      return nil
    }
    (self.name, weather, self.folder) = (name, [], folder)
  }

  /// This condition with the pictures that it shows.
  ///
  /// - Parameters:
  ///   - files: the file of each scene, by the scene's key.
  ///   - contents: stands for what they hold.
  package func showing(_ files: [String: URL], contents: String) -> Condition {
    var condition = self
    (condition.files, condition.contents) = (files, contents)
    return condition
  }

  /// A scene under this condition.
  ///
  /// - Parameters:
  ///   - scene: as it is, at any size.
  ///   - entry: where it lies.
  /// - Throws: `StorageError`, `ScenesError` for a picture that can't be read.
  package func apply(to scene: Scene, of entry: SceneEntry) throws -> Scene {
    guard folder != nil else { return apply(to: scene) }
    guard let file = files[entry.key] else { preconditionFailure("\(name): no picture was found for \(entry.name)") }
    var scene = scene
    scene.picture = try PictureFile.picture(at: file).resized(to: scene.picture.size)
    return scene
  }

  /// The scene under this weather.
  package func apply(to scene: Scene) -> Scene {
    var scene = scene
    scene.picture = apply(to: scene.picture, named: scene.name)
    return scene
  }

  /// The picture of the scene called `scene` under this weather.
  package func apply(to picture: Picture, named scene: String) -> Picture {
    precondition(folder == nil, "\(name) is no weather but pictures of a folder")
    var random = RandomStream(
      seed: 0, RandomStream.key("condition"), RandomStream.key(name), RandomStream.key(scene))
    return weather.reduce(picture) { $1.apply(to: $0, random: &random) }
  }

  package var description: String { name }
  package static func == (a: Condition, b: Condition) -> Bool {
    (a.name, a.folder, a.contents) == (b.name, b.folder, b.contents)
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
