import Compute
import Foundation
import Storage

/// Loads scenes at one size, and keeps them as long as a bound on memory allows.
///
/// What doesn't fit is loaded again each time, so memory stays bounded for any number of scenes.
package final class SceneLoader: Sendable {
  package let size: PixelSize?
  private let limit: Int
  private let digests: FileDigests?
  private let cache: SceneCache?
  private let kept = Locked<(scenes: [String: Scene], bytes: Int)>(([:], 0))

  /// A loader of scenes resized to `size`.
  ///
  /// - Parameters:
  ///   - size: the size of scenes; nil for the pictures' own.
  ///   - limit: how many bytes of them are kept at most.
  ///   - digests: told the digests of files that are read, so that nobody reads them again for those.
  ///   - cache: where scenes lie that were decoded before; needs `digests`.
  package init(size: PixelSize?, limit: Int = 1 << 29, digests: FileDigests? = nil, cache: SceneCache? = nil) {
    precondition(cache == nil || digests != nil, "a cache finds scenes by digests, but there are none")
    (self.size, self.limit, self.digests, self.cache) = (size, limit, digests, cache)
  }

  /// The scene of `entry`, which is kept.
  ///
  /// - Throws: as `SceneEntry.load(size:reading:)`.
  package func scene(_ entry: SceneEntry) throws -> Scene {
    if let scene = kept.withLock({ $0.scenes[entry.key] }) { return scene }
    let scene = try read(entry)
    keep(scene, entry)
    return scene
  }

  private func keep(_ scene: Scene, _ entry: SceneEntry) {
    let key = entry.key
    kept.withLock { state in
      guard state.bytes + scene.byteCount <= limit, state.scenes[key] == nil else { return }
      state.scenes[key] = scene
      state.bytes += scene.byteCount
    }
  }

  /// Checks the files of `entry` without decoding its picture; what lies in the cache, or is drawn, is kept.
  ///
  /// - Returns: whether any pixel has a class, and the size at which the scene is loaded.
  /// - Throws: as `SceneEntry.check(reading:)`.
  package func check(_ entry: SceneEntry) throws -> (hasClass: Bool, size: PixelSize) {
    func facts(_ scene: Scene) -> (hasClass: Bool, size: PixelSize) {
      (entry.hasClass(scene.labels), scene.picture.size)
    }
    guard let digests, !entry.files.isEmpty else { return facts(try scene(entry)) }
    let files = FileContents()
    let sums = try entry.files.map { try digests.digest(of: $0, reading: files.bytes) }
    if let cache, let scene = cache.scene(entry, SceneCache.Key(entry, size: size, digests: sums)) {
      keep(scene, entry)
      return facts(scene)
    }
    let found = try entry.check(reading: files.bytes)
    return (found.hasClass, size ?? found.size)
  }

  /// The scene of `entry`, from the cache or from its files; it is not kept.
  ///
  /// - Throws: as `SceneEntry.load(size:reading:)`.
  package func read(_ entry: SceneEntry) throws -> Scene {
    guard let digests, !entry.files.isEmpty else { return try entry.load(size: size) }
    let files = FileContents()
    let sums = try entry.files.map { try digests.digest(of: $0, reading: files.bytes) }
    guard let cache else { return try entry.load(size: size, reading: files.bytes) }
    let key = SceneCache.Key(entry, size: size, digests: sums)
    if let scene = cache.scene(entry, key) { return scene }
    let scene = try entry.load(size: size, reading: files.bytes)
    cache.store(scene, key)
    return scene
  }

  /// The bytes of a scene's files, each read once, for its digest and for decoding.
  private final class FileContents {
    private var known: [URL: Data] = [:]

    func bytes(_ file: URL) throws -> Data {
      if let data = known[file] { return data }
      let data = try Files.read(file, limit: PNG.byteLimit)
      known[file] = data
      return data
    }
  }

  /// Gives up what is kept, as before work that needs the memory more.
  package func forget() {
    kept.withLock { $0 = ([:], 0) }
  }
}
