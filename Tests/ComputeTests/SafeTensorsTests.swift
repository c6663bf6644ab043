import Compute
import Foundation
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

  @Test("A file cut short at any byte is refused")
  func cutShort() throws {
    let bytes = try sample.encoded()
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("cut")
      for length in 0..<bytes.count {
        try Files.write(Data(bytes.prefix(length)), to: file)
        #expect(throws: ComputeError.self) { try SafeTensors(contentsOf: file) }
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
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[]}}"#, "[]", "{",
      // Bytes that belong to no array, to two, or to none in the middle; metadata under another name.
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, "{}",
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"c":"d"}}"#,
      String(repeating: "[", count: 100),
    ])
  func lies(header: String) throws {
    let bytes = Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0]) + header.utf8 + [0, 0, 128, 63]
    #expect(throws: ComputeError.self) { try SafeTensors(bytes, file: "lie") }
  }
}
