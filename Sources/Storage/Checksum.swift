import Foundation

/// XXH64, a checksum of 64 bits that runs at the speed of memory (Collet, github.com/Cyan4973/xxHash,
/// doc/xxhash_spec.md). It finds damage; it is no protection against forgery.
package enum Checksum {
  private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5
  )

  /// The checksum of `bytes`. That of several pieces is chained: each is the next one's `seed`.
  package static func of(_ bytes: some ContiguousBytes, seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { of($0, seed: seed) }
  }

  /// The checksum of `data` as 16 hexadecimal digits, as names and records hold it.
  package static func digits(of data: Data) -> String { String(format: "%016lx", UInt(of(data))) }

  private static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    func word<Word: FixedWidthInteger>(_ place: Int, _ type: Word.Type) -> Word {
      Word(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
    }
    var place = 0
    var sum = seed &+ primes.4
    if bytes.count >= 32 {
      // Four chains that don't wait for each other.
      var (a, b) = (seed &+ primes.0 &+ primes.1, seed &+ primes.1)
      var (c, d) = (seed, seed &- primes.0)
      while place + 32 <= bytes.count {
        a = round(a, word(place, UInt64.self))
        b = round(b, word(place + 8, UInt64.self))
        c = round(c, word(place + 16, UInt64.self))
        d = round(d, word(place + 24, UInt64.self))
        place += 32
      }
      sum = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
      for chain in [a, b, c, d] { sum = (sum ^ round(0, chain)) &* primes.0 &+ primes.3 }
    }
    sum &+= UInt64(bytes.count)
    while place + 8 <= bytes.count {
      sum = rotated(sum ^ round(0, word(place, UInt64.self)), 27) &* primes.0 &+ primes.3
      place += 8
    }
    if place + 4 <= bytes.count {
      sum = rotated(sum ^ UInt64(word(place, UInt32.self)) &* primes.0, 23) &* primes.1 &+ primes.2
      place += 4
    }
    while place < bytes.count {
      sum = rotated(sum ^ UInt64(bytes[place]) &* primes.4, 11) &* primes.0
      place += 1
    }
    sum = (sum ^ sum >> 33) &* primes.1
    sum = (sum ^ sum >> 29) &* primes.2
    return sum ^ sum >> 32
  }

  private static func round(_ chain: UInt64, _ word: UInt64) -> UInt64 {
    rotated(chain &+ word &* primes.1, 31) &* primes.0
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
}
