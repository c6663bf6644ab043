import Foundation
import Storage
import TestSupport
import Testing

@Suite("SafeTensors files") struct SafeTensorsTests {
  private let sample = SafeTensors(
    metadata: ["network": "unet-mini"],
    arrays: [
      "weight": .init(.float32, shape: [2, 3], values: [1, 2, 3, 4, 5, 6] as [Float]),
      "child": .init(.int32, shape: [2], values: [-1, 7] as [Int32]),
      "empty": .init(.uint8, shape: [0], values: [] as [UInt8]),
    ])

  @Test("What is written reads back, and equal contents give equal bytes")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.safetensors")
      try sample.write(to: file)
      let read = try SafeTensors(contentsOf: file)
      #expect(read == sample)
      #expect(try read.encoded() == sample.encoded())
      #expect(read.arrays["weight"]?.values(Float.self, as: .float32) == [1, 2, 3, 4, 5, 6])
      #expect(read.arrays["weight"]?.values(Int32.self, as: .int32) == nil)
    }
  }

  @Test("The header is the format's own")
  func layout() throws {
    let bytes = try SafeTensors(arrays: ["a": .init(.uint8, shape: [2], values: [8, 9] as [UInt8])]).encoded()
    let header = #"{"a":{"data_offsets":[0,2],"dtype":"U8","shape":[2]}}"#
    #expect(bytes.prefix(8) == Data([UInt8(header.count + 3), 0, 0, 0, 0, 0, 0, 0]))
    #expect(String(decoding: bytes[8..<8 + header.count], as: UTF8.self) == header)
    #expect(bytes.suffix(2) == Data([8, 9]))
  }

  @Test("A file with any byte changed is refused, or says the same")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("damaged")
      try sample.write(to: file)
      let bytes = try Data(contentsOf: file)
      #expect(String(decoding: bytes, as: UTF8.self).contains("segbench.xxh64"))
      for index in bytes.indices {
        var changed = bytes
        changed[index] ^= 1
        try changed.write(to: file)
        guard let read = try? SafeTensors(contentsOf: file) else { continue }
        // Without its key a checksum is a text like others.
        #expect(read.arrays == sample.arrays && read.metadata["network"] == "unet-mini", "byte \(index)")
      }
    }
  }

  @Test("A file without a checksum, as other programs write it, is read")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("foreign")
      try sample.encoded().write(to: file)
      #expect(try SafeTensors(contentsOf: file) == sample)
    }
  }

  @Test("Metadata may have any keys, those of an array among them, and an array the name of any of these")
  func metadataKeys() throws {
    let stored = SafeTensors(
      metadata: ["dtype": "float16", "shape": "[1]", "data_offsets": "none", "": "empty"],
      arrays: ["dtype": .init(.uint8, shape: [1], values: [3] as [UInt8])])
    #expect(try SafeTensors(stored.encoded(), file: "x") == stored)
    let header = #"{"__metadata__":{"dtype":"BF16"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let bytes = Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + header.utf8 + [0, 0, 128, 63]
    let read = try SafeTensors(bytes, file: "x")
    #expect(read.metadata == ["dtype": "BF16"] && read.arrays["a"]?.floats == [1])
  }

  @Test("Halves are read to the bit, whatever they are")
  func halves() throws {
    let all = (0...UInt16.max).map { $0 }
    let stored = SafeTensors(arrays: [
      "half": .init(.float16, shape: [1 << 16], values: all),
      "brain": .init(.bfloat16, shape: [256, 256], values: all),
    ])
    let read = try SafeTensors(stored.encoded(), file: "x")
    #expect(read == stored)
    let halves = try #require(read.arrays["half"]?.floats)
    let brains = try #require(read.arrays["brain"]?.floats)
    #expect(zip(halves, all).allSatisfy { $0.bitPattern == Self.value(half: $1).bitPattern })
    #expect(zip(brains, all).allSatisfy { $0.bitPattern == UInt32($1) << 16 })
    // By the tables of the formats: 1, -2, 65504, the smallest subnormal, 1/3 rounded.
    #expect([0x3C00, 0xC000, 0x7BFF, 0x0001, 0x3555].map { halves[$0] } == [1, -2, 65504, 0x1p-24, 0.333251953125])
    #expect([0x3F80, 0xC000, 0x4049].map { brains[$0] } == [1, -2, 3.140625])
  }

  /// sign * 2^(exponent - 15) * (1 + fraction / 1024), as IEEE 754 has it.
  private static func value(half bits: UInt16) -> Float {
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023) / 1024)
    let sign: FloatingPointSign = bits >> 15 == 0 ? .plus : .minus
    switch exponent {
    case 0: return Float(sign: sign, exponent: -14, significand: fraction)
    case 31:
      guard fraction == 0 else {
        return Float(bitPattern: UInt32(bits & 0x8000) << 16 | 0x7F80_0000 | UInt32(bits & 1023) << 13)
      }
      return sign == .plus ? .infinity : -.infinity
    default: return Float(sign: sign, exponent: exponent - 15, significand: 1 + fraction)
    }
  }

  @Test("Every type of the format that takes whole bytes is carried, floating ones as Float too")
  func elements() throws {
    for element in SafeTensors.Array.Element.allCases {
      let json = #"{"a":{"dtype":"\#(element.rawValue)","shape":[2],"data_offsets":[0,\#(2 * element.size)]}}"#
      let header = Data([UInt8(json.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + json.utf8
      let array = try #require(SafeTensors(header + Data(count: 2 * element.size), file: "x").arrays["a"])
      #expect(array.element == element && array.bytes.count == 2 * element.size)
      #expect((array.floats != nil) == [.float32, .float64, .float16, .bfloat16].contains(element))
    }
    let doubles = SafeTensors.Array(.float64, shape: [2], values: [0.1, -3] as [Double])
    #expect(doubles.floats == [0.1, -3])
  }

  @Test("A file cut short at any byte is refused")
  func cutShort() throws {
    let bytes = try sample.encoded()
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("cut")
      for length in 0..<bytes.count {
        try Files.write(Data(bytes.prefix(length)), to: file)
        #expect(throws: StorageError.self) { try SafeTensors(contentsOf: file) }
      }
    }
  }

  @Test(
    "Headers that lie are refused",
    arguments: [
      #"{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[]}}"#, "[]", "{", "{\"__metadata__\":{\"a\":1}}",
      // Bytes that belong to no array, to two, or to none in the middle; metadata under another name.
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, "{}",
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"c":"d"}}"#,
      String(repeating: "[", count: 100),
    ])
  func lies(header: String) throws {
    let bytes = Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + header.utf8 + [0, 0, 128, 63]
    #expect(throws: StorageError.self) { try SafeTensors(bytes, file: "lie") }
  }
}
