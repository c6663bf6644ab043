import Compute
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite("Parallel loops", .serialized) struct ParallelTests {
  private func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
    let before = Parallel.threadCount
    Parallel.threadCount = count
    defer { Parallel.threadCount = before }
    return try body()
  }

  @Test("Every index is visited once, whatever the thread count", arguments: [1, 2, 7])
  func visitsOnce(threads: Int) {
    let visits = (0..<1000).map { _ in Counter() }
    withThreads(threads) { Parallel.forEach(1000) { visits[$0].value.add(1, ordering: .relaxed) } }
    #expect(visits.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
  }

  @Test("Loops within loops, and of several threads at once, visit every index once")
  func sharesThreads() {
    let sums = (0..<4).map { _ in Counter() }
    withThreads(3) {
      DispatchQueue.concurrentPerform(iterations: sums.count) { caller in
        for _ in 0..<50 {
          Parallel.forEach(20) { outer in
            Parallel.forEach(10) { inner in sums[caller].value.add(outer * 10 + inner, ordering: .relaxed) }
          }
        }
      }
    }
    #expect(sums.map { $0.value.load(ordering: .relaxed) } == [Int](repeating: 50 * 199 * 100, count: 4))
  }

  @Test("A loop that follows another at once, or long after, is whole when it returns")
  func followsLoops() {
    var sum = 0
    withThreads(2) {
      for round in 0..<2000 {
        // Threads go to sleep in between.
        if round % 500 == 499 { Thread.sleep(forTimeInterval: 0.01) }
        var squares = [Int](repeating: -1, count: 2 + round % 5)
        squares.withUnsafeMutableBufferPointer { squares in
          let shared = Shared(squares)
          Parallel.forEach(squares.count) { shared.value[$0] = $0 * $0 }
        }
        sum += squares.reduce(0, +)
      }
    }
    #expect(sum == 400 * (1 + 5 + 14 + 30 + 55))
  }

  @Test("A map keeps the order of its indices")
  func mapKeepsOrder() throws {
    let squares = try withThreads(3) { try Parallel.map(500) { $0 * $0 } }
    #expect(squares == (0..<500).map { $0 * $0 })
  }

  @Test("A map throws the error of the lowest failing index")
  func mapThrowsLowest() {
    struct Failure: Error, Equatable { let index: Int }
    #expect(throws: Failure(index: 17)) {
      try withThreads(4) { try Parallel.map(100) { if $0 % 20 == 17 { throw Failure(index: $0) } } }
    }
  }

  @Test("No change of a locked value is lost")
  func locked() {
    let sum = Locked(0)
    withThreads(4) { Parallel.forEach(1000) { index in sum.withLock { $0 += index } } }
    #expect(sum.withLock { $0 } == 499_500)
  }

  @Test("An empty loop does nothing")
  func empty() throws {
    Parallel.forEach(0) { _ in Issue.record("called") }
    #expect(try Parallel.map(0) { $0 }.isEmpty)
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
