import Compute
import Foundation
import Scenes
import Storage

/// Per-picture confusion matrices as CSV, so that any interval over pictures can be computed without the models.
package struct PictureTable: Equatable {
  /// The names of the pictures, in the order of the file.
  package private(set) var names: [String] = []
  /// What scores of resampled pictures need, under the protocol that was asked for.
  package private(set) var sums: PictureSums
  /// The same near borders between classes; empty where they weren't stored.
  package private(set) var borderSums: PictureSums
  /// What the confusions that were asked for follow from, under that protocol.
  package private(set) var confusions: [Confusion: PictureSums] = [:]
  /// The matrices of all pictures together, by protocol.
  package private(set) var totals: [ScoringProtocol: ConfusionMatrix] = [:]

  private static func header(_ classSet: ClassSet) -> String {
    let names = classSet.names
    let pairs = names.flatMap { truth in names.map { CSV.quoted("\(truth)>\($0)") } }
    return "picture,protocol," + pairs.joined(separator: ",") + "\n"
  }

  /// One row a picture and protocol: `picture,protocol,`, then the counts `truth>prediction`.
  package static func csv(_ pictures: [(name: String, tally: Tally)], of classSet: ClassSet) -> String {
    var text = header(classSet)
    for (name, tally) in pictures {
      for scoringProtocol in ScoringProtocol.allCases {
        guard let sums = tally.sums[scoringProtocol] else { continue }
        text += "\(CSV.quoted(name)),\(scoringProtocol.rawValue),"
        text += sums.confusion.counts.map(String.init).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  /// Reads what `csv` wrote, keeping the pictures' sums under one protocol.
  ///
  /// - Parameters:
  ///   - file: the table.
  ///   - instances: the table of the same pictures' instances, where there is one.
  ///   - classSet: the classes that it counts.
  ///   - scoringProtocol: the protocol whose sums are kept.
  ///   - confusions: those that are wanted beside scores.
  /// - Throws: `StorageError.malformed` with the first line that isn't as it should be.
  package init(
    contentsOf file: URL, instances: URL? = nil, of classSet: ClassSet, under scoringProtocol: ScoringProtocol,
    confusions: [Confusion] = []
  ) throws {
    let data = try Files.read(file)
    let header = Array(Self.header(classSet).utf8)
    guard data.starts(with: header) else {
      throw StorageError.malformed(
        file: file.path, reason: "its first line isn't that of matrices of the classes \(classSet.name)")
    }
    let count = classSet.count
    sums = PictureSums(classCount: count)
    borderSums = PictureSums(classCount: count)
    var all: [ScoringProtocol: [Int]] = [:]
    var confused = [[Double]](repeating: [], count: confusions.count)
    var reader = CSVReader(data.dropFirst(header.count))
    var counts = [Int](repeating: 0, count: count * count)
    while !reader.isAtEnd {
      guard let name = reader.text(), let kind = reader.text().flatMap(ScoringProtocol.init(name:)),
        reader.wholes(into: &counts), counts.allSatisfy({ $0 >= 0 }),
        // A file that was cut off may end within a number.
        !reader.isAtEnd || data.last == UInt8(ascii: "\n")
      else {
        throw StorageError.malformed(file: file.path, reason: "line \(reader.line + 1) isn't a picture's matrix")
      }
      var total = all[kind] ?? [Int](repeating: 0, count: counts.count)
      for index in counts.indices { total[index] += counts[index] }
      all[kind] = total
      if kind == .borders { counts.withUnsafeBufferPointer { borderSums.append($0) } }
      guard kind == scoringProtocol else { continue }
      names.append(name)
      counts.withUnsafeBufferPointer { sums.append($0) }
      for (place, confusion) in confusions.enumerated() {
        confused[place] += confusion.sums(counts, classCount: count)
      }
    }
    guard !names.isEmpty else {
      throw StorageError.malformed(file: file.path, reason: "no picture under protocol \(scoringProtocol.rawValue)")
    }
    self.confusions = Dictionary(
      zip(confusions, confused.map { PictureSums(classCount: count, values: $0) }),
      uniquingKeysWith: { first, _ in first })
    totals = all.mapValues { ConfusionMatrix(classCount: count, counts: $0) }
    if let instances, scoringProtocol == .official {
      sums.instances = try InstanceTable.read(instances, pictures: names, of: classSet)
    }
  }
}
