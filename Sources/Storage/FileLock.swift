import Foundation

/// A lock that at most one process, or one part of it, holds at a time, and no dead one: the system gives it up with
/// the process, however that ended.
///
/// It is an advisory `flock` on a file that is never removed. On a folder that several machines share, it holds as far
/// as that file system's own locks do: NFS from version 4 and with `lockd` before, and SMB, pass them to the server.
package final class FileLock: Sendable {
  private let handle: Int32

  private init(handle: Int32) {
    self.handle = handle
  }

  /// Takes the lock on `file`, which is made where it is missing; nil where another holds it.
  ///
  /// - Throws: `StorageError.unwritable` where the file can't be opened, or its file system has no locks.
  package static func take(_ file: URL) throws -> FileLock? {
    try Files.makeFolder(file.deletingLastPathComponent())
    func failure() -> StorageError {
      .unwritable(file: file.path, reason: "it can't be locked: \(Files.systemError())")
    }
    // Children of the process must not inherit it, or they would hold it after its end.
    let handle = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard handle >= 0 else { throw failure() }
    while flock(handle, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      defer { close(handle) }
      if errno == EWOULDBLOCK { return nil }
      throw failure()
    }
    // Who holds it is for people to read; a full disk does no harm.
    let holder = Data("\(ProcessIdentity.current)\n".utf8)
    ftruncate(handle, 0)
    _ = holder.withUnsafeBytes { pwrite(handle, $0.baseAddress, $0.count, 0) }
    return FileLock(handle: handle)
  }

  /// Whether anybody holds the lock on `file`. It is tried only where somebody who may be dead has left a name, so that
  /// looking takes it from nobody.
  ///
  /// - Throws: as `take`.
  package static func isHeld(_ file: URL) throws -> Bool {
    var status = stat()
    guard stat(file.path, &status) == 0, status.st_size > 0 else { return false }
    return try take(file) == nil
  }

  /// Who holds the lock on `file`, as `host-process`; of use only where `take` has just given nil.
  package static func holder(of file: URL) -> String {
    let text = (try? Files.read(file, limit: 1 << 10)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return name.isEmpty ? "another process" : name
  }

  deinit {
    ftruncate(handle, 0)
    close(handle)
  }
}

/// Tells this process from others, those on other machines that share a folder included.
enum ProcessIdentity {
  /// The host's name and the process' number.
  static let current: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "host-\(ProcessInfo.processInfo.processIdentifier)" }
    let bytes = name.prefix(32).map { UInt8(bitPattern: $0) }.prefix { $0 != 0 && $0 != UInt8(ascii: ".") }
    let host = String(decoding: bytes, as: UTF8.self)
    return "\(host.isEmpty ? "host" : host)-\(ProcessInfo.processInfo.processIdentifier)"
  }()
}
