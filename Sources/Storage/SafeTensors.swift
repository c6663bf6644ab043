import Foundation

/// Named arrays in one file, in the safetensors format (huggingface.co/docs/safetensors): networks and classifiers
/// alike are stored so, and any framework can open them.
///
/// Little endian: the header's length as UInt64, a JSON header, then the bytes of all arrays without gaps.
package struct SafeTensors: Equatable, Sendable {
  /// One array.
  package struct Array: Equatable, Sendable {
    /// How its values are stored, under the format's names. Those of less than a byte (F4, F6) can't be carried.
    package enum Element: String, CaseIterable, Sendable {
      case float32 = "F32"
      case float64 = "F64"
      case float16 = "F16"
      /// The upper half of a float32.
      case bfloat16 = "BF16"
      case int8 = "I8"
      case int16 = "I16"
      case int32 = "I32"
      case int64 = "I64"
      case uint8 = "U8"
      case uint16 = "U16"
      case uint32 = "U32"
      case uint64 = "U64"
      case bool = "BOOL"
      /// Two float32, real part first.
      case complex64 = "C64"
      // Carried as bytes that nothing here interprets.
      case float8e4m3 = "F8_E4M3"
      case float8e5m2 = "F8_E5M2"
      case float8e8m0 = "F8_E8M0"

      /// Bytes a value.
      package var size: Int {
        switch self {
        case .uint8, .int8, .bool, .float8e4m3, .float8e5m2, .float8e8m0: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64, .complex64: 8
        }
      }
    }

    package let element: Element
    /// Extents, slowest first; empty for a single value.
    package let shape: [Int]
    /// The values, little endian, the last extent contiguous.
    package let bytes: Data

    /// The array of `values` with `shape`, whose product is the count of values.
    package init<Value: BitwiseCopyable>(_ element: Element, shape: [Int], values: [Value]) {
      precondition(MemoryLayout<Value>.stride == element.size, "\(Value.self) is not stored as \(element)")
      precondition(shape.reduce(1, *) == values.count, "shape \(shape), \(values.count) values")
      self.init(element: element, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
    }

    init(element: Element, shape: [Int], bytes: Data) {
      self.element = element
      self.shape = shape
      self.bytes = bytes
    }

    /// The values as `Value`, or nil where the array is stored as something else.
    package func values<Value: BitwiseCopyable>(_ type: Value.Type, as element: Element) -> [Value]? {
      guard element == self.element, MemoryLayout<Value>.stride == element.size else { return nil }
      return [Value](unsafeUninitializedCapacity: bytes.count / element.size) { buffer, count in
        count = bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / element.size
      }
    }

    /// The values as Float, whatever floating type they are stored as: F16 and BF16 exactly, F64 rounded to the nearest.
    /// Nil for other types.
    package var floats: [Float]? {
      switch element {
      case .float32: values(Float.self, as: .float32)
      case .float64: values(Double.self, as: .float64)?.map { Float($0) }
      case .float16: values(UInt16.self, as: .float16)?.map(Self.float(half:))
      case .bfloat16: values(UInt16.self, as: .bfloat16)?.map { Float(bitPattern: UInt32($0) << 16) }
      default: nil
      }
    }

    /// The value of an IEEE 754 binary16. By hand, since `Float16` is missing on Intel Macs.
    private static func float(half bits: UInt16) -> Float {
      let sign = UInt32(bits & 0x8000) << 16
      let (exponent, fraction) = (UInt32(bits >> 10 & 0x1F), UInt32(bits & 0x3FF))
      switch exponent {
      case 0:
        // Zero, or subnormal: in units of 2^-24.
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
      case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
      default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
      }
    }
  }

  /// Free text by key, stored in the header.
  package var metadata: [String: String]
  /// The arrays by name.
  package var arrays: [String: Array]

  package init(metadata: [String: String] = [:], arrays: [String: Array] = [:]) {
    self.metadata = metadata
    self.arrays = arrays
  }

  /// Reads `file`.
  ///
  /// - Throws: `StorageError.unreadable`, or `.malformed` where header, extents and offsets don't agree with each
  ///   other and with the file's length; nothing is taken on trust.
  package init(contentsOf file: URL, limit: Int = 4 << 30) throws {
    try self.init(Files.read(file, limit: limit), file: file.path)
  }

  /// The largest header that is read, in bytes; one of 100,000 arrays fits.
  private static let headerLimit = 16 << 20

  /// Reads the bytes of `file`, as `init(contentsOf:limit:)`.
  package init(_ data: Data, file: String) throws {
    func malformed(_ reason: String) -> StorageError { .malformed(file: file, reason: reason) }
    guard data.count >= 8 else { throw malformed("\(data.count) bytes are too few for a header") }
    let headerLength = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headerLength <= UInt64(min(data.count - 8, Self.headerLimit)) else {
      throw malformed(
        "the header claims \(headerLength) bytes, the file has \(data.count), the limit is \(Self.headerLimit)")
    }
    let start = data.startIndex + 8 + Int(headerLength)
    let body = data[start...]
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: data[(data.startIndex + 8)..<start])
    } catch {
      throw malformed("the header is not the JSON of a safetensors file")
    }
    self.init(metadata: header.metadata)
    var ranges: [Range<Int>] = []
    for (name, entry) in header.arrays {
      let (shape, offsets) = (entry.shape, entry.offsets)
      guard let element = Array.Element(rawValue: entry.dtype) else {
        let known = Array.Element.allCases.map(\.rawValue).joined(separator: ", ")
        throw malformed("\(name) has type \(entry.dtype), known are \(known)")
      }
      guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= body.count else {
        throw malformed("\(name) lies at \(offsets) of \(body.count) bytes")
      }
      guard let size = Self.size(element, shape) else { throw malformed("\(name) has shape \(shape)") }
      guard size == offsets[1] - offsets[0] else {
        throw malformed("\(name) of shape \(shape) takes \(size) bytes, not \(offsets[1] - offsets[0])")
      }
      ranges.append(offsets[0]..<offsets[1])
      arrays[name] = Array(element: element, shape: shape, bytes: body[(start + offsets[0])..<(start + offsets[1])])
    }
    var end = 0
    for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      guard range.lowerBound == end else { throw malformed("its arrays overlap, or leave a gap, at byte \(end)") }
      end = range.upperBound
    }
    guard end == body.count else { throw malformed("\(body.count - end) bytes belong to no array") }
    if let stored = metadata.removeValue(forKey: Self.checksumKey), stored != checksum {
      throw malformed("its checksum is not that of its contents")
    }
  }

  /// The bytes of an array; nil for a negative extent, or where they are too many to count.
  private static func size(_ element: Array.Element, _ shape: [Int]) -> Int? {
    var size = element.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      size = product
    }
    return size
  }

  /// The file's bytes; arrays stand in the order of their names, so equal contents give equal bytes.
  package func encoded() throws -> Data {
    try parts().reduce(into: Data()) { $0.append($1) }
  }

  /// The header, then the bytes of each array.
  private func parts() throws -> [Data] {
    var header = Header(metadata: metadata)
    var end = 0
    let ordered = arrays.sorted { $0.key < $1.key }
    for (name, array) in ordered {
      header.arrays[name] = Header.Entry(
        dtype: array.element.rawValue, shape: array.shape, offsets: [end, end + array.bytes.count])
      end += array.bytes.count
    }
    var json = try JSONEncoder.sorted.encode(header)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    return [length, json] + ordered.map(\.value.bytes)
  }

  /// Writes the file all or nothing, with a checksum in its metadata that is verified on reading.
  ///
  /// An old file is kept as `previous`, as `Files.write(_:to:keeping:)` says.
  package func write(to file: URL, keeping previous: URL? = nil) throws {
    var stored = self
    stored.metadata[Self.checksumKey] = checksum
    try Files.write(stored.parts(), to: file, keeping: previous)
  }

  /// The key of the checksum in the metadata of files.
  private static let checksumKey = "segbench.xxh64"

  /// The checksum of all contents in the order of their names, as 16 hexadecimal digits: that of each key and text of
  /// the metadata, and of each array's name, element, shape and bytes, chained.
  private var checksum: String {
    var sum: UInt64 = 0
    func add(_ text: String) { sum = Checksum.of(Data(text.utf8), seed: sum) }
    for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
      add(key)
      add(text)
    }
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
      add("\(name) \(array.element.rawValue) \(array.shape)")
      sum = Checksum.of(array.bytes, seed: sum)
    }
    return String(format: "%016lx", UInt(sum))
  }

  /// The header: one key is that of the metadata, all others are names of arrays.
  private struct Header: Codable {
    struct Entry: Codable {
      let dtype: String
      let shape: [Int]
      let offsets: [Int]

      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }
    }

    private struct Name: CodingKey {
      let stringValue: String
      let intValue: Int? = nil

      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }

      static let metadata = Name(stringValue: "__metadata__")
    }

    var metadata: [String: String]
    var arrays: [String: Entry] = [:]

    init(metadata: [String: String]) {
      self.metadata = metadata
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
      for name in container.allKeys where name.stringValue != Name.metadata.stringValue {
        arrays[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
      for (name, entry) in arrays { try container.encode(entry, forKey: Name(stringValue: name)) }
    }
  }
}
