/// Interpolates between four neighbouring pixels of three bytes, all colours at once in eight fields of 16 bits.
///
/// Bytes 0, 2, 4 of a pixel's address (red, blue, and a foreign one) and bytes 1, 3, 5 (green, and foreign ones) are
/// taken apart by a mask, so that fields have room for products; fields with foreign bytes are computed and dropped.
enum PixelQuad {
  /// Weights, in 1/256, of the four at shares of x/16 and y/16, at 4 (16 y + x): here, right, below, below right.
  static let weights: [SIMD8<UInt16>] = (0..<256).flatMap { index -> [SIMD8<UInt16>] in
    let (x, y) = (UInt16(index % 16), UInt16(index / 16))
    return [(16 - x) * (16 - y), x * (16 - y), (16 - x) * y, x * y].map { SIMD8(repeating: $0) }
  }

  /// The mean of the pixels at `source`, right of it, and below both, by four weights; as the three bytes of a pixel.
  /// Reads twelve bytes from each row.
  @inline(__always)
  static func mean(_ source: Bytes, stride: Int, weights: UnsafePointer<SIMD8<UInt16>>) -> UInt32 {
    let below = source + stride
    let upper = fields(source) &* weights[0] &+ fields(source + 3) &* weights[1]
    let lower = fields(below) &* weights[2] &+ fields(below + 3) &* weights[3]
    let sum = (upper &+ lower &+ SIMD8(repeating: 128)) &>> SIMD8(repeating: 8)
    let words = unsafeBitCast(sum, to: SIMD2<UInt64>.self)
    return UInt32(truncatingIfNeeded: (words[0] & 0xFF_00FF) | (words[1] & 0xFF) &<< 8)
  }

  @inline(__always)
  private static func fields(_ source: Bytes) -> SIMD8<UInt16> {
    let bytes = UnsafeRawPointer(source)
    let words = SIMD2(
      UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self)))
    return unsafeBitCast(words & SIMD2(repeating: 0x00FF_00FF_00FF_00FF), to: SIMD8<UInt16>.self)
  }

  /// Writes the three low bytes of `pixel`.
  @inline(__always)
  static func store(_ pixel: UInt32, to target: MutableBytes) {
    UnsafeMutableRawPointer(target).storeBytes(of: UInt16(truncatingIfNeeded: pixel).littleEndian, as: UInt16.self)
    target[2] = UInt8(truncatingIfNeeded: pixel &>> 16)
  }
}
