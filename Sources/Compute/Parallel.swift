import Dispatch
import Foundation
import Synchronization

/// Loops over independent pieces of work on several threads.
///
/// Results must not depend on the thread count: cut the work into pieces whose borders depend on the problem alone,
/// let each piece write to a place of its own, and reduce the pieces in index order afterwards. Bodies are `@Sendable`, so
/// that the compiler refuses races; memory that it knows nothing of goes in a `Shared`.
package enum Parallel {
  private static let threads = Atomic<Int>(ProcessInfo.processInfo.activeProcessorCount)

  /// How many threads a loop uses at most; by default one for each processor. At least 1.
  package static var threadCount: Int {
    get { threads.load(ordering: .relaxed) }
    set {
      precondition(newValue >= 1, "thread count \(newValue) is below 1")
      threads.store(newValue, ordering: .relaxed)
    }
  }

  /// Calls `body` once for every index of `0..<count`, in any order, and returns when all are done.
  ///
  /// Threads take the next index as they become free, so pieces may cost unequal time.
  package static func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threadCount, count)
    if workers <= 1 {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      @Sendable func work() {
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          body(index)
        }
      }
      if !ThreadTeam.shared.run(helpers: workers - 1, work) {
        DispatchQueue.concurrentPerform(iterations: workers) { _ in work() }
      }
    }
  }

  /// The results of `transform` for `0..<count`, in index order; throws the error of the lowest failing index.
  package static func map<Result: Sendable>(_ count: Int, _ transform: @Sendable (Int) throws -> Result) throws
    -> [Result]
  {
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: max(0, count))
    results.withUnsafeMutableBufferPointer { slots in
      let slots = Shared(slots)
      forEach(count) { index in slots.value[index] = Swift.Result { try transform(index) } }
    }
    return try results.compactMap { try $0?.get() }
  }
}

/// What the pieces of a loop share though the compiler can't know it to be safe: memory to which each piece writes at
/// places of its own, or from which all read what nobody writes meanwhile.
///
/// It outlives nothing: what it points to must stay until the loop has ended.
package struct Shared<Value>: @unchecked Sendable {
  package let value: Value

  @inlinable
  package init(_ value: Value) {
    self.value = value
  }
}
