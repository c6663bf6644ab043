import Exports
import Foundation
import Testing

/// The bytes are those of the examples of Protocol Buffers' own description of its encoding, where it has one.
@Suite("Protocol Buffers") struct ProtobufWriterTests {
  private func bytes(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    write(&writer)
    return Array(writer.data)
  }

  @Test("Numbers, texts, messages and packed fields have the bytes that the description of the encoding gives")
  func examples() {
    #expect(bytes { $0.integer(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.string(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.message(3) { $0.integer(1, 150) } } == [0x1a, 0x03, 0x08, 0x96, 0x01])
    #expect(
      bytes { $0.packed(6, integers: [3, 270, 86942]) } == [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
    #expect(bytes { $0.integer(1, -2) } == [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
  }

  @Test("Floating point numbers are written in order of significance, least first, and empty packed fields not at all")
  func fixedWidths() {
    #expect(bytes { $0.float(1, 1) } == [0x0d, 0, 0, 0x80, 0x3f])
    #expect(bytes { $0.double(16, -2) } == [0x81, 0x01, 0, 0, 0, 0, 0, 0, 0, 0xc0])
    #expect(bytes { $0.packed(2, floats: [1]) } == [0x12, 4, 0, 0, 0x80, 0x3f])
    #expect(bytes { $0.packed(2, floats: []) }.isEmpty)
    #expect(bytes { $0.packed(2, integers: []) }.isEmpty)
  }
}
