import Foundation
import Scenes
import Storage

/// Per-picture boundary sums as CSV, so that Boundary IoU has intervals over pictures like all others.
package enum BoundaryTable {
  private static func header(_ classSet: ClassSet) -> String {
    let columns = ["hits", "truths", "predictions"].flatMap { kind in
      classSet.names.map { "," + CSV.quoted("\($0) \(kind)") }
    }
    return "picture" + columns.joined() + "\n"
  }

  /// One row a picture: the pixels in both boundaries of every class, then those in the true one, then those in the
  /// predicted one. Nil where a picture's sums aren't known.
  package static func csv(_ pictures: [(name: String, tally: Tally)], of classSet: ClassSet) -> String? {
    var text = header(classSet)
    for (name, tally) in pictures {
      guard let sums = tally.boundaries else { return nil }
      text += CSV.quoted(name) + ","
      text += (sums.hits + sums.truths + sums.predictions).map(String.init).joined(separator: ",") + "\n"
    }
    return text
  }

  /// The sums of `pictures`, in their order: the true positives, true and predicted pixels of `PictureSums` are those of
  /// boundaries here. Nil where there is no such file, as in runs of 0.1.0.
  ///
  /// - Throws: `StorageError.malformed` where it isn't about these pictures and classes.
  package static func read(_ file: URL, pictures: [String], of classSet: ClassSet) throws -> PictureSums? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let data = try Files.read(file)
    let header = Array(header(classSet).utf8)
    guard data.starts(with: header) else {
      throw StorageError.malformed(
        file: file.path, reason: "its first line isn't that of boundaries of the classes \(classSet.name)")
    }
    var reader = CSVReader(data.dropFirst(header.count))
    var counts = [Int](repeating: 0, count: 3 * classSet.count)
    var values: [Double] = []
    values.reserveCapacity(pictures.count * counts.count)
    for picture in pictures {
      guard !reader.isAtEnd, reader.text() == picture, reader.wholes(into: &counts), areSums(counts),
        // A file that was cut off may end within a number.
        !reader.isAtEnd || data.last == UInt8(ascii: "\n")
      else {
        throw StorageError.malformed(
          file: file.path, reason: "line \(reader.line + 1) isn't that of the boundaries of \(picture)")
      }
      values += counts.map(Double.init)
    }
    guard reader.isAtEnd else {
      throw StorageError.malformed(file: file.path, reason: "it has more pictures than the run")
    }
    return PictureSums(classCount: classSet.count, values: values)
  }

  /// Whether no class has more hits than pixels in either boundary.
  private static func areSums(_ counts: [Int]) -> Bool {
    let classCount = counts.count / 3
    return (0..<classCount).allSatisfy {
      counts[$0] >= 0 && counts[$0] <= min(counts[classCount + $0], counts[2 * classCount + $0])
    }
  }
}
