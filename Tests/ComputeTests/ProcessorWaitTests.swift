import Compute
import Foundation
import TestSupport
import Testing

@Suite("Waiting for a processor") struct ProcessorWaitTests {
  /// What threads ran and waited, as Linux tells it: nanoseconds and how often they ran.
  private func wait(_ threads: [String]) throws -> ProcessorWait? {
    try withTemporaryFolder { folder in
      for (number, text) in threads.enumerated() {
        let file = folder.appendingPathComponent("\(number)/schedstat")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return ProcessorWait(tasks: folder)
    }
  }

  @Test("The share is of the time in which threads had work, over all of them")
  func share() throws {
    let start = try wait(["1000 500 3\n"])
    // A thread that came later has all of its time since.
    let end = try #require(try wait(["4000 1000 9\n", "2000 500 2\n"]))
    #expect(end.share(since: start) == 1.0 / 6)
    #expect(end.share(since: end) == nil, "no work, no share")
    #expect(try #require(start).share(since: end) == nil, "threads that had waited ended")
    #expect(end.share(since: nil) == nil)
  }

  @Test("Where the system doesn't tell, nothing is known")
  func unknown() throws {
    #expect(try wait([]) == nil)
    #expect(try wait(["", "\n"]) == nil)
    #expect(ProcessorWait(tasks: URL(fileURLWithPath: "/nowhere")) == nil)
  }
}
