import Foundation
import Storage
import Testing

@Suite("Child processes") struct ChildProcessTests {
  private let large = Data((0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 / 7) })

  @Test("More than pipes hold goes in and comes out, while the program complains as much")
  func pipes() throws {
    let all = try #require(
      try ChildProcess.run("sh", ["-c", "head -c 300000 /dev/zero | tr '\\0' x >&2; cat"], input: large))
    #expect(all.status == 0 && all.output == large)
    #expect(all.complaint == String(repeating: "x", count: 300_000))
  }

  @Test("A program that doesn't read what it is given ends neither this one nor the call")
  func unread() throws {
    for _ in 0..<20 { #expect(try ChildProcess.run("true", [], input: large)?.status == 0) }
  }

  @Test("Status and complaint are the program's own, and a program that isn't there is told from one that fails")
  func failures() throws {
    let failed = try #require(try ChildProcess.run("sh", ["-c", "echo ' no such thing ' >&2; exit 3"]))
    #expect(failed.status == 3 && failed.output.isEmpty && failed.complaint == "no such thing")
    #expect(try ChildProcess.run("no-such-program", []) == nil)
    #expect(ChildProcess.file(of: "no-such-program") == nil)
  }
}
