import Foundation

/// The memory of this process.
public enum ProcessMemory {
  /// The most that was resident at any time so far, in bytes.
  public static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // Linux counts in KiB.
    return usage.ru_maxrss * 1024
  }

  /// Starts `peakBytes` anew at what is resident now; where the system can't (Linux before 4.0), it goes on as it was.
  public static func resetPeak() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }
}
