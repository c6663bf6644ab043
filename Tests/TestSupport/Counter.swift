import Synchronization

/// Counts calls from any thread.
package final class Counter: Sendable {
  private let calls = Atomic<Int>(0)

  package init() {}

  /// How many there have been.
  package var count: Int { calls.load(ordering: .relaxed) }

  /// Counts one.
  ///
  /// - Returns: how many there were before.
  @discardableResult
  package func next() -> Int { calls.wrappingAdd(1, ordering: .relaxed).oldValue }
}
