import Foundation

/// How long the threads of this process ran, and how long they were ready to and waited for a processor that had other work.
package struct ProcessorWait {
  /// The share from which on times tell of other work, too.
  package static let busyShare = 0.1

  private let ran, waited: Double

  /// Up to now; nil where the system doesn't tell (Linux does, unless it was built without `CONFIG_SCHED_INFO`).
  package static var now: ProcessorWait? { ProcessorWait(tasks: URL(fileURLWithPath: "/proc/self/task")) }

  /// The same, of the process whose threads have their folders in `tasks`.
  package init?(tasks: URL) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: tasks.path) else { return nil }
    // Nanoseconds run, nanoseconds waited, times run. A thread may end while it is looked at.
    let threads = names.compactMap { name -> [Double]? in
      let text = try? String(contentsOf: tasks.appendingPathComponent("\(name)/schedstat"), encoding: .utf8)
      let values = text?.split(whereSeparator: \.isWhitespace).compactMap { Double($0) } ?? []
      return values.count < 2 ? nil : values
    }
    guard !threads.isEmpty else { return nil }
    (ran, waited) = (threads.reduce(0) { $0 + $1[0] }, threads.reduce(0) { $0 + $1[1] })
  }

  /// The share of the time since `start` that threads waited, of that in which they had work: 0 on a machine that does
  /// nothing else, about a half beside as much other work. Nil where there was none, or threads that had waited ended.
  package func share(since start: ProcessorWait?) -> Double? {
    guard let start else { return nil }
    let (ran, waited) = (ran - start.ran, waited - start.waited)
    guard ran > 0, waited >= 0 else { return nil }
    return waited / (ran + waited)
  }
}
