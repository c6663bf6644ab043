/// A colour of 8 bits a channel.
package struct RGB: Equatable, Hashable, Sendable {
  package var red, green, blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }
}

extension RGB: Codable {
  /// As three numbers: red, green, blue.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer().decode([UInt8].self)
    guard values.count == 3 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a colour is red, green, blue, not \(values)"))
    }
    self.init(values[0], values[1], values[2])
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode([red, green, blue])
  }
}
