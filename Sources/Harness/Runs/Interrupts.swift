import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first asks the work to stop at its next safe place, the second ends the program at once.
///
/// Files are written aside and renamed, so that even the second loses nothing but the work since the last epoch.
public enum Interrupts {
  private static let requested = Atomic<Bool>(false)
  nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

  /// Whether the user asked to stop.
  public static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Starts to listen; called once, by the program.
  public static func listen() {
    for signal in [SIGINT, SIGTERM] {
      Foundation.signal(signal, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: signal, queue: .global(qos: .userInitiated))
      source.setEventHandler {
        if requested.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted.rawValue) }
        FileHandle.standardError.write(Data("\nstopping at the next safe place; again to stop at once\n".utf8))
      }
      source.resume()
      sources.append(source)
    }
  }

  /// Throws where the user asked to stop.
  static func check() throws {
    if isRequested { throw HarnessError.interrupted(next: "the same command goes on from here") }
  }
}
