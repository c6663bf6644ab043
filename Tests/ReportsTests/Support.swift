import Foundation
import Logging
import Reports
import Storage
import Testing

/// Says nothing.
let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The languages in which golden reports and notes are kept: those that are translated as a whole.
let goldenLanguages = [Language.english, .french]

/// Compares a text, line by line, with the golden one in `Fixtures/<name>`. `SEGBENCH_RECORD=1` writes that anew: read
/// what changed.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  if ProcessInfo.processInfo.environment["SEGBENCH_RECORD"] != nil {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    try Files.write(text, to: source.appendingPathComponent("Fixtures/\(name)"))
    return
  }
  let golden = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)")
  let expected = try String(contentsOf: golden, encoding: .utf8).split(
    separator: "\n", omittingEmptySubsequences: false)
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  for (line, other) in zip(lines, expected) where line != other {
    Issue.record("\(name): \(line)\nexpected: \(other)", sourceLocation: sourceLocation)
    break
  }
}
