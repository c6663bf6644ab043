import Compute
import Foundation
import Scenes
import Storage
import TestSupport
import Testing

@Suite("Caches of scenes") struct SceneCacheTests {
  private static let size = PixelSize(width: 12, height: 7)

  /// The files of a scene of its own for each seed, with instances where the seed is even.
  private func entry(_ root: URL, seed: UInt64, classes: ClassSet = .cityscapes8) throws -> SceneEntry {
    let (width, height) = (30, 20)
    var random = RandomStream(seed: seed)
    func bytes(_ count: Int, below bound: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8(random.integer(below: bound)) }
    }
    let files = ["picture", "labels", "instances"].map { root.appendingPathComponent("\(seed)_\($0).png") }
    try PNG.write(
      Picture(width: width, height: height, pixels: bytes(width * height * 3, below: 256)), to: files[0])
    let labels = bytes(width * height, below: 34)
    try PNG.write(LabelMap(width: width, height: height, labels: labels), to: files[1])
    try PNG.write(InstanceMap(width: width, height: height, ids: labels.map { UInt16($0) * 1000 }), to: files[2])
    return SceneEntry(
      name: "scene\(seed)", group: "x",
      source: .files(picture: files[0], labels: files[1], instances: seed % 2 == 0 ? files[2] : nil),
      labelTable: try LabelTable(.cityscapes, classes))
  }

  private func loader(_ folder: URL, _ digests: FileDigests = FileDigests(keptIn: nil)) throws -> SceneLoader {
    SceneLoader(size: Self.size, digests: digests, cache: try SceneCache(folder: folder))
  }

  /// The files of scenes in a cache.
  private func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }

  /// Puts other bytes into a file so that its size, time of change and inode tell nothing of it.
  private func replaceUnseen(_ file: URL) throws {
    var status = stat()
    try #require(stat(file.path, &status) == 0)
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data(count: Int(status.st_size)))
    let times = [status.st_atim, status.st_mtim]
    try #require(futimens(handle.fileDescriptor, times) == 0)
    try handle.close()
  }

  @Test("A second start gives the scenes of the first to the bit, and reads none of their files")
  func secondStart() throws {
    try withTemporaryFolder { root in
      let (folder, kept) = (root.appendingPathComponent("cache"), root.appendingPathComponent("digests.json"))
      let entries = [try entry(root, seed: 1), try entry(root, seed: 2)]
      let plain = try entries.map { try $0.load(size: Self.size) }
      let digests = FileDigests(keptIn: kept)
      let first = try loader(folder, digests)
      for (entry, scene) in zip(entries, plain) { #expect(try first.scene(entry) == scene) }
      digests.save()
      for entry in entries {
        for file in entry.files { try replaceUnseen(file) }
        #expect(throws: ScenesError.self) { try entry.load(size: Self.size) }
      }
      let second = try loader(folder, FileDigests(keptIn: kept))
      for (entry, scene) in zip(entries, plain) { #expect(try second.scene(entry) == scene) }
    }
  }

  @Test("Class sets share what is stored; sizes, label encodings and contents don't")
  func keys() throws {
    try withTemporaryFolder { root in
      let folder = root.appendingPathComponent("cache")
      let eight = try entry(root, seed: 2)
      let nineteen = try entry(root, seed: 2, classes: .cityscapes19)
      #expect(try loader(folder).read(eight).labels == loader(folder).read(nineteen).labels)
      #expect(try loader(folder).read(nineteen) == nineteen.load(size: Self.size))
      #expect(try files(folder).count == 1)
      let native = SceneLoader(size: nil, digests: FileDigests(keptIn: nil), cache: try SceneCache(folder: folder))
      #expect(try native.read(eight) == eight.load())
      #expect(try files(folder).count == 2)
      let camvid = SceneEntry(name: "x", group: "x", source: eight.source, labelTable: .camvid)
      #expect(throws: ScenesError.self) { try loader(folder).read(camvid) }
      let other = try entry(root, seed: 4)
      #expect(try loader(folder).read(other) == other.load(size: Self.size))
      #expect(try files(folder).count == 3)
    }
  }

  @Test(
    "What is damaged, of another scene or no scene at all is decoded anew and replaced",
    arguments: ["empty", "short", "flipped", "other scene", "no key", "other shape", "folder"])
  func damaged(how: String) throws {
    try withTemporaryFolder { root in
      let folder = root.appendingPathComponent("cache")
      let entry = try entry(root, seed: 2)
      let expected = try loader(folder).read(entry)
      let file = try #require(try files(folder).first)
      let good = try Data(contentsOf: file)
      var stored = try SafeTensors(contentsOf: file)
      switch how {
      case "empty": try Data().write(to: file)
      case "short": try good.prefix(good.count - 5).write(to: file)
      case "flipped":
        var bytes = good
        bytes[bytes.count - 40] ^= 1
        try bytes.write(to: file)
      case "other scene":
        let others = root.appendingPathComponent("others")
        _ = try loader(others).read(self.entry(root, seed: 4))
        let other = try #require(try files(others).first)
        try Data(contentsOf: other).write(to: file)
      case "no key":
        stored.metadata = [:]
        try stored.write(to: file)
      case "other shape":
        stored.arrays["labels"] = SafeTensors.Array(.uint8, shape: [1], values: [UInt8(7)])
        try stored.write(to: file)
      default:
        try FileManager.default.removeItem(at: file)
        try Files.makeFolder(file)
      }
      let again = try loader(folder)
      #expect(try again.read(entry) == expected)
      // A folder can't be replaced by a file, and costs decoding each time.
      if how != "folder" { #expect(try Data(contentsOf: file) == good) }
      #expect(try loader(folder).read(entry) == expected)
    }
  }

  @Test("A bad scene is refused with the cache as without, and never stored")
  func badScene() throws {
    try withTemporaryFolder { root in
      let (folder, entry) = (root.appendingPathComponent("cache"), try entry(root, seed: 1))
      let labels = entry.files[1]
      try PNG.write(LabelMap(width: 30, height: 20, labels: [UInt8](repeating: 200, count: 600)), to: labels)
      let error = ScenesError.unknownLabel(
        file: labels.path, label: "200", at: .init(x: 0, y: 0), encoding: "cityscapes",
        hint: "known are at most 33, and 255 for void")
      for _ in 0..<2 { #expect(throws: error) { try loader(folder).read(entry) } }
      #expect(try files(folder).isEmpty)
    }
  }

  @Test("A folder that can't be written is refused with the reason; a disk that fills up later costs nothing but time")
  func unwritable() throws {
    try withTemporaryFolder { root in
      let (file, folder) = (root.appendingPathComponent("file"), root.appendingPathComponent("cache"))
      try Files.write("x", to: file)
      #expect(throws: StorageError.self) { try SceneCache(folder: file) }
      #expect(throws: StorageError.unwritable(file: folder.path + "/README.txt", reason: "No space left on device")) {
        try with(faults: { $0 == .write ? .error(ENOSPC) : nil }) { try SceneCache(folder: folder) }
      }
      let cache = try SceneCache(folder: folder)
      let loader = SceneLoader(size: Self.size, digests: FileDigests(keptIn: nil), cache: cache)
      let entry = try entry(root, seed: 2)
      let scene = try with(faults: { $0 == .write ? .error(ENOSPC) : nil }) { try loader.read(entry) }
      #expect(try scene == entry.load(size: Self.size))
      #expect(cache.failure.map { "\($0)".contains("No space left on device") } == true)
      #expect(try files(folder).isEmpty)
    }
  }

  @Test("A file is read once for its digest and for decoding")
  func readOnce() throws {
    try withTemporaryFolder { root in
      let (digests, entry) = (FileDigests(keptIn: nil), try entry(root, seed: 2))
      let expected = try entry.files.map { try FileDigests(keptIn: nil).digest(of: $0) }
      _ = try SceneLoader(size: Self.size, digests: digests).scene(entry)
      for file in entry.files { try replaceUnseen(file) }
      #expect(try entry.files.map { try digests.digest(of: $0) } == expected)
    }
  }
}
