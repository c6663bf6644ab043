import Foundation

/// Whole files, read with a bound and written all or nothing.
public enum Files {
  /// The bytes of `file`.
  ///
  /// - Throws: `ComputeError.unreadable` where there is no such regular file, it can't be read, or it holds more than
  ///   `limit` bytes (which is checked before memory is taken).
  public static func read(_ file: URL, limit: Int = 1 << 30) throws -> Data {
    // A named pipe would make a plain open wait for its writer.
    let handle = open(file.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { throw ComputeError.unreadable(file: file.path, reason: systemError()) }
    defer { close(handle) }
    var status = stat()
    guard fstat(handle, &status) == 0 else { throw ComputeError.unreadable(file: file.path, reason: systemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ComputeError.unreadable(file: file.path, reason: "it is not a regular file")
    }
    guard status.st_size <= limit else {
      throw ComputeError.unreadable(
        file: file.path, reason: "it holds \(status.st_size) bytes, the limit is \(limit)")
    }
    do {
      return try FileHandle(fileDescriptor: handle, closeOnDealloc: false).readToEnd() ?? Data()
    } catch {
      throw ComputeError.unreadable(file: file.path, reason: "\(error)")
    }
  }

  /// Writes `data` aside, syncs it and renames it to `file`, making parent folders: readers see the old file or the
  /// new one, never a part, and a failure leaves the old one as it was. The folder is synced too, so that what this
  /// returned from outlives a loss of power.
  ///
  /// - Throws: `ComputeError.unwritable` with the system's reason, such as a full disk.
  public static func write(_ data: Data, to file: URL) throws {
    try write([data], to: file)
  }

  /// Writes `text` as UTF-8, all or nothing.
  public static func write(_ text: String, to file: URL) throws {
    try write(Data(text.utf8), to: file)
  }

  /// Writes `parts` one after another as one file, all or nothing.
  ///
  /// - Parameter previous: where the old file is kept, once the new one is whole. A crash in between may leave no
  ///   `file`, but then `previous` holds the old one.
  public static func write(_ parts: [Data], to file: URL, keeping previous: URL? = nil) throws {
    let folder = file.deletingLastPathComponent()
    try makeFolder(folder)
    let aside = folder.appendingPathComponent(".\(file.lastPathComponent).\(ProcessIdentity.current)\(asideEnding)")
    func check(_ result: Int) throws {
      guard result >= 0 else { throw ComputeError.unwritable(file: file.path, reason: systemError()) }
    }
    do {
      try writeWhole(parts, to: aside, check)
      if let previous, FileManager.default.fileExists(atPath: file.path) {
        try check(SystemCall.rename.perform { Int(rename(file.path, previous.path)) })
      }
      try check(SystemCall.rename.perform { Int(rename(aside.path, file.path)) })
    } catch {
      _ = SystemCall.remove.perform { Int(unlink(aside.path)) }
      throw error
    }
    try check(SystemCall.syncFolder.perform { Int(sync(folder)) })
  }

  private static func writeWhole(_ parts: [Data], to aside: URL, _ check: (Int) throws -> Void) throws {
    let handle = SystemCall.open.perform { Int(open(aside.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)) }
    try check(handle)
    defer { close(Int32(handle)) }
    for part in parts {
      try part.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count {
          let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
          let count = SystemCall.write.perform(bytes: rest.count) {
            Foundation.write(Int32(handle), rest.baseAddress, $0)
          }
          if count < 0 && errno == EINTR { continue }
          try check(count)
          written += count
        }
      }
    }
    try check(SystemCall.sync.perform { Int(fsync(Int32(handle))) })
  }

  /// Makes the names in `folder` as durable as the files; some file systems, such as network ones, do so by
  /// themselves and refuse.
  private static func sync(_ folder: URL) -> Int32 {
    let handle = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return -1 }
    defer { close(handle) }
    let result = fsync(handle)
    return result != 0 && (errno == EINVAL || errno == ENOTSUP) ? 0 : result
  }

  /// How files that are being written end.
  private static let asideEnding = ".aside"

  /// Removes from `folder` and those in it what writers that were killed have left aside. Nobody may be writing there.
  public static func removeAsides(in folder: URL) {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    for name in names where name.hasSuffix(asideEnding) {
      let file = folder.appendingPathComponent(name)
      if file.lastPathComponent.hasPrefix(".") { unlink(file.path) }
    }
  }

  /// Makes `folder` and its parents where they are missing.
  public static func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ComputeError.unwritable(file: folder.path, reason: error.localizedDescription)
    }
  }

  static func systemError() -> String { String(cString: strerror(errno)) }
}
