import Compute
import Foundation
import Storage

/// Scenes as they were decoded and resized, in a folder, one safetensors file each.
///
/// A scene is found by all that it depends on, the contents of its files among it, and holds raw labels, so that class
/// sets and experiments share it. What is damaged, or of anything else, is no scene and is written anew. The folder only
/// grows, and may be deleted at any time; several processes may share it.
package final class SceneCache: Sendable {
  /// All that a scene depends on.
  struct Key {
    /// In words; stored with the scene.
    let text: String

    init(_ entry: SceneEntry, size: PixelSize?, digests: [String]) {
      // The number goes up with every change to what decoding or resizing gives.
      let parts = ["1", entry.decoding, size.map { "\($0)" } ?? "native"] + digests
      text = parts.joined(separator: "; ")
    }

    /// The name of its file. Should two scenes have one, the text tells them apart.
    var fileName: String { "\(Checksum.digits(of: Data(text.utf8))).safetensors" }
  }

  private let folder: URL
  private let state = Locked<(begun: Set<String>, failure: StorageError?)>(([], nil))

  /// The cache in `folder`, which is made where it is missing.
  ///
  /// - Throws: `StorageError.unwritable` where nothing can be written there.
  package init(folder: URL) throws {
    self.folder = folder
    try Files.write(
      "Scenes that segbench decoded and resized. This folder may be deleted at any time.\n",
      to: folder.appendingPathComponent("README.txt"))
  }

  /// Why a scene couldn't be stored, for the first of which that was so; it costs decoding it again, nothing else.
  package var failure: StorageError? { state.withLock(\.failure) }

  /// The scene of `entry`, or nil where it isn't here as it was stored.
  func scene(_ entry: SceneEntry, _ key: Key) -> Scene? {
    let file = folder.appendingPathComponent(key.fileName)
    // Metadata must be the key alone: a damaged name of the checksum would stand beside it.
    guard let stored = try? SafeTensors(contentsOf: file), stored.metadata == ["key": key.text],
      let picture = stored.arrays["picture"], picture.shape.count == 3, picture.shape[2] == 3,
      let pixels = picture.values(UInt8.self, as: .uint8),
      let labels = stored.arrays["labels"], let values = labels.values(UInt8.self, as: .uint8)
    else { return nil }
    let (height, width) = (picture.shape[0], picture.shape[1])
    let instances = stored.arrays["instances"]
    let ids = instances?.values(UInt16.self, as: .uint16)
    guard height > 0, width > 0, labels.shape == [height, width],
      instances == nil || instances?.shape == [height, width] && ids != nil
    else { return nil }
    return Scene(
      name: entry.name, picture: Picture(width: width, height: height, pixels: pixels),
      labels: LabelMap(width: width, height: height, labels: values),
      instances: ids.map { InstanceMap(width: width, height: height, ids: $0) }, labelTable: entry.labelTable)
  }

  /// Stores a scene, unless another thread is at one that is the same.
  func store(_ scene: Scene, _ key: Key) {
    let name = key.fileName
    guard state.withLock({ $0.begun.insert(name).inserted }) else { return }
    let shape = [scene.picture.height, scene.picture.width]
    var stored = SafeTensors(metadata: ["key": key.text])
    stored.arrays["picture"] = SafeTensors.Array(.uint8, shape: shape + [3], values: scene.picture.pixels)
    stored.arrays["labels"] = SafeTensors.Array(.uint8, shape: shape, values: scene.labels.labels)
    stored.arrays["instances"] = scene.instances.map { SafeTensors.Array(.uint16, shape: shape, values: $0.ids) }
    let failure: StorageError?
    do {
      try stored.write(to: folder.appendingPathComponent(name))
      failure = nil
    } catch {
      failure = error as? StorageError ?? .unwritable(file: name, reason: "\(error)")
    }
    state.withLock { state in
      state.begun.remove(name)
      state.failure = state.failure ?? failure
    }
  }
}
