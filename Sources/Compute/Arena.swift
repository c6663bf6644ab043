import Foundation

/// A range of addresses that large blocks are cut from; the system gives it memory where it is first written.
///
/// The smallest free range that fits is taken, the lowest of equal ones, and a block given back joins its free
/// neighbours. Linux is asked for huge pages: kernels that walk many planes at once would else miss a page at every step.
struct Arena: ~Copyable, @unchecked Sendable {
  static let alignment = 64

  /// Offsets and lengths of what is free, in bytes, in the order of addresses; no two of them touch.
  private var free: [(start: Int, length: Int)] = []
  private let base: UnsafeMutableRawPointer?
  private let capacity: Int
  /// Where what was ever handed out ends.
  private var touched = 0

  /// Reserves addresses for twice the memory of the machine, or half of that, and so on, as the system allows.
  init() {
    var capacity = Int(clamping: ProcessInfo.processInfo.physicalMemory) / Self.page * Self.page * 2
    var base: UnsafeMutableRawPointer?
    while base == nil, capacity >= 1 << 28 {
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
      let mapped = mmap(nil, capacity, PROT_READ | PROT_WRITE, flags, -1, 0)
      if mapped == MAP_FAILED { capacity = capacity / 2 / Self.page * Self.page } else { base = mapped }
    }
    (self.base, self.capacity) = (base, base == nil ? 0 : capacity)
    guard let base else { return }
    #if os(Linux)
      madvise(base, capacity, Int32(MADV_HUGEPAGE))
    #endif
    free = [(0, capacity)]
  }

  private static let page = 1 << 21

  /// A block of that many bytes; nil where none is free.
  mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let length = Self.rounded(bytes)
    var best: Int?
    for index in free.indices where free[index].length >= length {
      if let found = best, free[found].length <= free[index].length { continue }
      best = index
    }
    guard let best, let base else { return nil }
    let start = free[best].start
    if free[best].length == length {
      free.remove(at: best)
    } else {
      free[best] = (start + length, free[best].length - length)
    }
    touched = max(touched, start + length)
    return base + start
  }

  /// Takes a block back; false where it isn't one of the arena's.
  mutating func give(back pointer: UnsafeMutableRawPointer, _ bytes: Int) -> Bool {
    guard let base, pointer >= base, pointer < base + capacity else { return false }
    var (start, length) = (pointer - base, Self.rounded(bytes))
    // The first free range behind the block.
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle].start < start { low = middle + 1 } else { high = middle }
    }
    if low < free.count, free[low].start == start + length {
      length += free.remove(at: low).length
    }
    if low > 0, free[low - 1].start + free[low - 1].length == start {
      (start, length) = (free[low - 1].start, free[low - 1].length + length)
      free[low - 1] = (start, length)
    } else {
      free.insert((start, length), at: low)
    }
    return true
  }

  /// Returns the memory of what is free to the system.
  mutating func drain() {
    guard let base else { return }
    let page = Int(getpagesize())
    for range in free {
      let start = (range.start + page - 1) / page * page
      let end = min(range.start + range.length, touched) / page * page
      if start < end { madvise(base + start, end - start, Int32(MADV_DONTNEED)) }
    }
  }

  /// A cache line longer than asked: blocks whose lengths are powers of two would else all begin in the same sets of
  /// the cache.
  private static func rounded(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment + alignment }
}
