import Compute
import Foundation

/// Does work on a thread of its own, one batch after the other, and lets only so much wait.
///
/// Who waits may give up: what hasn't begun then never is.
package final class BoundedWorker<Work: Sendable, Value: Sendable>: Sendable {
  /// One piece of work, until it is answered.
  private final class Ticket: Sendable {
    let work: Work
    private let continuation: Locked<CheckedContinuation<Value, any Error>?>

    init(_ work: Work, _ continuation: CheckedContinuation<Value, any Error>) {
      (self.work, self.continuation) = (work, Locked(continuation))
    }

    /// Answers, unless that was done before.
    func finish(_ result: Result<Value, any Error>) {
      let waiting = continuation.withLock { waiting in
        defer { waiting = nil }
        return waiting
      }
      waiting?.resume(with: result)
    }

    var isFinished: Bool { continuation.withLock { $0 == nil } }
  }

  private struct State {
    var waiting: [Ticket] = []
    var isStopped = false
  }

  private let name: String
  /// How many pieces of work may wait.
  package let capacity: Int
  private let state = Locked(State())
  /// Counts what was submitted.
  private let submitted = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private let joins: @Sendable (_ batch: [Work], _ next: Work) -> Bool
  private let perform: @Sendable ([Work]) -> [Result<Value, any Error>]

  /// - Parameters:
  ///   - name: what is done, for people.
  ///   - capacity: how many pieces of work may wait.
  ///   - joins: whether one is done together with those before it.
  ///   - perform: does one or several, and gives a result for each.
  package init(
    _ name: String, capacity: Int, joins: @escaping @Sendable ([Work], Work) -> Bool = { _, _ in false },
    perform: @escaping @Sendable ([Work]) -> [Result<Value, any Error>]
  ) {
    (self.name, self.capacity, self.joins, self.perform) = (name, capacity, joins, perform)
    let thread = Thread { [self] in loop() }
    thread.name = "segbench \(name)"
    // As the main thread has; new ones have less by default.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// How many pieces of work wait.
  package var waiting: Int { state.withLock { $0.waiting.count { !$0.isFinished } } }

  /// Whether more would be refused.
  package var isFull: Bool { waiting >= capacity }

  /// Waits for a piece of work to be done.
  ///
  /// - Throws: `Problem.busy` where too much waits already, or the worker was stopped; `CancellationError`; what doing it
  ///   throws.
  package func value(of work: Work) async throws -> Value {
    let own = Locked<Ticket?>(nil)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let ticket = Ticket(work, continuation)
        own.withLock { $0 = ticket }
        // It may have been given up before there was a ticket.
        if Task.isCancelled { return ticket.finish(.failure(CancellationError())) }
        let isTaken = state.withLock { state in
          state.waiting.removeAll(where: \.isFinished)
          guard !state.isStopped, state.waiting.count < capacity else { return false }
          state.waiting.append(ticket)
          return true
        }
        if isTaken {
          submitted.signal()
        } else {
          ticket.finish(.failure(Problem(.busy, "\(capacity) requests for \(name) are waiting already; try again")))
        }
      }
    } onCancel: {
      own.withLock { $0 }?.finish(.failure(CancellationError()))
    }
  }

  /// Refuses what comes, gives up what waits, and returns when what runs is done.
  package func stop() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.isStopped = true
      return state.waiting
    }
    for ticket in waiting { ticket.finish(.failure(Problem(.busy, "the server is stopping"))) }
    submitted.signal()
    ended.wait()
    ended.signal()
  }

  private func loop() {
    while true {
      submitted.wait()
      // Signals of what was done together with something else, or given up, find nothing.
      let (batch, isStopped) = state.withLock { state in (next(&state), state.isStopped) }
      if isStopped { break }
      guard !batch.isEmpty else { continue }
      let results = perform(batch.map(\.work))
      for (ticket, result) in zip(batch, results) { ticket.finish(result) }
    }
    ended.signal()
  }

  /// Takes the first that waits, and those that are done together with it.
  private func next(_ state: inout State) -> [Ticket] {
    var batch: [Ticket] = []
    var left: [Ticket] = []
    for ticket in state.waiting where !ticket.isFinished {
      if batch.isEmpty || joins(batch.map(\.work), ticket.work) { batch.append(ticket) } else { left.append(ticket) }
    }
    state.waiting = left
    return batch
  }
}
