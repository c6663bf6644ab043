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

  @Test("A header that claims a huge picture is refused before memory is taken")
  func huge() throws {
    // A valid header chunk of 60000x60000 grey pixels.
    let header: [UInt8] = [0x49, 0x48, 0x44, 0x52, 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 0, 0, 0, 0]
    var bytes = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + header)
    let checksum = Self.crc(header)
    bytes.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
    bytes.append(contentsOf: [0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E])
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("huge.png")
      try bytes.write(to: file)
      #expect(
        throws: ScenesError.badPicture(
          file: file.path, reason: "it has 60000x60000 pixels, the limit is \(PNG.pixelLimit) in all")
      ) { try PNG.picture(at: file) }
    }
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
