import Foundation
import Storage
import Testing

/// Compares a text, line by line, with the golden one in `Fixtures/<name>`. `SEGBENCH_RECORD=1` writes that anew: read
/// what changed.
///
/// - Parameters:
///   - text: what was made.
///   - name: the file's path below the fixtures.
///   - bundle: the tests' own.
///   - testFile: a file of the tests, beside whose folder the fixtures lie.
///   - sourceLocation: the caller's place.
package func expectGolden(
  _ text: String, _ name: String, in bundle: Bundle, of testFile: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if ProcessInfo.processInfo.environment["SEGBENCH_RECORD"] != nil {
    let source = URL(fileURLWithPath: testFile).deletingLastPathComponent()
    try Files.write(text, to: source.appendingPathComponent("Fixtures/\(name)"))
    return
  }
  let golden = try #require(bundle.resourceURL).appendingPathComponent("Fixtures/\(name)")
  let expected = try String(contentsOf: golden, encoding: .utf8).split(
    separator: "\n", omittingEmptySubsequences: false)
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  for (line, other) in zip(lines, expected) where line != other {
    Issue.record("\(name): \(line)\nexpected: \(other)", sourceLocation: sourceLocation)
    break
  }
}
