import Dispatch
import Foundation
import Synchronization

/// Loops over independent pieces of work on several threads.
///
/// Results must not depend on the thread count: cut the work into pieces whose borders depend on the problem alone,
/// let each piece write to a place of its own, and reduce the pieces in index order afterwards.
public enum Parallel {
  private static let threads = Atomic<Int>(ProcessInfo.processInfo.activeProcessorCount)

  /// How many threads a loop uses at most; by default one for each processor. At least 1.
  public static var threadCount: Int {
    get { threads.load(ordering: .relaxed) }
    set {
      precondition(newValue >= 1, "thread count \(newValue) is below 1")
      threads.store(newValue, ordering: .relaxed)
    }
  }

  /// Calls `body` once for every index of `0..<count`, in any order, and returns when all are done.
  ///
  /// Threads take the next index as they become free, so pieces may cost unequal time.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) {
    let workers = min(threadCount, count)
    if workers <= 1 {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      // The loop ends before this call returns, and bodies write to separate places by contract.
      nonisolated(unsafe) let body = body
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
  public static func map<Result>(_ count: Int, _ transform: (Int) throws -> Result) throws -> [Result] {
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: max(0, count))
    results.withUnsafeMutableBufferPointer { slots in
      nonisolated(unsafe) let slots = slots
      forEach(count) { index in slots[index] = Swift.Result { try transform(index) } }
    }
    return try results.compactMap { try $0?.get() }
  }
}
