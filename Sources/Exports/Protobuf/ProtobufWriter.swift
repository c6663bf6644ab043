import Foundation

/// A message of Protocol Buffers as it is written, field by field.
///
/// ONNX's and TensorBoard's messages are all that is written here, and nothing is read: that takes these few functions,
/// where swift-protobuf with its generated types would add its own build to everybody's.
///
/// Source: Protocol Buffers, Encoding, https://protobuf.dev/programming-guides/encoding.
package struct ProtobufWriter {
  /// The message so far.
  package private(set) var data = Data()

  package init() {}

  /// The two kinds of numbers of fixed width and the one of any width that come before a value on the wire.
  private enum Wire: UInt64 {
    case varint = 0, eightBytes = 1, delimited = 2, fourBytes = 5
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, _ wire: Wire) {
    precondition((1..<1 << 29).contains(field), "field \(field) isn't one that a message may have")
    varint(UInt64(field) << 3 | wire.rawValue)
  }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }

  /// `int32`, `int64` and `enum`: negative numbers take ten bytes.
  package mutating func integer(_ field: Int, _ value: some BinaryInteger) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func float(_ field: Int, _ value: Float) {
    key(field, .fourBytes)
    fixed(value.bitPattern)
  }

  package mutating func double(_ field: Int, _ value: Double) {
    key(field, .eightBytes)
    fixed(value.bitPattern)
  }

  package mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
    key(field, .delimited)
    varint(UInt64(value.count))
    data.append(contentsOf: value)
  }

  package mutating func string(_ field: Int, _ value: String) {
    bytes(field, value.utf8)
  }

  /// A message within this one.
  package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) throws -> Void) rethrows {
    var inner = ProtobufWriter()
    try write(&inner)
    bytes(field, inner.data)
  }

  /// A repeated field of integers, packed as proto3 has them; nothing where there are none.
  package mutating func packed(_ field: Int, integers: some Collection<Int64>) {
    if integers.isEmpty { return }
    var inner = ProtobufWriter()
    for value in integers { inner.varint(UInt64(bitPattern: value)) }
    bytes(field, inner.data)
  }

  /// A repeated field of `float`, packed; nothing where there are none.
  package mutating func packed(_ field: Int, floats: some Collection<Float>) {
    if floats.isEmpty { return }
    var inner = ProtobufWriter()
    for value in floats { inner.fixed(value.bitPattern) }
    bytes(field, inner.data)
  }
}
