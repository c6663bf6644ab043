import Foundation
import Storage

/// A call by which `Files` writes.
package enum WritingCall: Sendable {
  case open, write, sync, rename, remove, syncFolder
}

/// What becomes of a call instead.
package enum Fault: Sendable {
  /// It does nothing and gives this `errno`.
  case error(Int32)
  /// It writes at most so many bytes.
  case short(Int)
}

/// Does `work`, of whose writing calls on this thread `decide` decides; nil lets a call be.
package func with<Result>(
  faults decide: @escaping @Sendable (WritingCall) -> Fault?, _ work: () throws -> Result
) rethrows -> Result {
  try Files.$calls.withValue(FailingCalls(decide: decide), operation: work)
}

/// The system's calls, but for those that are to fail.
private struct FailingCalls: SystemCalls {
  let decide: @Sendable (WritingCall) -> Fault?
  private let real = RealSystemCalls()

  init(decide: @escaping @Sendable (WritingCall) -> Fault?) {
    self.decide = decide
  }

  private func perform<Number: SignedInteger>(_ call: WritingCall, _ body: (_ most: Int) -> Number) -> Number {
    switch decide(call) {
    case nil: return body(.max)
    case .short(let most): return body(most)
    case .error(let code):
      errno = code
      return -1
    }
  }

  func create(_ path: String) -> Int32 { perform(.open) { _ in real.create(path) } }
  func write(_ bytes: UnsafeRawBufferPointer, to handle: Int32) -> Int {
    perform(.write) { real.write(UnsafeRawBufferPointer(rebasing: bytes.prefix($0)), to: handle) }
  }
  func sync(_ handle: Int32) -> Int32 { perform(.sync) { _ in real.sync(handle) } }
  func rename(_ path: String, to other: String) -> Int32 { perform(.rename) { _ in real.rename(path, to: other) } }
  func remove(_ path: String) -> Int32 { perform(.remove) { _ in real.remove(path) } }
  func syncFolder(_ path: String) -> Int32 { perform(.syncFolder) { _ in real.syncFolder(path) } }
}
