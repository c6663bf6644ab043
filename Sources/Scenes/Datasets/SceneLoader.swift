import Compute

/// Loads scenes at one size, and keeps them as long as a bound on memory allows.
///
/// What doesn't fit is loaded again each time, so memory stays bounded for any number of scenes.
package final class SceneLoader: Sendable {
  package let size: PixelSize?
  private let limit: Int
  private let kept = Locked<(scenes: [String: Scene], bytes: Int)>(([:], 0))

  /// A loader of scenes resized to `size` that keeps at most `limit` bytes of them.
  package init(size: PixelSize?, limit: Int = 1 << 29) {
    (self.size, self.limit) = (size, limit)
  }

  /// The scene of `entry`.
  ///
  /// - Throws: as `SceneEntry.load(size:)`.
  package func scene(_ entry: SceneEntry) throws -> Scene {
    // Names may repeat between splits, as numbered frames do; files don't.
    let key =
      switch entry.source {
      case .files(let picture, _, _): picture.path
      case .drawn: entry.name
      }
    if let scene = kept.withLock({ $0.scenes[key] }) { return scene }
    let scene = try entry.load(size: size)
    let bytes = scene.picture.pixels.count + scene.labels.labels.count + 2 * (scene.instances?.ids.count ?? 0)
    kept.withLock { state in
      guard state.bytes + bytes <= limit, state.scenes[key] == nil else { return }
      state.scenes[key] = scene
      state.bytes += bytes
    }
    return scene
  }

  /// Gives up what is kept, as before work that needs the memory more.
  package func forget() {
    kept.withLock { $0 = ([:], 0) }
  }
}
