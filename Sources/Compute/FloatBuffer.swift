/// A block of Float aligned to 64 bytes, whose memory is reused by later blocks.
///
/// Its contents are undefined until written. Networks ask for the same sizes at every step, so after the first step
/// no memory is taken from the system, and peak memory stays flat.
///
/// The pointer is good while the buffer itself is held by a variable: a pointer taken from a temporary, or from an
/// element of an array in its last use, needs `withExtendedLifetime`.
public final class FloatBuffer: @unchecked Sendable {
  /// The first value.
  public let pointer: UnsafeMutablePointer<Float>
  /// How many values there are.
  public let count: Int

  /// A block of `count` values, undefined until written.
  public init(count: Int) {
    precondition(count >= 0, "buffer of \(count) values")
    self.count = count
    pointer = BufferPool.shared.take(count)
  }

  /// A block of `count` values, each `value`.
  public convenience init(repeating value: Float, count: Int) {
    self.init(count: count)
    pointer.update(repeating: value, count: count)
  }

  deinit {
    BufferPool.shared.give(back: pointer, count: count)
  }
}

extension FloatBuffer {
  /// Returns the memory of blocks no longer in use to the system, as between two models of different sizes.
  public static func releaseUnused() {
    BufferPool.shared.drain()
  }
}
