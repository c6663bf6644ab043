import Foundation

/// A file of ONNX before it is written: the messages of onnx.proto3 that are used here, with its field numbers.
///
/// Source: ONNX, onnx.proto3, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
struct ONNXModel {
  let graph: ONNXGraph
  /// The version of each operator set, by its domain; that of ONNX itself is empty.
  let operatorSets: [String: Int]
  let producer, producerVersion: String
  let description: String
  let metadata: [String: String]

  /// The version of the file format that goes with operator set 17.
  private static let formatVersion = 8
  /// What a message of Protocol Buffers may hold at most.
  static let byteLimit = 1 << 31 - 1

  /// The bytes of the weights, nearly all of the file.
  var weightBytes: Int { graph.initializers.reduce(0) { $0 + $1.bytes.count } }

  /// The file's contents.
  var data: Data {
    var writer = ProtobufWriter()
    writer.integer(1, Self.formatVersion)
    writer.string(2, producer)
    writer.string(3, producerVersion)
    writer.string(6, description)
    writer.message(7) { graph.write(to: &$0) }
    for (domain, version) in operatorSets.sorted(by: { $0.key < $1.key }) {
      writer.message(8) {
        $0.string(1, domain)
        $0.integer(2, version)
      }
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      writer.message(14) {
        $0.string(1, key)
        $0.string(2, value)
      }
    }
    return writer.data
  }
}

/// Operators in an order in which they can run, with the arrays that they read.
struct ONNXGraph {
  let name: String
  let nodes: [ONNXNode]
  let initializers: [ONNXTensor]
  let inputs, outputs: [ONNXValue]

  fileprivate func write(to writer: inout ProtobufWriter) {
    for node in nodes { writer.message(1, node.write) }
    writer.string(2, name)
    for tensor in initializers { writer.message(5, tensor.write) }
    for value in inputs { writer.message(11, value.write) }
    for value in outputs { writer.message(12, value.write) }
  }
}

/// The types of values, with their numbers in `TensorProto.DataType`.
enum ONNXElement: Int {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case int32 = 6
  case int64 = 7
  case double = 11
}

/// An array of a file.
struct ONNXTensor {
  let name: String
  let element: ONNXElement
  /// Slowest first; none for a single value.
  let extents: [Int]
  /// Row-major, least significant byte first.
  let bytes: Data

  init(_ name: String, _ element: ONNXElement, _ extents: [Int], _ bytes: Data) {
    (self.name, self.element, self.extents, self.bytes) = (name, element, extents, bytes)
  }

  fileprivate func write(to writer: inout ProtobufWriter) {
    writer.packed(1, integers: extents.map(Int64.init))
    writer.integer(2, element.rawValue)
    writer.string(8, name)
    writer.bytes(9, bytes)
  }
}

/// One operator.
struct ONNXNode {
  let name, type, domain: String
  let inputs, outputs: [String]
  let attributes: [(name: String, value: ONNXAttribute)]

  fileprivate func write(to writer: inout ProtobufWriter) {
    for input in inputs { writer.string(1, input) }
    for output in outputs { writer.string(2, output) }
    writer.string(3, name)
    writer.string(4, type)
    for (name, value) in attributes { writer.message(5) { value.write(named: name, to: &$0) } }
    if !domain.isEmpty { writer.string(7, domain) }
  }
}

/// A setting of an operator.
enum ONNXAttribute {
  case int(Int)
  case ints([Int])
  case floats([Float])
  case string(String)
  case strings([String])

  fileprivate func write(named name: String, to writer: inout ProtobufWriter) {
    writer.string(1, name)
    switch self {
    case .int(let value):
      writer.integer(3, value)
      writer.integer(20, 2)
    case .ints(let values):
      writer.packed(8, integers: values.map(Int64.init))
      writer.integer(20, 7)
    case .floats(let values):
      writer.packed(7, floats: values)
      writer.integer(20, 6)
    case .string(let value):
      writer.string(4, value)
      writer.integer(20, 3)
    case .strings(let values):
      for value in values { writer.string(9, value) }
      writer.integer(20, 8)
    }
  }
}

/// What goes into a graph, or comes out of it.
struct ONNXValue {
  enum Extent {
    case fixed(Int)
    /// Known when the graph runs; extents of the same name are equal.
    case named(String)
  }

  let name: String
  let element: ONNXElement
  let extents: [Extent]
  let description: String

  fileprivate func write(to writer: inout ProtobufWriter) {
    writer.string(1, name)
    writer.message(2) { type in
      type.message(1) { tensor in
        tensor.integer(1, element.rawValue)
        tensor.message(2) { shape in
          for extent in extents {
            shape.message(1) { dimension in
              switch extent {
              case .fixed(let count): dimension.integer(1, count)
              case .named(let name): dimension.string(2, name)
              }
            }
          }
        }
      }
    }
    writer.string(3, description)
  }
}
