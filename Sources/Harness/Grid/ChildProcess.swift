import Foundation

/// Programs that do a part of the work.
enum ChildProcess {
  /// What a program prints.
  ///
  /// - Throws: `HarnessError.refused` where it isn't found, and with what it says where it ends with another status than 0.
  static func output(of program: String, _ arguments: [String]) throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let files = folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent(program) }
    guard let file = files.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
      throw HarnessError.refused(program: program, reason: "it isn't on this machine")
    }
    let (process, output, errors) = (Process(), Pipe(), Pipe())
    process.executableURL = file
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    // What it says of an error is short: neither pipe fills up while the other is read.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let reason = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw HarnessError.refused(
        program: program, reason: reason.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return text
  }
}
