import Dispatch
import Foundation
import Synchronization

/// The threads that take part in loops besides the one that calls.
///
/// A step of a network is hundreds of loops, each over within a millisecond and the next begun within microseconds.
/// Waking a thread takes tens of microseconds, so threads look out for the next loop for a while before they sleep.
final class ThreadTeam: Sendable {
  static let shared = ThreadTeam()

  private let isBusy = Atomic<Bool>(false)
  private let helpers = Locked<[Helper]>([])

  /// Calls `body` on the calling thread and up to `count` others at the same time, and returns when all calls have;
  /// threads that have not begun by the time the caller's has are let off.
  ///
  /// - Returns: false, with nothing done, while another loop has the team: one around this, or of another thread.
  func run(helpers count: Int, _ body: () -> Void) -> Bool {
    guard !isBusy.exchange(true, ordering: .acquiring) else { return false }
    defer { isBusy.store(false, ordering: .releasing) }
    let chosen = helpers.withLock { all in
      while all.count < count { all.append(Helper()) }
      return all[..<count]
    }
    withoutActuallyEscaping(body) { body in
      for helper in chosen { helper.start(body) }
      body()
      for helper in chosen { helper.finish() }
    }
    return true
  }
}

/// A thread that does what it is given, again and again.
private final class Helper: @unchecked Sendable {
  private let begin = Gate()
  private let end = Gate()
  private var work: (() -> Void)?

  init() {
    let thread = Thread { [self] in
      while true {
        begin.pass()
        perform()
        end.open()
      }
    }
    thread.name = "segbench loop"
    // As the main thread has; new ones have less by default.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Apart, so that nothing of the work is held when the end opens.
  @inline(never)
  private func perform() { work?() }

  func start(_ work: @escaping () -> Void) {
    self.work = work
    begin.open()
  }

  /// Returns when the work is done, or at once where it hasn't begun and now never will.
  func finish() {
    if !begin.close() { end.pass() }
    work = nil
  }
}

/// Where one thread waits until another opens.
private final class Gate: Sendable {
  private enum State: UInt8, AtomicRepresentable { case closed, open, asleep }

  private let state = Atomic<State>(.closed)
  private let alarm = DispatchSemaphore(value: 0)
  /// For how many nanoseconds a thread looks before it sleeps.
  private static let patience: UInt64 = 100_000

  func open() {
    if state.exchange(.open, ordering: .acquiringAndReleasing) == .asleep { alarm.signal() }
  }

  /// Closes it before anyone has passed; false where someone has.
  func close() -> Bool {
    state.compareExchange(expected: .open, desired: .closed, ordering: .acquiringAndReleasing).exchanged
  }

  /// Waits until it is open, and closes it behind.
  func pass() {
    let start = DispatchTime.now().uptimeNanoseconds
    while !close() {
      if DispatchTime.now().uptimeNanoseconds - start < Self.patience {
        // Lets other work have the processor meanwhile.
        sched_yield()
      } else if state.compareExchange(expected: .closed, desired: .asleep, ordering: .acquiringAndReleasing).exchanged {
        alarm.wait()
      }
    }
  }
}
