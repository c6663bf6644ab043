import Foundation
import Serving
import Synchronization
import Testing

/// The queue before the models.
@Suite("Bounded worker") struct BoundedWorkerTests {
  /// Holds a worker at its work until it is opened.
  private final class Door: Sendable {
    private let entered = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    func pass() {
      entered.signal()
      opened.wait()
    }
    func open(times: Int = 1) { for _ in 0..<times { opened.signal() } }
    func waitUntilEntered() async {
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          self.entered.wait()
          continuation.resume()
        }
      }
    }
  }

  /// Waits until so many pieces of work wait.
  private func wait(for count: Int, in worker: BoundedWorker<Int, Int>) async throws {
    while worker.waiting != count { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test("Each piece of work gets its own result or error")
  func results() async throws {
    let worker = BoundedWorker<Int, Int>("sums", capacity: 100) { work in
      work.map { value in Result { if value == 3 { throw Problem(.badRequest, "three") } else { value * 2 } } }
    }
    let results = await withTaskGroup(of: (Int, Int?).self) { group in
      for value in 0..<20 { group.addTask { (value, try? await worker.value(of: value)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(results == Dictionary(uniqueKeysWithValues: (0..<20).filter { $0 != 3 }.map { ($0, $0 * 2) }))
    worker.stop()
  }

  @Test("What doesn't fit is refused as busy, at once, and later there is room again")
  func full() async throws {
    let door = Door()
    let worker = BoundedWorker<Int, Int>("sums", capacity: 2) { work in
      door.pass()
      return work.map { .success($0) }
    }
    async let first = worker.value(of: 1)
    await door.waitUntilEntered()
    async let second = worker.value(of: 2)
    try await wait(for: 1, in: worker)
    async let third = worker.value(of: 3)
    try await wait(for: 2, in: worker)
    #expect(worker.isFull)
    let problem = await #expect(throws: Problem.self) { try await worker.value(of: 4) }
    #expect(problem?.code == .busy && problem?.retryAfter == 1)
    door.open(times: 3)
    #expect(try await [first, second, third] == [1, 2, 3])
    door.open()
    #expect(try await worker.value(of: 5) == 5)
    worker.stop()
  }

  @Test("What joins is done together, in order; the rest waits its turn")
  func batches() async throws {
    let door = Door()
    let batches = Mutex<[[Int]]>([])
    let worker = BoundedWorker<Int, Int>("sums", capacity: 9, joins: { $0.count < 3 && $0[0] % 2 == $1 % 2 }) { work in
      batches.withLock { $0.append(work) }
      door.pass()
      return work.map { .success($0) }
    }
    let all = Task {
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask { try await worker.value(of: 0) }
        await door.waitUntilEntered()
        for (place, value) in [2, 1, 4, 6, 3, 8].enumerated() {
          group.addTask { try await worker.value(of: value) }
          try await wait(for: place + 1, in: worker)
        }
        door.open(times: 4)
        return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
      }
    }
    #expect(try await all.value == [0, 1, 2, 3, 4, 6, 8])
    #expect(batches.withLock { $0 } == [[0], [2, 4, 6], [1, 3], [8]])
    worker.stop()
  }

  @Test("Who gives up is answered at once, and what hasn't begun is never done")
  func cancelled() async throws {
    let door = Door()
    let done = Mutex<[Int]>([])
    let worker = BoundedWorker<Int, Int>("sums", capacity: 2) { work in
      done.withLock { $0 += work }
      door.pass()
      return work.map { .success($0) }
    }
    let running = Task { try await worker.value(of: 1) }
    await door.waitUntilEntered()
    let waiting = Task { try await worker.value(of: 2) }
    try await wait(for: 1, in: worker)
    waiting.cancel()
    running.cancel()
    for task in [waiting, running] { await #expect(throws: CancellationError.self) { try await task.value } }
    #expect(worker.waiting == 0)
    door.open(times: 2)
    #expect(try await worker.value(of: 3) == 3)
    #expect(done.withLock { $0 } == [1, 3])
    worker.stop()
  }

  @Test("Stopping refuses what waits and what comes, and lets what runs be answered")
  func stopping() async throws {
    let door = Door()
    let worker = BoundedWorker<Int, Int>("sums", capacity: 2) { work in
      door.pass()
      return work.map { .success($0) }
    }
    let running = Task { try await worker.value(of: 1) }
    await door.waitUntilEntered()
    let waiting = Task { try await worker.value(of: 2) }
    try await wait(for: 1, in: worker)
    let stopped = Task.detached { worker.stop() }
    await #expect(throws: Problem.self) { try await waiting.value }
    door.open()
    #expect(try await running.value == 1)
    await stopped.value
    await #expect(throws: Problem.self) { try await worker.value(of: 3) }
    worker.stop()
  }
}
