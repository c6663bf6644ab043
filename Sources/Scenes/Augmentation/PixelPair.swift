/// Interpolates between neighbouring pixels of three bytes, all colours at once in the 16-bit fields of 64-bit words.
///
/// A word holds two neighbours as R0 G0 B0 R1 G1 B1 and two foreign bytes. Its even bytes (R0, B0, G1) and its odd ones
/// (G0, R1, B1) are weighed apart; then R0 meets R1 and B0 meets B1 one field on, and G0 meets G1 two fields on.
struct PixelPair {
  private var even, odd: UInt64
  private static let mask: UInt64 = 0x00FF_00FF_00FF

  /// The pixel at `source` and the next; reads eight bytes.
  @inline(__always)
  init(_ source: Bytes) {
    let word = UInt64(littleEndian: UnsafeRawPointer(source).loadUnaligned(as: UInt64.self))
    (even, odd) = (word & Self.mask, word &>> 8 & Self.mask)
  }

  @inline(__always)
  private init(even: UInt64, odd: UInt64) { (self.even, self.odd) = (even, odd) }

  /// 16 times the pair between this one and the one `below`, at a share of y/16.
  @inline(__always)
  func mixed(_ below: PixelPair, y: UInt64) -> PixelPair {
    PixelPair(even: even &* (16 &- y) &+ below.even &* y, odd: odd &* (16 &- y) &+ below.odd &* y)
  }

  /// The pixel between the two at a share of x/16, as its three bytes; 1/256 of the fields, rounded.
  @inline(__always)
  func pixel(x: UInt64) -> UInt32 {
    let redBlue = even &* (16 &- x) &+ (odd &>> 16) &* x &+ 0x0080_0080
    let green = odd &* (16 &- x) &+ (even &>> 32) &* x &+ 0x80
    return UInt32(truncatingIfNeeded: (redBlue &>> 8 & 0xFF_00FF) | (green & 0xFF00))
  }
}

/// Writes the three low bytes of `pixel`.
@inline(__always)
func store(_ pixel: UInt32, to target: MutableBytes) {
  UnsafeMutableRawPointer(target).storeBytes(of: UInt16(truncatingIfNeeded: pixel).littleEndian, as: UInt16.self)
  target[2] = UInt8(truncatingIfNeeded: pixel &>> 16)
}
