/// A block of Float aligned to 64 bytes, whose memory is reused by later blocks.
///
/// Its contents are undefined until written. Networks ask for the same sizes at every step, so after the first step
/// no memory is taken from the system, and peak memory stays flat.
///
/// `span` and `mutableSpan` are checked: the compiler keeps the buffer for as long as they are used, and places beyond
/// the end trap. `pointer` is for kernels: it is good while the buffer itself is held by a variable; one taken from a
/// temporary, or from an element of an array in its last use, needs `withExtendedLifetime`.
package final class FloatBuffer: @unchecked Sendable {
  /// The first value.
  package let pointer: UnsafeMutablePointer<Float>
  /// How many values there are.
  package let count: Int

  /// A block of `count` values, undefined until written.
  package init(count: Int) {
    precondition(count >= 0, "buffer of \(count) values")
    self.count = count
    pointer = BufferPool.shared.take(count)
  }

  /// A block of `count` values, each `value`.
  package convenience init(repeating value: Float, count: Int) {
    self.init(count: count)
    pointer.update(repeating: value, count: count)
  }

  deinit {
    BufferPool.shared.give(back: pointer, count: count)
  }
}

extension FloatBuffer {
  /// The values, to read.
  package var span: Span<Float> {
    @_lifetime(borrow self)
    get {
      let values = UnsafeBufferPointer(start: pointer, count: count)
      return _overrideLifetime(values.span, borrowing: self)
    }
  }

  /// The values, to write, by whom no other thread disturbs.
  package var mutableSpan: MutableSpan<Float> {
    @_lifetime(borrow self)
    get {
      let values = UnsafeMutableBufferPointer(start: pointer, count: count)
      return _overrideLifetime(values.mutableSpan, borrowing: self)
    }
  }

  /// Returns the memory of blocks no longer in use to the system, as between two models of different sizes.
  package static func releaseUnused() {
    BufferPool.shared.drain()
  }
}
