import Foundation

/// The start of a PNG file that is well-formed so far, and promises 60,000 x 60,000 pixels: 10 GiB of RGB.
package let pngBomb: Data = {
  let header: [UInt8] = Array("IHDR".utf8) + bigEndian(60_000) + bigEndian(60_000) + [8, 2, 0, 0, 0]
  let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  var bytes = signature + bigEndian(13) + header
  bytes += bigEndian(checksum(header))
  bytes += bigEndian(0) + Array("IDAT".utf8)
  bytes += bigEndian(checksum(Array("IDAT".utf8)))
  return Data(bytes)
}()

private func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

/// CRC-32 (ISO 3309), bit by bit.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var sum = ~UInt32(0)
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
  }
  return ~sum
}
