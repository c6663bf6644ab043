import Foundation
import Testing

/// A message that ends before it should.
private struct CutShort: Error {}

/// A message of Protocol Buffers as it was written, by the numbers of its fields.
struct ProtobufReader {
  private var numbers: [Int: [UInt64]] = [:]
  private var parts: [Int: [Data]] = [:]

  init(_ data: Data) throws {
    var rest = data[...]
    func varint() throws -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while true {
        guard let byte = rest.first else { throw CutShort() }
        rest = rest.dropFirst()
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    func fixed(_ count: Int) throws -> UInt64 {
      let bytes = rest.prefix(count)
      try #require(bytes.count == count)
      rest = rest.dropFirst(count)
      return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    while !rest.isEmpty {
      let key = try varint()
      let field = Int(key >> 3)
      switch key & 7 {
      case 0: numbers[field, default: []].append(try varint())
      case 1: numbers[field, default: []].append(try fixed(8))
      case 5: numbers[field, default: []].append(try fixed(4))
      default:
        let count = Int(try varint())
        try #require(key & 7 == 2 && rest.count >= count)
        parts[field, default: []].append(Data(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
  }

  func integer(_ field: Int) throws -> Int { Int(try #require(numbers[field]?.first)) }
  func integers(_ field: Int) throws -> [Int] {
    try (parts[field] ?? []).flatMap { data in
      var (values, value, shift) = ([Int](), UInt64(0), UInt64(0))
      for byte in data {
        value |= UInt64(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 {
          values.append(Int(Int64(bitPattern: value)))
          (value, shift) = (0, 0)
        }
      }
      try #require(shift == 0)
      return values
    }
  }
  func has(_ field: Int) -> Bool { numbers[field] != nil || parts[field] != nil }
  func data(_ field: Int) throws -> Data { try #require(parts[field]?.first) }
  func strings(_ field: Int) -> [String] { (parts[field] ?? []).map { String(decoding: $0, as: UTF8.self) } }
  func string(_ field: Int) throws -> String { String(decoding: try data(field), as: UTF8.self) }
  func messages(_ field: Int) throws -> [ProtobufReader] { try (parts[field] ?? []).map(ProtobufReader.init) }
  func message(_ field: Int) throws -> ProtobufReader { try ProtobufReader(data(field)) }
}

/// A file of ONNX as it was written.
struct ONNXFile {
  struct Node {
    let name, type, domain: String
    let inputs, outputs: [String]
    let attributes: [String: ProtobufReader]

    func integers(_ attribute: String) throws -> [Int] { try #require(attributes[attribute]).integers(8) }
  }
  struct Tensor {
    let element: Int
    let extents: [Int]
    let bytes: Data

    /// Values of a type, least significant byte first, as all machines that this runs on have them.
    func values<Value: BitwiseCopyable>(_ type: Value.Type) -> [Value] {
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<Value>.size).map {
          raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: type)
        }
      }
    }
  }
  struct Value: Equatable {
    let name: String
    let element: Int
    let extents: [String]
  }

  let formatVersion: Int
  let operatorSets: [String: Int]
  let metadata: [String: String]
  let name: String
  let nodes: [Node]
  let tensors: [String: Tensor]
  let inputs, outputs: [Value]

  init(_ file: URL) throws {
    let model = try ProtobufReader(Data(contentsOf: file))
    let graph = try model.message(7)
    formatVersion = try model.integer(1)
    operatorSets = Dictionary(
      uniqueKeysWithValues: try model.messages(8).map { (try $0.string(1), try $0.integer(2)) })
    metadata = Dictionary(uniqueKeysWithValues: try model.messages(14).map { (try $0.string(1), try $0.string(2)) })
    name = try graph.string(2)
    nodes = try graph.messages(1).map { node in
      Node(
        name: try node.string(3), type: try node.string(4), domain: node.strings(7).first ?? "",
        inputs: node.strings(1), outputs: node.strings(2),
        attributes: Dictionary(uniqueKeysWithValues: try node.messages(5).map { (try $0.string(1), $0) }))
    }
    tensors = Dictionary(
      uniqueKeysWithValues: try graph.messages(5).map { tensor in
        (
          try tensor.string(8),
          Tensor(
            element: try tensor.integer(2), extents: try tensor.integers(1),
            bytes: tensor.has(9) ? try tensor.data(9) : Data())
        )
      })
    func values(_ field: Int) throws -> [Value] {
      try graph.messages(field).map { value in
        let type = try value.message(2).message(1)
        let extents = try type.message(2).messages(1).map { $0.has(2) ? try $0.string(2) : "\(try $0.integer(1))" }
        return Value(name: try value.string(1), element: try type.integer(1), extents: extents)
      }
    }
    (inputs, outputs) = (try values(11), try values(12))
  }

  /// Operators of a type.
  func nodes(_ type: String) -> [Node] { nodes.filter { $0.type == type } }

  /// Expects that every operator reads what is there before it, that no two values or operators have one name, that all
  /// results are made, and that arrays have as many bytes as their extents take.
  func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) {
    var known = Set(inputs.map(\.name)).union(tensors.keys)
    for node in nodes {
      for input in node.inputs where !input.isEmpty {
        #expect(known.contains(input), "\(node.name) reads \(input)", sourceLocation: sourceLocation)
      }
      for output in node.outputs {
        #expect(known.insert(output).inserted, "\(output) is made twice", sourceLocation: sourceLocation)
      }
    }
    #expect(Set(nodes.map(\.name)).count == nodes.count, sourceLocation: sourceLocation)
    for output in outputs { #expect(known.contains(output.name), sourceLocation: sourceLocation) }
    let sizes = [1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 11: 8]
    for (name, tensor) in tensors {
      let count = tensor.extents.reduce(1, *)
      #expect(
        sizes[tensor.element].map { $0 * count } == tensor.bytes.count, "\(name)", sourceLocation: sourceLocation)
    }
    let read = Set(nodes.flatMap(\.inputs)).union(outputs.map(\.name))
    for name in known.subtracting(inputs.map(\.name)) {
      #expect(read.contains(name), "nothing reads \(name)", sourceLocation: sourceLocation)
    }
  }
}
