import Foundation
import Scenes
import Storage

/// Per-picture instance sums as CSV, so that instance-weighted scores have intervals over pictures like all others.
package enum InstanceTable {
  private static func header(_ classSet: ClassSet) -> String {
    let names = classSet.withInstances.map { classSet.names[$0] }
    return "picture"
      + names.map { name in
        ["hits", "misses", "false positives"].map { "," + CSV.quoted("\(name) \($0)") }.joined()
      }.joined() + "\n"
  }

  /// One row a picture: weighted hits, weighted misses and false positives of each class that has instances. Nil where a
  /// picture has no instance ids.
  package static func csv(_ pictures: [(name: String, tally: Tally)], of classSet: ClassSet) -> String? {
    var text = header(classSet)
    for (name, tally) in pictures {
      guard let sums = tally.instances else { return nil }
      text += CSV.quoted(name)
      for place in classSet.withInstances {
        text += ",\(sums.hits[place]),\(sums.misses[place]),\(sums.falsePositives[place])"
      }
      text += "\n"
    }
    return text
  }

  /// The sums of `pictures`, in their order, as `PictureSums` holds them; nil where there is no such file.
  ///
  /// - Throws: `StorageError.malformed` where it isn't about these pictures and classes.
  static func read(_ file: URL, pictures: [String], of classSet: ClassSet) throws -> [Double]? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let text = String(decoding: try Files.read(file, limit: RunStore.byteLimit), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let width = 3 * classSet.withInstances.count
    guard lines.count == pictures.count + 1, lines[0] + "\n" == header(classSet) else {
      throw StorageError.malformed(file: file.path, reason: "it isn't about the pictures and classes of the run")
    }
    var values: [Double] = []
    for (line, picture) in zip(lines.dropFirst(), pictures) {
      let start = CSV.quoted(picture) + ","
      let row = line.hasPrefix(start) ? line.dropFirst(start.count).split(separator: ",").compactMap { Double($0) } : []
      guard row.count == width, row.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw StorageError.malformed(file: file.path, reason: "line '\(line.prefix(80))' isn't that of \(picture)")
      }
      values += row
    }
    return values
  }
}
