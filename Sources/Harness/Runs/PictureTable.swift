import Compute
import Foundation
import Scenes

/// Per-picture confusion matrices as CSV, so that any interval over pictures can be computed without the models.
package struct PictureTable: Equatable {
  /// The names of the pictures, in the order of the file.
  package private(set) var names: [String] = []
  /// What scores of resampled pictures need, under the protocol that was asked for.
  package private(set) var sums = PictureSums()
  /// The same near borders between categories; empty where they weren't stored.
  package private(set) var borderSums = PictureSums()
  /// The matrices of all pictures together, by protocol.
  package private(set) var totals: [ScoringProtocol: ConfusionMatrix] = [:]

  private static var header: String {
    let pairs = Category.allCases.flatMap { truth in Category.allCases.map { "\(truth.name)>\($0.name)" } }
    return "picture,protocol," + pairs.joined(separator: ",") + "\n"
  }

  /// One row a picture and protocol: `picture,protocol,`, then the 64 counts `truth>prediction`.
  package static func csv(_ pictures: [(name: String, tally: Tally)]) -> String {
    var text = header
    for (name, tally) in pictures {
      for scoringProtocol in ScoringProtocol.allCases {
        guard let sums = tally.sums[scoringProtocol] else { continue }
        text += "\(Table.quoted(name)),\(scoringProtocol.rawValue),"
        text += sums.confusion.counts.map(String.init).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  /// Reads what `csv` wrote, keeping the pictures' sums under one protocol.
  ///
  /// - Throws: `ComputeError.malformed` with the first line that isn't as it should be.
  package init(contentsOf file: URL, under scoringProtocol: ScoringProtocol) throws {
    let data = try Files.read(file)
    let header = Array(Self.header.utf8)
    guard data.starts(with: header) else {
      throw ComputeError.malformed(file: file.path, reason: "its first line isn't that of per-picture matrices")
    }
    var all: [ScoringProtocol: [Int]] = [:]
    let wrong = data.withUnsafeBytes { bytes -> Int? in
      var reader = Reader(bytes: bytes, position: header.count)
      var counts = [Int](repeating: 0, count: Category.count * Category.count)
      while reader.position < bytes.count {
        guard let name = reader.text(), let kind = reader.text().flatMap(ScoringProtocol.init), reader.wholes(&counts)
        else { return reader.line }
        var total = all[kind] ?? [Int](repeating: 0, count: counts.count)
        for index in counts.indices { total[index] += counts[index] }
        all[kind] = total
        if kind == .borders { counts.withUnsafeBufferPointer { borderSums.append($0) } }
        guard kind == scoringProtocol else { continue }
        names.append(name)
        counts.withUnsafeBufferPointer { sums.append($0) }
      }
      return nil
    }
    if let wrong { throw ComputeError.malformed(file: file.path, reason: "line \(wrong) isn't a picture's matrix") }
    guard !names.isEmpty else {
      throw ComputeError.malformed(file: file.path, reason: "no picture under protocol \(scoringProtocol.rawValue)")
    }
    totals = all.mapValues(ConfusionMatrix.init(counts:))
  }

  /// Reads fields off bytes: a report reads thousands of such files, with hundreds of thousands of counts each.
  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var position: Int
    /// The line that is being read, counted from 1.
    var line = 2

    /// A field and the comma behind it.
    mutating func text() -> String? {
      guard position < bytes.count else { return nil }
      var field: [UInt8] = []
      if bytes[position] == UInt8(ascii: "\"") {
        position += 1
        while true {
          guard position < bytes.count else { return nil }
          let byte = bytes[position]
          position += 1
          if byte == UInt8(ascii: "\"") {
            guard position < bytes.count, bytes[position] == byte else { break }
            position += 1
          }
          field.append(byte)
        }
      } else {
        while position < bytes.count, bytes[position] != UInt8(ascii: ","), bytes[position] != UInt8(ascii: "\n") {
          field.append(bytes[position])
          position += 1
        }
      }
      guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return nil }
      position += 1
      return String(decoding: field, as: UTF8.self)
    }

    /// As many numbers as `counts` has places, up to the end of the line.
    mutating func wholes(_ counts: inout [Int]) -> Bool {
      for index in counts.indices {
        let start = position
        var value = 0
        while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
          // A picture has far fewer pixels than 18 digits count.
          guard position - start < 18 else { return false }
          value = 10 * value + Int(bytes[position] - 48)
          position += 1
        }
        let ending = index + 1 < counts.count ? UInt8(ascii: ",") : UInt8(ascii: "\n")
        guard position > start, position < bytes.count, bytes[position] == ending else { return false }
        position += 1
        counts[index] = value
      }
      line += 1
      return true
    }
  }
}
