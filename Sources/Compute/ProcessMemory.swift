import CMalloc
import Foundation

/// The memory of this process.
package enum ProcessMemory {
  /// The most that was resident at any time so far, in bytes.
  package static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // Linux counts in KiB.
    return usage.ru_maxrss * 1024
  }

  /// Starts `peakBytes` anew at what is resident now; where the system can't (Linux before 4.0), it goes on as it was.
  package static func resetPeak() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  /// Makes the C library hand blocks of 64 KiB and more back to the system as they are freed, and threads share one heap.
  ///
  /// By itself it keeps ever larger blocks, in a heap of each thread: what a training of fifty epochs held crept up by 8 %.
  package static func returnFreedBlocks() {
    mallopt(M_ARENA_MAX, 1)
    mallopt(M_MMAP_THRESHOLD, 1 << 16)
  }

  /// How many bytes can still be taken without swapping: what the system says is available, or what the limits of the
  /// process' control groups leave, whichever is less. Nil where the system doesn't tell.
  package static var availableBytes: Int? { availableBytes(root: URL(fileURLWithPath: "/")) }

  /// The same, of the system whose `/proc` and `/sys` lie in `root`.
  package static func availableBytes(root: URL) -> Int? {
    func text(_ path: String) -> String? { try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }
    let system = text("proc/meminfo").flatMap { field("MemAvailable:", of: $0) }.map { $0 * 1024 }
    let groups = (text("proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [Int] in
      // Hierarchy, its controllers, path: version 2 is hierarchy 0 and has no controllers here.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let isFirstVersion = parts[1].split(separator: ",").contains("memory")
      guard isFirstVersion || parts[1].isEmpty else { return [] }
      let (limit, used) =
        isFirstVersion ? ("memory.limit_in_bytes", "memory.usage_in_bytes") : ("memory.max", "memory.current")
      // A limit of any group above holds too; inside a container the path may be that of the host, and missing.
      var path = parts[2].split(separator: "/")
      var left: [Int] = []
      while true {
        let folder = ["sys/fs/cgroup"] + (isFirstVersion ? ["memory"] : []) + path.map(String.init)
        let base = folder.joined(separator: "/")
        if let limit = text("\(base)/\(limit)").flatMap(number), let used = text("\(base)/\(used)").flatMap(number) {
          // Pages of files count as used, but go where memory is wanted.
          let statistics = text("\(base)/memory.stat") ?? ""
          let files = field("total_inactive_file", of: statistics) ?? field("inactive_file", of: statistics) ?? 0
          left.append(max(0, limit - used + files))
        }
        if path.popLast() == nil { return left }
      }
    }
    return ([system].compactMap { $0 } + groups).min()
  }

  /// A number alone on its line; `max` is none.
  private static func number(_ text: String) -> Int? { Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) }

  /// The number after a name in lines of names and numbers.
  private static func field(_ name: String, of text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count >= 2, words[0] == name { return Int(words[1]) }
    }
    return nil
  }
}
