import Foundation
import Scenes
import TestSupport
import Testing

@Suite("JPEG files") struct JPEGTests {
  private static let folder =
    Bundle.module.resourceURL?.appendingPathComponent("Fixtures/jpeg_reading") ?? URL(fileURLWithPath: "")

  private static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "png" }.map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }()

  private static func file(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent("\(name).jpg"))
  }

  @Test("The fixtures are there")
  func fixtures() {
    #expect(Self.names.count == 21)
  }

  @Test("Pictures of every kind read, to the bit, as Pillow reads them and turns them upright", arguments: names)
  func pictures(name: String) throws {
    let expected = try PNG.picture(at: Self.folder.appendingPathComponent("\(name).png"))
    let data = try Self.file(name)
    #expect(try JPEG.picture(data, file: name) == expected)
    #expect(try JPEG.size(data, file: name) == PixelSize(width: expected.width, height: expected.height))
  }

  @Test("CMYK and YCCK are refused by name", arguments: ["cmyk", "ycck"])
  func cmyk(name: String) throws {
    let reason = "it is a \(name.uppercased()) JPEG; convert it to RGB first"
    #expect(throws: ScenesError.badPicture(file: name, reason: reason)) {
      try JPEG.picture(Self.file(name), file: name)
    }
  }

  @Test("Frames of 12 bits, lossless ones, and two channels are refused with the reason")
  func otherFrames() throws {
    let original = try Self.file("baseline_444")
    let frame = try #require(original.range(of: Data([0xFF, 0xC0]))).lowerBound
    // The marker, the depth, and the count of channels; libjpeg-turbo 3 has other words than 2 for the first two.
    for (offset, value) in [(1, UInt8(0xC3)), (4, 12), (9, 2)] {
      var bytes = original
      bytes[frame + offset] = value
      #expect(throws: ScenesError.self, "\(value) at \(offset)") { try JPEG.picture(bytes, file: "x") }
    }
  }

  @Test(
    "A file cut short at any byte is refused", arguments: ["baseline_420", "progressive_444", "restarts", "arithmetic"])
  func cut(name: String) throws {
    let original = try Self.file(name)
    for length in 0..<original.count {
      #expect(throws: ScenesError.self, "cut at \(length)") { try JPEG.picture(original.prefix(length), file: name) }
    }
  }

  @Test("A file with any byte changed is refused or read, never a crash", arguments: names)
  func damaged(name: String) throws {
    let original = try Self.file(name)
    for position in original.indices {
      var bytes = original
      bytes[position] ^= 0x55
      _ = try? JPEG.picture(bytes, file: name)
      _ = try? JPEG.size(bytes, file: name)
    }
  }

  @Test("Bytes that are out of step are an error where libjpeg only warns")
  func corrupt() throws {
    var bytes = try Self.file("restarts")
    let restart = try #require(bytes.range(of: Data([0xFF, 0xD1])))
    bytes.removeSubrange(restart)
    #expect(throws: ScenesError.self) { try JPEG.picture(bytes, file: "restarts") }
  }

  @Test(
    "A header that claims more pixels than the limit, or than its file can hold, is refused before memory is taken",
    arguments: [
      (UInt16(65_000), "it has 65000x65000 pixels, the limit is \(PNG.pixelLimit) in all"),
      (8000, "169 bytes can't hold the 8000x8000 pixels of its header"),
      (65_535, "Maximum supported image dimension is 65500 pixels"),
      (0, "Empty JPEG image (DNL not supported)"),
    ])
  func huge(side: UInt16, reason: String) throws {
    let file = Self.blank(side: side, scans: 3)
    let expected = ScenesError.badPicture(file: "x", reason: reason)
    #expect(throws: expected) { try JPEG.picture(file, file: "x") }
    #expect(throws: expected) { try JPEG.size(file, file: "x") }
  }

  @Test("A file of 100 scans is read, one of more is refused")
  func scans() throws {
    let picture = try JPEG.picture(Self.blank(side: 8, scans: 100), file: "scans")
    #expect(picture == Picture(width: 8, height: 8, colour: RGB(128, 128, 128)))
    #expect(throws: ScenesError.badPicture(file: "scans", reason: "it has more than 100 scans")) {
      try JPEG.picture(Self.blank(side: 8, scans: 101), file: "scans")
    }
  }

  @Test("Exif that is damaged, or names no orientation, leaves the picture as stored")
  func badExif() throws {
    let original = try Self.file("orientation_6")
    let stored = PixelSize(width: 27, height: 19)
    #expect(try JPEG.size(original, file: "x") == PixelSize(width: 19, height: 27))
    let start = try #require(original.range(of: Data("Exif".utf8))).lowerBound
    // The mark, byte order, number 42, the directory's place, the count of entries, and the tag's type, count and value.
    let damages: [(Int, [UInt8])] = [
      (0, [0x65]), (6, [0x4A]), (8, [0, 43]), (10, [0xFF, 0xFF, 0xFF, 0xFF]), (14, [0, 0]), (28, [1, 0x13]),
      (30, [0, 4]), (32, [0, 0, 0, 2]), (36, [0, 0]), (36, [0, 9]),
    ]
    for (offset, values) in damages {
      var bytes = original
      bytes.replaceSubrange(start + offset..<start + offset + values.count, with: values)
      #expect(try JPEG.size(bytes, file: "x") == stored, "at \(offset): \(values)")
    }
  }

  @Test("Exif cut short at any byte names the orientation or none")
  func cutExif() {
    let exif = Data([0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0])
    for length in 0...exif.count {
      #expect(Orientation(exif: exif.prefix(length)) == (length < 20 ? nil : .turnedRight), "cut at \(length)")
    }
  }

  /// A grey square of three channels that are stored one after the other, the first of them `scans` - 2 times.
  private static func blank(side: UInt16, scans: Int) -> Data {
    let extent = [UInt8(side >> 8), UInt8(truncatingIfNeeded: side)]
    var bytes: [UInt8] = [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
    bytes += segment(0xC0, [8] + extent + extent + [3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    // One code of one bit: no difference to the mean before, no frequencies.
    for table: UInt8 in [0, 0x10] { bytes += segment(0xC4, [table, 1] + [UInt8](repeating: 0, count: 15) + [0]) }
    for channel in [UInt8](repeating: 1, count: scans - 2) + [2, 3] {
      bytes += segment(0xDA, [1, channel, 0, 0, 63, 0]) + [0x3F]
    }
    return Data(bytes + [0xFF, 0xD9])
  }

  private static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8(truncatingIfNeeded: body.count + 2)] + body
  }
}
