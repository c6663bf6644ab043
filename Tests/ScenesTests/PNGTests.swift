import Compute
import Foundation
import Scenes
import TestSupport
import Testing

@Suite("PNG files") struct PNGTests {
  private struct Values: Decodable {
    let width, height: Int
    let rgb: [UInt8]?
    let indices: [UInt16]?
  }

  private static let folder =
    Bundle.module.resourceURL?.appendingPathComponent("Fixtures/png") ?? URL(fileURLWithPath: "")

  private static let values: [String: Values] = {
    let data = (try? Data(contentsOf: folder.appendingPathComponent("values.json"))) ?? Data()
    return (try? JSONDecoder().decode([String: Values].self, from: data)) ?? [:]
  }()

  @Test("The fixtures are there")
  func fixtures() {
    #expect(Self.values.count == 15)
  }

  @Test("Pictures of every mode read as the RGB that was written", arguments: values.keys.sorted())
  func pictures(name: String) throws {
    let expected = try #require(Self.values[name])
    let picture = try PNG.picture(at: Self.folder.appendingPathComponent("\(name).png"))
    #expect(picture.width == expected.width && picture.height == expected.height)
    #expect(picture.pixels == expected.rgb)
  }

  @Test("Grey and palette files read as raw values, colour files are refused", arguments: values.keys.sorted())
  func indices(name: String) throws {
    let file = Self.folder.appendingPathComponent("\(name).png")
    guard let expected = try #require(Self.values[name]).indices else {
      #expect(
        throws: ScenesError.badPicture(file: file.path, reason: "it is a colour picture, expected grey or palette")
      ) {
        try PNG.instances(at: file)
      }
      return
    }
    #expect(try PNG.instances(at: file).ids == expected)
    if expected.allSatisfy({ $0 < 256 }) {
      #expect(try PNG.labels(at: file).labels == expected.map(UInt8.init))
    } else {
      #expect(throws: ScenesError.self) { try PNG.labels(at: file) }
    }
  }

  @Test("Pictures, labels and instances survive writing")
  func roundTrip() throws {
    var random = RandomStream(seed: 1)
    let picture = Picture(width: 9, height: 4, pixels: (0..<108).map { _ in UInt8(random.integer(below: 256)) })
    let labels = LabelMap(width: 9, height: 4, labels: (0..<36).map { _ in UInt8(random.integer(below: 256)) })
    let instances = InstanceMap(width: 9, height: 4, ids: (0..<36).map { _ in UInt16(random.integer(below: 65_536)) })
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.png")
      try PNG.write(picture, to: file)
      #expect(try PNG.picture(at: file) == picture)
      try PNG.write(labels, to: file)
      #expect(try PNG.labels(at: file) == labels)
      try PNG.write(instances, to: file)
      #expect(try PNG.instances(at: file) == instances)
    }
  }

  @Test("A file cut short at any byte, or with any byte changed, is refused or read, never a crash")
  func damaged() throws {
    let original = try Data(contentsOf: Self.folder.appendingPathComponent("palette.png"))
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("damaged.png")
      for length in 0..<original.count - 12 {
        try original.prefix(length).write(to: file)
        #expect(throws: ScenesError.self, "cut at \(length)") { try PNG.picture(at: file) }
      }
      for position in original.indices {
        var bytes = original
        bytes[position] ^= 0x55
        try bytes.write(to: file)
        _ = try? PNG.picture(at: file)
        _ = try? PNG.labels(at: file)
      }
    }
  }

  @Test(
    "A header that claims more pixels than the limit, or than its file can hold, is refused before memory is taken",
    arguments: [
      (UInt16(60_000), "it has 60000x60000 pixels, the limit is \(PNG.pixelLimit) in all"),
      (8000, "57 bytes can't hold the 8000x8000 pixels of its header"),
    ])
  func huge(side: UInt16, reason: String) throws {
    let extent: [UInt8] = [0, 0, UInt8(side >> 8), UInt8(truncatingIfNeeded: side)]
    let bytes = Self.signature + Self.chunk("IHDR", extent + extent + [8, 0, 0, 0, 0]) + Self.chunk("IDAT", [])
    #expect(throws: ScenesError.badPicture(file: "huge.png", reason: reason)) {
      try PNG.picture(Data(bytes + Self.chunk("IEND", [])), file: "huge.png")
    }
  }

  @Test("Chunks that no pixel depends on are skipped, whatever they hold")
  func skippedChunks() throws {
    let original = try Data(contentsOf: Self.folder.appendingPathComponent("palette.png"))
    let expected = try PNG.picture(original, file: "palette")
    // A text that claims to be compressed and isn't; a palette of suggested colours cut short; a gamma of zero.
    let chunks = Self.chunk("zTXt", [65, 0, 0, 1, 2, 3]) + Self.chunk("sPLT", [65]) + Self.chunk("gAMA", [0, 0, 0, 0])
    let header = 8 + 25
    let bytes = original.prefix(header) + chunks + original.dropFirst(header)
    #expect(try PNG.picture(bytes, file: "palette") == expected)
  }

  @Test("A pixel's chunk with a wrong checksum is refused")
  func wrongChecksum() throws {
    var bytes = try Data(contentsOf: Self.folder.appendingPathComponent("rgb.png"))
    // The last byte of the checksum of IDAT, before the 12 bytes of IEND.
    bytes[bytes.count - 13] ^= 1
    #expect(throws: ScenesError.self) { try PNG.picture(bytes, file: "rgb") }
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    return bigEndian(UInt32(body.count)) + type.utf8 + body + bigEndian(crc(type.utf8 + body))
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
