import Compute
import Foundation

/// Further processes of this program that take cells of the same experiment.
///
/// They stop where their input ends, so that none outlives the process that started them, however that ended.
package final class Workers {
  private let processes: [Process]
  private let inputs: [Pipe]

  /// Starts them.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - arguments: what each is started with, the program's name left out.
  /// - Throws: errors of the system.
  package init(count: Int, arguments: [String]) throws {
    guard let program = Bundle.main.executableURL else { preconditionFailure("a program without a file") }
    processes = (0..<count).map { _ in Process() }
    inputs = processes.map { _ in Pipe() }
    for (process, input) in zip(processes, inputs) {
      process.executableURL = program
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = FileHandle.nullDevice
      try process.run()
    }
  }

  /// Waits until all have ended by themselves.
  package func wait() {
    for process in processes { process.waitUntilExit() }
  }

  /// Lets them store what they have, and waits for them.
  package func stop() {
    for input in inputs { try? input.fileHandleForWriting.close() }
    wait()
  }
}

extension Interrupts {
  /// Asks the work to stop when standard input ends, as one of `Workers` does.
  package static func stopAtEndOfInput() {
    Thread.detachNewThread {
      while let data = try? FileHandle.standardInput.read(upToCount: 1), !data.isEmpty {}
      kill(getpid(), SIGTERM)
    }
  }
}
