import Foundation

/// Whole files, read with a bound and written all or nothing.
package enum Files {
  /// What writes, on this thread; tests alone put anything else here.
  @TaskLocal package static var calls: any SystemCalls = RealSystemCalls()

  /// The bytes of `file`.
  ///
  /// - Throws: `StorageError.unreadable` where there is no such regular file, it can't be read, or it holds more than
  ///   `limit` bytes (which is checked before memory is taken).
  package static func read(_ file: URL, limit: Int = 1 << 30) throws -> Data {
    // A named pipe would make a plain open wait for its writer.
    let handle = open(file.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { throw StorageError.unreadable(file: file.path, reason: systemError()) }
    defer { close(handle) }
    var status = stat()
    guard fstat(handle, &status) == 0 else { throw StorageError.unreadable(file: file.path, reason: systemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError.unreadable(file: file.path, reason: "it is not a regular file")
    }
    guard status.st_size <= limit else {
      throw StorageError.unreadable(
        file: file.path, reason: "it holds \(status.st_size) bytes, the limit is \(limit)")
    }
    do {
      return try FileHandle(fileDescriptor: handle, closeOnDealloc: false).readToEnd() ?? Data()
    } catch {
      throw StorageError.unreadable(file: file.path, reason: "\(error)")
    }
  }

  /// Writes `data` aside, syncs it and renames it to `file`, making parent folders: readers see the old file or the
  /// new one, never a part, and a failure leaves the old one as it was. The folder is synced too, so that what this
  /// returned from outlives a loss of power.
  ///
  /// - Throws: `StorageError.unwritable` with the system's reason, such as a full disk.
  package static func write(_ data: Data, to file: URL) throws {
    try write([data], to: file)
  }

  /// Writes `text` as UTF-8, all or nothing.
  package static func write(_ text: String, to file: URL) throws {
    try write(Data(text.utf8), to: file)
  }

  /// Writes `parts` one after another as one file, all or nothing.
  ///
  /// The old file is kept as `previous`, where that isn't nil, once the new one is whole. A crash in between may leave no
  /// `file`, but then `previous` holds the old one.
  package static func write(_ parts: [Data], to file: URL, keeping previous: URL? = nil) throws {
    let calls = Self.calls
    let folder = file.deletingLastPathComponent()
    try makeFolder(folder)
    let aside = folder.appendingPathComponent(".\(file.lastPathComponent).\(ProcessIdentity.current)\(asideEnding)")
    func check(_ result: some SignedInteger) throws {
      guard result >= 0 else { throw StorageError.unwritable(file: file.path, reason: systemError()) }
    }
    do {
      try writeWhole(parts, to: aside, by: calls) { try check($0) }
      if let previous, FileManager.default.fileExists(atPath: file.path) {
        try check(calls.rename(file.path, to: previous.path))
      }
      try check(calls.rename(aside.path, to: file.path))
    } catch {
      _ = calls.remove(aside.path)
      throw error
    }
    try check(calls.syncFolder(folder.path))
  }

  private static func writeWhole(
    _ parts: [Data], to aside: URL, by calls: any SystemCalls, _ check: (Int) throws -> Void
  ) throws {
    let handle = calls.create(aside.path)
    try check(Int(handle))
    defer { close(handle) }
    for part in parts {
      try part.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count {
          let count = calls.write(UnsafeRawBufferPointer(rebasing: bytes[written...]), to: handle)
          if count < 0 && errno == EINTR { continue }
          try check(count)
          written += count
        }
      }
    }
    try check(Int(calls.sync(handle)))
  }

  /// Makes `target` a second name of `source`, or a copy where the file system has no such. What is written by `write`
  /// under one of the names afterwards leaves the other as it is.
  ///
  /// - Throws: `StorageError.unwritable`.
  package static func link(_ source: URL, to target: URL) throws {
    try makeFolder(target.deletingLastPathComponent())
    unlink(target.path)
    guard Foundation.link(source.path, target.path) != 0 else { return }
    do {
      try FileManager.default.copyItem(at: source, to: target)
    } catch {
      throw StorageError.unwritable(file: target.path, reason: error.localizedDescription)
    }
  }

  /// How files that are being written end.
  private static let asideEnding = ".aside"

  /// Removes from `folder` and those in it what writers that were killed have left aside. Nobody may be writing there.
  package static func removeAsides(in folder: URL) {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    for name in names where name.hasSuffix(asideEnding) {
      let file = folder.appendingPathComponent(name)
      if file.lastPathComponent.hasPrefix(".") { unlink(file.path) }
    }
  }

  /// Whether `name` is fit for what users name and files are called by: up to `most` letters, digits, dots, dashes and
  /// underscores, the first a letter or digit, all of ASCII.
  package static func isPlainName(_ name: String, most: Int) -> Bool {
    (1...most).contains(name.utf8.count)
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
      && !"._-".contains(name.prefix(1))
  }

  /// The paths of all below `folder` that isn't hidden, folders too, sorted; nil where it is no readable folder. Links to
  /// folders aren't followed, but `folder` may be one.
  package static func visiblePaths(below folder: URL) -> [String]? {
    FileManager.default.enumerator(atPath: folder.resolvingSymlinksInPath().path)?
      .compactMap { $0 as? String }
      .filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }
      .sorted()
  }

  /// Makes `folder` and its parents where they are missing.
  package static func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw StorageError.unwritable(file: folder.path, reason: error.localizedDescription)
    }
  }

  static func systemError() -> String { String(cString: strerror(errno)) }
}
