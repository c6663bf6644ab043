import Foundation

/// Memory of blocks of Float that were given back, for the next ones.
///
/// Large blocks share one arena, where neighbours that are free join, so that memory follows what is held at the same
/// time, whatever the sizes. Small ones, of which there are few sizes and many requests, wait in lists by size.
final class BufferPool: Sendable {
  static let shared = BufferPool()

  private struct Block: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
  }
  /// From how many bytes on a block is large.
  private static let largeBytes = 1 << 18
  private let small = Locked<[Int: [Block]]>([:])
  private let arena = Locked(Arena())
  /// Under AddressSanitizer every block is the system's own, so that it sees what is used beyond a block or after it.
  private let keepsBlocks = dlsym(dlopen(nil, RTLD_NOW), "__asan_init") == nil

  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(1, count) * MemoryLayout<Float>.size
    if keepsBlocks, bytes >= Self.largeBytes, let block = arena.withLock({ $0.take(bytes) }) {
      return block.bindMemory(to: Float.self, capacity: count)
    }
    if let block = small.withLock({ $0[count]?.popLast() }) { return block.pointer }
    return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Arena.alignment)
      .bindMemory(to: Float.self, capacity: count)
  }

  func give(back pointer: UnsafeMutablePointer<Float>, count: Int) {
    guard keepsBlocks else {
      pointer.deallocate()
      return
    }
    let block = Block(pointer: pointer)
    let bytes = max(1, count) * MemoryLayout<Float>.size
    if bytes >= Self.largeBytes, arena.withLock({ $0.give(back: block.pointer, bytes) }) { return }
    small.withLock { $0[count, default: []].append(block) }
  }

  /// Returns all free blocks to the system, as between two models of different sizes.
  func drain() {
    let blocks = small.withLock { lists in
      let all = lists.values.flatMap { $0 }
      lists = [:]
      return all
    }
    for block in blocks { block.pointer.deallocate() }
    arena.withLock { $0.drain() }
  }
}
