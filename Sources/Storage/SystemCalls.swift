import Foundation

/// The calls of the system by which `Files` writes, as the system has them; each gives what it gives, negative for a
/// failure with its reason in `errno`.
///
/// Tests put others in their place with `Files.$calls`, to let any of them fail.
package protocol SystemCalls: Sendable {
  /// Opens `path` anew for writing.
  func create(_ path: String) -> Int32
  /// Writes some of `bytes`, and gives how many.
  func write(_ bytes: UnsafeRawBufferPointer, to handle: Int32) -> Int
  /// Makes the contents durable.
  func sync(_ handle: Int32) -> Int32
  func rename(_ path: String, to other: String) -> Int32
  func remove(_ path: String) -> Int32
  /// Makes the names in the folder `path` durable.
  func syncFolder(_ path: String) -> Int32
}

/// The system's own.
package struct RealSystemCalls: SystemCalls {
  package init() {}

  package func create(_ path: String) -> Int32 { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }

  package func write(_ bytes: UnsafeRawBufferPointer, to handle: Int32) -> Int {
    Foundation.write(handle, bytes.baseAddress, bytes.count)
  }

  package func sync(_ handle: Int32) -> Int32 { fsync(handle) }
  package func rename(_ path: String, to other: String) -> Int32 { Foundation.rename(path, other) }
  package func remove(_ path: String) -> Int32 { unlink(path) }

  /// Some file systems, such as network ones, make names durable by themselves and refuse.
  package func syncFolder(_ path: String) -> Int32 {
    let handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return -1 }
    defer { close(handle) }
    let result = fsync(handle)
    return result != 0 && (errno == EINVAL || errno == ENOTSUP) ? 0 : result
  }
}
