import Foundation
import Synchronization

/// The calls by which `Files` writes, each of which tests can let fail.
package enum SystemCall: Sendable {
  case open, write, sync, rename, remove, syncFolder

  /// What becomes of a call instead.
  package enum Fault: Sendable {
    /// It does nothing and gives this `errno`.
    case error(Int32)
    /// It writes at most so many bytes.
    case short(Int)
  }

  /// Decides on a call; nil lets it be.
  package typealias Faults = @Sendable (SystemCall) -> Fault?

  /// What is asked before each call, by the thread that calls.
  private static let faults = Locked<[UInt: Faults]>([:])
  /// Whether there is any, so that real work needs no lock.
  private static let areThereFaults = Atomic<Bool>(false)

  /// Does `work`, of whose calls on this thread `faults` decides.
  package static func with<Result>(faults decide: @escaping Faults, _ work: () throws -> Result) rethrows -> Result {
    let thread = UInt(pthread_self())
    areThereFaults.store(true, ordering: .relaxed)
    faults.withLock { $0[thread] = decide }
    defer { faults.withLock { $0[thread] = nil } }
    return try work()
  }

  /// Does the call, or what the faults say.
  ///
  /// - Returns: what `body` gives, negative for a failure with its reason in `errno`.
  func perform(bytes: Int = 0, _ body: (Int) -> Int) -> Int {
    switch fault {
    case nil: return body(bytes)
    case .short(let count): return body(min(count, bytes))
    case .error(let code):
      errno = code
      return -1
    }
  }

  func perform(_ body: () -> Int) -> Int { perform { _ in body() } }

  private var fault: Fault? {
    guard Self.areThereFaults.load(ordering: .relaxed) else { return nil }
    return Self.faults.withLock { $0[UInt(pthread_self())] }?(self)
  }
}
