/// The three colours of a pixel in one word, 16 bits each, so that they are weighed by one multiplication.
struct PixelWord {
  /// Red, blue and green, from the lowest bits up.
  private var bits: UInt64

  @inline(__always)
  private init(bits: UInt64) { self.bits = bits }

  /// The pixel whose three bytes begin at `source`.
  @inline(__always)
  init(_ source: Bytes) {
    let low = UInt64(UInt16(littleEndian: UnsafeRawPointer(source).loadUnaligned(as: UInt16.self)))
    let bytes = low | UInt64(source[2]) &<< 16
    bits = (bytes | bytes &<< 24) & 0x00FF_00FF_00FF
  }

  /// a (256 - share) / 256 + b share / 256, rounded.
  @inline(__always)
  static func mixed(_ a: PixelWord, _ b: PixelWord, share: UInt64) -> PixelWord {
    let sum = a.bits &* (256 &- share) &+ b.bits &* share &+ 0x0080_0080_0080
    return PixelWord(bits: sum &>> 8 & 0x00FF_00FF_00FF)
  }

  /// Writes the three bytes.
  @inline(__always)
  func store(to target: MutableBytes) {
    let bytes = bits | bits &>> 24
    UnsafeMutableRawPointer(target).storeBytes(of: UInt16(truncatingIfNeeded: bytes).littleEndian, as: UInt16.self)
    target[2] = UInt8(truncatingIfNeeded: bytes &>> 16)
  }

  /// The bilinear mean of four neighbours at shares in 1/16 of a pixel.
  @inline(__always)
  static func bilinear(_ source: Bytes, stride: Int, x: UInt64, y: UInt64) -> PixelWord {
    let (left, top) = (16 &- x, 16 &- y)
    let upper = PixelWord(source).bits &* (left &* top) &+ PixelWord(source + 3).bits &* (x &* top)
    let lower = PixelWord(source + stride).bits &* (left &* y) &+ PixelWord(source + stride + 3).bits &* (x &* y)
    return PixelWord(bits: (upper &+ lower &+ 0x0080_0080_0080) &>> 8 & 0x00FF_00FF_00FF)
  }
}
