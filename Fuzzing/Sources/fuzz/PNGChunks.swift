import Foundation

/// PNG files as the sequence of chunks that they are.
enum PNGChunks {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The file with the right signature, and the right checksum after every chunk.
  static func mended(_ data: Data) -> Data {
    var bytes = signature + data.dropFirst(8)
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { break }
      bytes.replaceSubrange(end..<end + 4, with: bigEndian(checksum(bytes[start + 4..<end])))
      start = end + 4
    }
    return Data(bytes)
  }

  /// A picture of 2x2 for every colour type, depth and interlacing, with a chunk of each kind that libpng knows.
  static var modes: [Data] {
    let types: [(UInt8, [UInt8], Int)] = [
      (0, [1, 2, 4, 8, 16], 1), (2, [8, 16], 3), (3, [1, 2, 4, 8], 1), (4, [8, 16], 2), (6, [8, 16], 4),
    ]
    return types.flatMap { colour, depths, channels in
      depths.flatMap { depth in
        [UInt8(0), 1].map { interlace in
          let row = 1 + (2 * channels * Int(depth) + 7) / 8
          let pixels = [UInt8](repeating: 1, count: row * 4)
          // Stored without compression: 1, the length and its complement, the bytes, Adler's checksum.
          var stream: [UInt8] = [0x78, 1, 1, UInt8(pixels.count), 0, ~UInt8(pixels.count), 0xFF] + pixels
          stream += bigEndian(adler(pixels))
          var file = signature + chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 2, depth, colour, 0, 0, interlace])
          file += chunk("gAMA", [0, 0, 0xB1, 0x8F]) + chunk("tEXt", [65, 0, 66])
          if colour == 3 { file += chunk("PLTE", [1, 2, 3, 4, 5, 6]) + chunk("tRNS", [7]) }
          return Data(file + chunk("IDAT", stream) + chunk("IEND", []))
        }
      }
    }
  }

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    bigEndian(UInt32(body.count)) + type.utf8 + body + bigEndian(checksum((type.utf8 + body)[...]))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (a, b) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let a = (sums.0 + UInt32(byte)) % 65521
      return (a, (sums.1 + a) % 65521)
    }
    return b << 16 | a
  }
}
