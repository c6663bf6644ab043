import Foundation

/// Whole files, read with a bound and written all or nothing.
public enum Files {
  /// The bytes of `file`.
  ///
  /// - Throws: `ComputeError.unreadable` where there is no such regular file, it can't be read, or it holds more than
  ///   `limit` bytes (which is checked before memory is taken).
  public static func read(_ file: URL, limit: Int = 1 << 30) throws -> Data {
    // A named pipe would make a plain open wait for its writer.
    let handle = open(file.path, O_RDONLY | O_NONBLOCK)
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
  /// new one, never a part, and a failure leaves the old one as it was.
  ///
  /// - Throws: `ComputeError.unwritable` with the system's reason, such as a full disk.
  public static func write(_ data: Data, to file: URL) throws {
    try makeFolder(file.deletingLastPathComponent())
    let aside = file.deletingLastPathComponent()
      .appendingPathComponent(".\(file.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    func failure() -> ComputeError { .unwritable(file: file.path, reason: systemError()) }
    let handle = open(aside.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard handle >= 0 else { throw failure() }
    do {
      defer { close(handle) }
      try data.withUnsafeBytes { bytes in
        var written = 0
        while written < bytes.count {
          let count = Foundation.write(handle, bytes.baseAddress?.advanced(by: written), bytes.count - written)
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { throw failure() }
          written += count
        }
      }
      guard fsync(handle) == 0 else { throw failure() }
    } catch {
      unlink(aside.path)
      throw error
    }
    guard rename(aside.path, file.path) == 0 else {
      let error = failure()
      unlink(aside.path)
      throw error
    }
  }

  /// Writes `text` as UTF-8, all or nothing.
  public static func write(_ text: String, to file: URL) throws {
    try write(Data(text.utf8), to: file)
  }

  /// Makes `folder` and its parents where they are missing.
  public static func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ComputeError.unwritable(file: folder.path, reason: error.localizedDescription)
    }
  }

  private static func systemError() -> String { String(cString: strerror(errno)) }
}
