import Synchronization

/// Counts calls from any thread.
public final class Counter: Sendable {
  private let calls = Atomic<Int>(0)

  public init() {}

  /// How many there have been.
  public var count: Int { calls.load(ordering: .relaxed) }

  /// Counts one.
  ///
  /// - Returns: how many there were before.
  @discardableResult
  public func next() -> Int { calls.wrappingAdd(1, ordering: .relaxed).oldValue }
}
