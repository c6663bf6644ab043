import Foundation

/// The memory of this process.
enum ProcessMemory {
  /// The most that was resident at any time, in GiB.
  static var peakGiB: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // Linux counts in KiB.
    return Double(usage.ru_maxrss) / 0x1p20
  }
}
