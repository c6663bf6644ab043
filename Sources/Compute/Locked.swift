import Foundation

/// A value that one thread at a time can get at.
///
/// As `Synchronization.Mutex`, but on a lock of the C library's: ThreadSanitizer knows that one, and so can check what is
/// guarded by it.
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  @usableFromInline var value: Value
  @usableFromInline let lock = NSLock()

  package init(_ value: consuming sending Value) {
    self.value = value
  }

  /// Does something with the value while no other thread can.
  @inlinable
  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
