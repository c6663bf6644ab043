import Foundation

/// Draws figures with gnuplot.
enum Gnuplot {
  /// Okabe and Ito's eight colours, distinct for the colour-blind (Wong 2011, doi:10.1038/nmeth.1618).
  static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]

  /// Whether gnuplot can be run.
  static var isInstalled: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot")
    }
  }

  /// Runs a script, in which `output` is set already, and moves what it drew to `file`.
  ///
  /// - Throws: `HarnessError.figure` with gnuplot's own words.
  static func draw(_ script: String, terminal: String, to file: URL) throws {
    let aside = file.deletingLastPathComponent().appendingPathComponent(".\(file.lastPathComponent)")
    defer { try? FileManager.default.removeItem(at: aside) }
    let process = Process()
    let input = Pipe()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-"]
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let text = "set terminal \(terminal)\nset output \(quoted(aside.path))\n\(script)\nset output\n"
    // A script may be larger than a pipe holds, and gnuplot may complain meanwhile: read while writing.
    DispatchQueue.global().async {
      try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try? input.fileHandleForWriting.close()
    }
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, rename(aside.path, file.path) == 0 else {
      throw HarnessError.figure(file: file.path, reason: complaint)
    }
  }

  /// A text as gnuplot's single quotes take it: on one line, since the next would be a command.
  static func quoted(_ text: String) -> String {
    "'" + text.split(whereSeparator: \.isNewline).joined(separator: " ").replacingOccurrences(of: "'", with: "''") + "'"
  }
}
