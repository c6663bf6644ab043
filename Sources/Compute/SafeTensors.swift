import Foundation

/// Named arrays in one file, in the safetensors format (huggingface.co/docs/safetensors): networks and classifiers
/// alike are stored so, and any framework can open them.
///
/// Little endian: the header's length as UInt64, a JSON header, then the bytes of all arrays without gaps.
public struct SafeTensors: Equatable, Sendable {
  /// One array.
  public struct Array: Equatable, Sendable {
    /// How its values are stored.
    public enum Element: String, Sendable {
      case float32 = "F32"
      case float64 = "F64"
      case int32 = "I32"
      case int64 = "I64"
      case uint16 = "U16"
      case uint8 = "U8"

      /// Bytes a value.
      public var size: Int {
        switch self {
        case .uint8: 1
        case .uint16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
      }
    }

    public let element: Element
    /// Extents, slowest first; empty for a single value.
    public let shape: [Int]
    /// The values, little endian, the last extent contiguous.
    public let bytes: Data

    /// The array of `values` with `shape`, whose product is the count of values.
    public init<Value: BitwiseCopyable>(_ element: Element, shape: [Int], values: [Value]) {
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
    public func values<Value: BitwiseCopyable>(_ type: Value.Type, as element: Element) -> [Value]? {
      guard element == self.element, MemoryLayout<Value>.stride == element.size else { return nil }
      return [Value](unsafeUninitializedCapacity: bytes.count / element.size) { buffer, count in
        count = bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / element.size
      }
    }
  }

  /// Free text by key, stored in the header.
  public var metadata: [String: String]
  /// The arrays by name.
  public var arrays: [String: Array]

  public init(metadata: [String: String] = [:], arrays: [String: Array] = [:]) {
    self.metadata = metadata
    self.arrays = arrays
  }

  /// Reads `file`.
  ///
  /// - Throws: `ComputeError.unreadable`, or `.malformed` where header, extents and offsets don't agree with each
  ///   other and with the file's length; nothing is taken on trust.
  public init(contentsOf file: URL, limit: Int = 4 << 30) throws {
    try self.init(Files.read(file, limit: limit), file: file.path)
  }

  /// The largest header that is read, in bytes; one of 100,000 arrays fits.
  private static let headerLimit = 16 << 20

  /// Reads the bytes of `file`, as `init(contentsOf:limit:)`.
  package init(_ data: Data, file: String) throws {
    func malformed(_ reason: String) -> ComputeError { .malformed(file: file, reason: reason) }
    guard data.count >= 8 else { throw malformed("\(data.count) bytes are too few for a header") }
    let headerLength = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headerLength <= UInt64(min(data.count - 8, Self.headerLimit)) else {
      throw malformed(
        "the header claims \(headerLength) bytes, the file has \(data.count), the limit is \(Self.headerLimit)")
    }
    let start = data.startIndex + 8 + Int(headerLength)
    let body = data[start...]
    let header: [String: HeaderEntry]
    do {
      header = try JSONDecoder().decode([String: HeaderEntry].self, from: data[(data.startIndex + 8)..<start])
    } catch {
      throw malformed("the header is not the JSON of a safetensors file")
    }
    self.init()
    var ranges: [Range<Int>] = []
    for (name, entry) in header {
      switch entry {
      case .metadata(let text):
        guard name == "__metadata__" else { throw malformed("\(name) has no type") }
        metadata = text
      case .array(let dtype, let shape, let offsets):
        guard let element = Array.Element(rawValue: dtype) else {
          throw malformed("\(name) has type \(dtype), known are F32, F64, I32, I64, U16 and U8")
        }
        guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= body.count else {
          throw malformed("\(name) lies at \(offsets) of \(body.count) bytes")
        }
        guard let size = Self.size(element, shape) else { throw malformed("\(name) has shape \(shape)") }
        guard size == offsets[1] - offsets[0] else {
          throw malformed("\(name) of shape \(shape) takes \(size) bytes, not \(offsets[1] - offsets[0])")
        }
        ranges.append(offsets[0]..<offsets[1])
        arrays[name] = Array(
          element: element, shape: shape, bytes: body[(start + offsets[0])..<(start + offsets[1])])
      }
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
  public func encoded() throws -> Data {
    try parts().reduce(into: Data()) { $0.append($1) }
  }

  /// The header, then the bytes of each array.
  private func parts() throws -> [Data] {
    var header: [String: HeaderEntry] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var end = 0
    let ordered = arrays.sorted { $0.key < $1.key }
    for (name, array) in ordered {
      header[name] = .array(array.element.rawValue, array.shape, [end, end + array.bytes.count])
      end += array.bytes.count
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    return [length, json] + ordered.map(\.value.bytes)
  }

  /// Writes the file all or nothing, with a checksum in its metadata that is verified on reading.
  ///
  /// - Parameter previous: where an old file is kept, as `Files.write(_:to:keeping:)` says.
  public func write(to file: URL, keeping previous: URL? = nil) throws {
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

  private enum HeaderEntry: Codable {
    case metadata([String: String])
    case array(String, [Int], [Int])

    private enum Key: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      if let container = try? decoder.container(keyedBy: Key.self), container.contains(.dtype) {
        self = .array(
          try container.decode(String.self, forKey: .dtype), try container.decode([Int].self, forKey: .shape),
          try container.decode([Int].self, forKey: .offsets))
      } else {
        self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let text):
        var container = encoder.singleValueContainer()
        try container.encode(text)
      case .array(let dtype, let shape, let offsets):
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(dtype, forKey: .dtype)
        try container.encode(shape, forKey: .shape)
        try container.encode(offsets, forKey: .offsets)
      }
    }
  }
}
