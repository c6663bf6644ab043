import Compute
import Foundation
import Harness
import Scenes
import Storage

/// Reads and draws served pictures, on a thread of its own, so that lists of thumbnails don't wait for predictions.
package final class PictureShop: Sendable {
  /// What is shown of a picture.
  package enum View: Hashable, Sendable {
    /// As the model sees it.
    case picture
    /// The true classes, in the colours of a model's class set.
    case truth(model: String)
    /// The picture, small.
    case thumbnail
  }

  /// How wide and high thumbnails are at most, and how many of them are kept.
  private static let (thumbnailSide, thumbnailsKept) = (192, 512)

  private let gallery: Gallery
  private let models: ModelShelf
  private let worker: BoundedWorker<(Gallery.Item, View), Data>

  package init(_ gallery: Gallery, _ models: ModelShelf, capacity: Int) {
    (self.gallery, self.models) = (gallery, models)
    let thumbnails = Locked<[String: Data]>([:])
    worker = BoundedWorker("pictures", capacity: capacity) { work in
      work.map { item, view in
        Result {
          if view == .thumbnail, let data = thumbnails.withLock({ $0[item.id] }) { return data }
          let data = try Self.draw(item, view, gallery, models)
          if view == .thumbnail {
            thumbnails.withLock { kept in
              // Which of them goes doesn't matter: another page's.
              if kept.count >= Self.thumbnailsKept, let some = kept.keys.first { kept[some] = nil }
              kept[item.id] = data
            }
          }
          return data
        }
      }
    }
  }

  /// A view of a picture, as a PNG file.
  ///
  /// - Throws: `Problem`; `CancellationError`; errors of served files.
  package func png(_ item: Gallery.Item, _ view: View) async throws -> Data {
    try await worker.value(of: (item, view))
  }

  /// Returns when what runs is done; what waits is refused.
  package func stop() { worker.stop() }

  private static func draw(
    _ item: Gallery.Item, _ view: View, _ gallery: Gallery, _ models: ModelShelf
  ) throws -> Data {
    let scene = try gallery.scene(item)
    switch view {
    case .picture: return try PNG.data(of: scene.picture)
    case .thumbnail:
      let (size, side) = (scene.picture.size, Double(thumbnailSide))
      let scale = min(1, side / Double(size.width), side / Double(size.height))
      let small = PixelSize(
        width: max(1, Int(Double(size.width) * scale)), height: max(1, Int(Double(size.height) * scale)))
      return try PNG.data(of: scene.picture.resized(to: small))
    case .truth(let model):
      let classes = try models.named(model).classes
      guard let scene = Gallery.scene(scene, as: classes) else {
        throw Problem(.notFound, "the labels of this picture aren't defined for the classes \(classes.name)")
      }
      let size = scene.picture.size
      return try PNG.data(of: Picture(classes: scene.classes, of: classes, width: size.width, height: size.height))
    }
  }
}
