import Foundation

// Encoders are made anew for each use: they are mutable classes, and making one costs nothing beside encoding.

extension JSONEncoder {
  /// Writes equal values as equal bytes, on one line: keys are sorted, slashes stand as they are.
  package static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// As `sorted`, indented over lines for people to read.
  package static var pretty: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return encoder
  }
}
