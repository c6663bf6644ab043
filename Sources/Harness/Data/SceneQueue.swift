import Compute
import Foundation
import Scenes

/// Scenes that other threads make ready ahead of whoever takes them.
///
/// Threads begin the next of the row as they become free, and scenes are taken in the row's order, so what is taken
/// doesn't depend on their number. They begin no more while those that wait to be taken have a number of bytes, so
/// memory is bounded by that and by one scene a thread.
package final class SceneQueue: @unchecked Sendable {
  private let count, minimum, limit: Int
  private let make: @Sendable (Int) throws -> Scene
  /// Guards all that changes.
  private let condition = NSCondition()
  private var ready: [Int: Result<Scene, any Error>] = [:]
  private var readyBytes = 0
  /// How many were begun and how many were taken: those from the row's start.
  private var begun = 0
  private var taken = 0
  /// How many threads are at it.
  private var running = 0
  /// Seconds that `next` has waited.
  package private(set) var waitingSeconds = 0.0

  /// A row of scenes, none of which is begun before the first is asked for.
  ///
  /// - Parameters:
  ///   - count: how many there are.
  ///   - minimum: how many may wait whatever memory they take, such as two batches.
  ///   - limit: the bytes from which no more are begun.
  ///   - make: makes the scene at a place of the row, on any thread.
  package init(count: Int, minimum: Int, limit: Int = 1 << 26, _ make: @escaping @Sendable (Int) throws -> Scene) {
    (self.count, self.minimum, self.limit, self.make) = (count, minimum, limit, make)
  }

  /// The next `number` scenes.
  ///
  /// - Throws: what making the first of them that failed has thrown.
  package func next(_ number: Int) throws -> [Scene] { try (0..<number).map { _ in try next() } }

  private func next() throws -> Scene {
    condition.lock()
    defer { condition.unlock() }
    precondition(taken < count, "all \(count) scenes are taken")
    startThreads()
    if ready[taken] == nil {
      let start = ContinuousClock.now
      while ready[taken] == nil { condition.wait() }
      waitingSeconds += (ContinuousClock.now - start) / .seconds(1)
    }
    guard let result = ready.removeValue(forKey: taken) else { preconditionFailure("waited for above") }
    readyBytes -= Self.bytes(result)
    taken += 1
    startThreads()
    return try result.get()
  }

  /// Begins no more, and returns when what was begun has ended.
  package func stop() {
    condition.lock()
    begun = count
    while running > 0 { condition.wait() }
    condition.unlock()
  }

  /// Whether another scene may be begun.
  private var hasRoom: Bool { begun < count && (begun < taken + minimum || readyBytes < limit) }

  /// As many threads as loops have, where there is something to begin. They end rather than wait for room.
  private func startThreads() {
    let wanted = min(Parallel.threadCount, count - begun)
    while running < wanted && hasRoom {
      running += 1
      DispatchQueue.global(qos: .userInitiated).async { self.work() }
    }
  }

  private func work() {
    condition.lock()
    while hasRoom {
      let place = begun
      begun += 1
      condition.unlock()
      let result = Result { try make(place) }
      condition.lock()
      ready[place] = result
      readyBytes += Self.bytes(result)
      condition.broadcast()
    }
    running -= 1
    condition.broadcast()
    condition.unlock()
  }

  private static func bytes(_ result: Result<Scene, any Error>) -> Int { (try? result.get())?.byteCount ?? 0 }
}
