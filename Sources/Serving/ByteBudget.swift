import Compute

/// How many bytes of requests are held at a time, whatever their number.
package final class ByteBudget: Sendable {
  private let limit: Int
  private let held = Locked(0)

  package init(_ limit: Int) {
    self.limit = limit
  }

  /// Whether so many more may be held; they are then, until they are released.
  package func reserve(_ count: Int) -> Bool {
    held.withLock { held in
      guard held + count <= limit else { return false }
      held += count
      return true
    }
  }

  package func release(_ count: Int) {
    held.withLock { held in
      precondition(count <= held, "\(count) bytes released of \(held)")
      held -= count
    }
  }
}
