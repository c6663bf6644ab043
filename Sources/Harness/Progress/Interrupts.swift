import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first asks the work to stop after the step that it is in, and to store what it has; the
/// second ends the program at once.
///
/// Files are written aside and renamed, so that even the second loses nothing but the work since the last checkpoint.
package enum Interrupts {
  private static let requested = Atomic<Bool>(false)
  private static let nothingToStore = Atomic<Bool>(false)
  nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []
  /// Whether another rank tells the user what happens.
  static let isSilent = Atomic<Bool>(false)
  package static let next = "the same command goes on from here"

  /// Whether the user asked to stop.
  package static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Starts to listen; called once, by the program.
  package static func listen() {
    for signal in [SIGINT, SIGTERM] {
      Foundation.signal(signal, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: signal, queue: .global(qos: .userInitiated))
      source.setEventHandler { handle() }
      source.resume()
      sources.append(source)
    }
  }

  private static func handle() {
    if requested.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted.rawValue) }
    if nothingToStore.load(ordering: .relaxed) {
      say("segbench: stopped; \(next)")
      _exit(ExitStatus.interrupted.rawValue)
    }
    say("stopping after this step; again to stop at once")
  }

  private static func say(_ text: String) {
    if !isSilent.load(ordering: .relaxed) { Terminal.say(text) }
  }

  /// Throws where the user asked to stop; `next` tells how to go on.
  package static func check(next: String = Interrupts.next) throws {
    if isRequested { throw HarnessError.interrupted(next: next) }
  }

  /// Waits for half a second or longer, as between two looks at what another process does.
  package static func pause(seconds: Double = 0.5) throws {
    for _ in 0..<Int(10 * seconds) {
      try check()
      usleep(100_000)
    }
  }

  /// Does work that leaves nothing to go on from, such as a classifier's fit: the first signal ends it at once.
  static func stoppingAtOnce<Result>(_ work: () throws -> Result) throws -> Result {
    try check()
    nothingToStore.store(true, ordering: .relaxed)
    defer { nothingToStore.store(false, ordering: .relaxed) }
    let result = try work()
    try check()
    return result
  }
}
