import Compute
import Foundation
import TestSupport
import Testing

@Suite("Memory that is available") struct AvailableMemoryTests {
  private func available(_ files: [String: String]) throws -> Int? {
    try withTemporaryFolder { root in
      for (path, text) in files {
        let file = root.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return ProcessMemory.availableBytes(root: root)
    }
  }

  private let meminfo = "MemTotal:       24684084 kB\nMemFree:         1000000 kB\nMemAvailable:       2000 kB\n"

  @Test("Without control groups it is what the system says, and unknown without that")
  func system() throws {
    #expect(try available(["proc/meminfo": meminfo]) == 2_048_000)
    #expect(try available([:]) == nil)
  }

  @Test("A limit of the group or of one above counts, files that can go don't, and 'max' is none")
  func groups() throws {
    let limits = [
      "proc/meminfo": meminfo, "proc/self/cgroup": "0::/user/job\n", "sys/fs/cgroup/user/job/memory.max": "max\n",
      "sys/fs/cgroup/user/memory.max": "1000000\n", "sys/fs/cgroup/user/memory.current": "900000\n",
      "sys/fs/cgroup/user/memory.stat": "anon 1\ninactive_file 50000\n",
    ]
    #expect(try available(limits) == 150_000)
  }

  @Test("The first version of control groups counts too, also where the path is that of the host")
  func firstVersion() throws {
    let limits = [
      "proc/meminfo": meminfo, "proc/self/cgroup": "9:name=systemd:/\n4:memory:/docker/abc\n0::/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "700000\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "600000\n",
      "sys/fs/cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 20000\n",
    ]
    #expect(try available(limits) == 120_000)
  }
}
