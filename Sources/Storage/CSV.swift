import Foundation

/// Comma-separated values (RFC 4180).
package enum CSV {
  /// A CSV field.
  package static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: needsQuotes) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  fileprivate static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == comma || byte == quote || byte == newline || byte == carriageReturn
  }

  fileprivate static let comma = UInt8(ascii: ",")
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let newline = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
}

/// Writes fields and rows one after another; rows end with a line feed alone.
package struct CSVWriter: Sendable {
  /// What was written so far, as UTF-8.
  package private(set) var bytes: [UInt8] = []
  private var isAtStart = true

  package init() {}

  /// What was written so far, for `Files.write`.
  package var data: Data { Data(bytes) }

  /// Adds a text, in quotes where it needs them.
  package mutating func field(_ text: String) {
    separate()
    bytes.append(contentsOf: CSV.quoted(text).utf8)
  }

  /// Adds a whole number.
  package mutating func field(_ number: Int) {
    separate()
    // Digits come from the last to the first.
    let start = bytes.count
    var rest = number.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes[start...].reverse()
  }

  /// Adds a number by the shortest text that reads back to the same bits.
  package mutating func field(_ number: Double) {
    separate()
    bytes.append(contentsOf: "\(number)".utf8)
  }

  package mutating func endRow() {
    bytes.append(CSV.newline)
    isAtStart = true
  }

  /// Adds a row of texts.
  package mutating func row(_ fields: [String]) {
    for text in fields { field(text) }
    endRow()
  }

  private mutating func separate() {
    if !isAtStart { bytes.append(CSV.comma) }
    isAtStart = false
  }
}

/// Reads fields one after another, where they stand: a report reads thousands of files of hundreds of thousands of
/// numbers.
///
/// The caller says what a field must be; what it isn't gives nil, and `line` tells where. Rows may end with a line feed,
/// or with a carriage return before it; the last one's may be missing.
package struct CSVReader: Sendable {
  private let bytes: [UInt8]
  private var position = 0
  /// Whether the last field that was read was its row's last.
  private var isRowOver = true
  /// The line of the next field, counted from 1.
  package private(set) var line = 1

  package init(_ data: Data) {
    bytes = [UInt8](data)
  }

  /// Whether all is read.
  package var isAtEnd: Bool { position >= bytes.count }

  /// Whether the next field begins a row.
  package var isAtRowStart: Bool { isRowOver }

  /// The next field as text; nil at the end, within a quoted field without its end, or with text around quotes.
  package mutating func text() -> String? {
    guard !isAtEnd || !isRowOver else { return nil }
    if position < bytes.count, bytes[position] == CSV.quote { return quoted() }
    let start = position
    while position < bytes.count, !CSV.needsQuotes(bytes[position]) { position += 1 }
    let end = position
    guard endField() else { return nil }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func quoted() -> String? {
    position += 1
    var field: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == CSV.quote {
        guard position < bytes.count, bytes[position] == CSV.quote else {
          return endField() ? String(decoding: field, as: UTF8.self) : nil
        }
        position += 1
      } else if byte == CSV.newline {
        line += 1
      }
      field.append(byte)
    }
    return nil
  }

  /// The next field as a whole number of at most 18 digits, and nothing else.
  package mutating func whole() -> Int? {
    let isNegative = position < bytes.count && bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let start = position
    var value = 0
    while position < bytes.count {
      let digit = Int(bytes[position]) - Int(UInt8(ascii: "0"))
      guard digit >= 0, digit <= 9 else { break }
      guard position - start < 18 else { return nil }
      value = 10 * value + digit
      position += 1
    }
    guard position > start, endField() else { return nil }
    return isNegative ? -value : value
  }

  /// The next field as a number.
  package mutating func number() -> Double? { text().flatMap { Double($0) } }

  /// Reads the rest of a row, which must be as many whole numbers as `values` has places.
  ///
  /// - Returns: false where it isn't.
  package mutating func wholes(into values: inout [Int]) -> Bool {
    for index in values.indices {
      guard let value = whole(), isRowOver == (index == values.count - 1) else { return false }
      values[index] = value
    }
    return true
  }

  /// The fields of the rest of a row.
  package mutating func row() -> [String]? {
    var fields: [String] = []
    repeat {
      guard let field = text() else { return nil }
      fields.append(field)
    } while !isRowOver
    return fields
  }

  /// Goes beyond what ends a field; false where anything else stands there.
  private mutating func endField() -> Bool {
    guard position < bytes.count else {
      isRowOver = true
      return true
    }
    if bytes[position] == CSV.comma {
      position += 1
      isRowOver = false
      return true
    }
    if bytes[position] == CSV.carriageReturn { position += 1 }
    guard position < bytes.count, bytes[position] == CSV.newline else { return false }
    position += 1
    line += 1
    isRowOver = true
    return true
  }
}
