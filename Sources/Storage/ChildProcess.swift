import Foundation

/// Programs that do a part of the work, such as gnuplot and curl.
package enum ChildProcess {
  /// How one ended.
  package struct Outcome: Equatable, Sendable {
    /// 0 where all went well.
    package let status: Int32
    /// What it wrote to standard output.
    package let output: Data
    /// What it wrote to standard error, without white space around it.
    package let complaint: String
  }

  /// The file of a program on the path; nil where there is none.
  package static func file(of program: String) -> URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
      .map { URL(fileURLWithPath: String($0)).appendingPathComponent(program) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// Runs a program of the path and waits for its end.
  ///
  /// - Parameters:
  ///   - program: its name.
  ///   - arguments: what it is started with.
  ///   - text: what it reads on standard input.
  /// - Returns: how it ended; nil where there is no such program.
  /// - Throws: errors of the system.
  package static func run(_ program: String, _ arguments: [String], input text: Data = Data()) throws -> Outcome? {
    guard let file = file(of: program) else { return nil }
    let process = Process()
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.executableURL = file
    process.arguments = arguments
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
    try process.run()
    // Each pipe may be full while another is waited for.
    let complaint = Pending()
    DispatchQueue.global().async { write(text, to: input.fileHandleForWriting) }
    DispatchQueue.global().async { complaint.set(errors.fileHandleForReading.readDataToEndOfFile()) }
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: answer,
      complaint: String(decoding: complaint.get(), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Writes what may not be read to its end, which would otherwise end this program.
  private static func write(_ text: Data, to input: FileHandle) {
    var (broken, before) = (sigset_t(), sigset_t())
    sigemptyset(&broken)
    sigaddset(&broken, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &broken, &before)
    try? input.write(contentsOf: text)
    try? input.close()
    // The signal waits for this thread, where there was one.
    var atOnce = timespec()
    sigtimedwait(&broken, nil, &atOnce)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// What another thread reads.
  private final class Pending: @unchecked Sendable {
    private let isThere = DispatchSemaphore(value: 0)
    private var data = Data()

    func set(_ data: Data) {
      self.data = data
      isThere.signal()
    }

    func get() -> Data {
      isThere.wait()
      return data
    }
  }
}
