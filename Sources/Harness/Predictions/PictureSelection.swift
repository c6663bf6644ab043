import Foundation
import Scenes
import Storage

/// The pictures that a command is given, and the names under which what is made of them is stored.
package struct PictureSelection {
  /// One picture.
  package struct Item: Equatable, Sendable {
    package let file: URL
    /// Its name without ending, as a path below the folder of outputs; no two are the same.
    package let name: String

    /// Reads it.
    func picture() throws -> Picture { try PictureFile.picture(at: file) }
  }

  /// In the order in which they were given; those of a folder by their paths.
  package let items: [Item]
  /// How many files of the given folders are no pictures, by the ending of their names.
  package let unused: [String: Int]

  /// What was left out, for people: `3 .txt, 1 .tif`.
  package var unusedText: String {
    unused.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key.isEmpty ? "without ending" : ".\($0.key)")" }.joined(separator: ", ")
  }

  /// A picture that was found: its path below the folder that was given, or below that of a file that was given.
  private struct Found {
    let file: URL
    let argument: Int
    let path: String
  }

  /// Finds the pictures of `arguments`: files, of whatever name, and what of folders is named as pictures are, hidden
  /// files and folders left out. A file that is given twice is taken once.
  ///
  /// A name is the path below the given folder, without ending. Those that would be the same get as many of the folders
  /// before them as tell them apart, and files of one folder that differ in their endings keep those.
  ///
  /// - Parameters:
  ///   - arguments: files and folders, which must be there.
  ///   - out: where outputs are written; what lies there is left out of folders.
  /// - Throws: `StorageError.unreadable` for what isn't there; `HarnessError.noPictures` where there are none.
  package init(_ arguments: [URL], out: URL) throws {
    var found: [Found] = []
    var unused: [String: Int] = [:]
    var known: Set<String> = []
    for (number, argument) in arguments.enumerated() {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: argument.path, isDirectory: &isFolder) else {
        throw StorageError.unreadable(file: argument.path, reason: "there is no such file or folder")
      }
      let paths = isFolder.boolValue ? try Self.files(below: argument, out: out) : [argument.lastPathComponent]
      let folder = isFolder.boolValue ? argument : argument.deletingLastPathComponent()
      for path in paths {
        let file = folder.appendingPathComponent(path)
        if isFolder.boolValue && !PictureFile.isPicture(file) {
          unused[file.pathExtension.lowercased(), default: 0] += 1
        } else if known.insert(file.resolvingSymlinksInPath().path).inserted {
          found.append(Found(file: file, argument: number, path: path))
        }
      }
    }
    self.unused = unused
    guard !found.isEmpty else { throw HarnessError.noPictures(arguments.map(\.path)) }
    items = zip(found, Self.names(found, arguments)).map { Item(file: $0.file, name: $1) }
  }

  /// The paths below `folder` of the files that aren't hidden and don't lie in `out`, sorted.
  private static func files(below folder: URL, out: URL) throws -> [String] {
    guard let paths = Files.visiblePaths(below: folder) else {
      throw StorageError.unreadable(file: folder.path, reason: "it is not a readable folder")
    }
    let root = folder.resolvingSymlinksInPath()
    let outPath = out.resolvingSymlinksInPath().path + "/"
    return paths.filter { path in
      var isFolder: ObjCBool = false
      let file = root.appendingPathComponent(path).path
      return (outPath == root.path + "/" || !file.hasPrefix(outPath))
        && FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  /// A name for each of `found`, all different.
  private static func names(_ found: [Found], _ arguments: [URL]) -> [String] {
    // How many of the folders before it stand before the paths of an argument, and which files keep their ending.
    var added = [Int](repeating: 0, count: arguments.count)
    var keepsEnding = [Bool](repeating: false, count: found.count)
    let folders = found.map { own in
      Array(own.file.standardizedFileURL.pathComponents.dropLast(own.path.split(separator: "/").count).dropFirst())
    }
    while true {
      let names = found.indices.map { index in
        let path = (folders[index].suffix(added[found[index].argument]) + [found[index].path]).joined(separator: "/")
        return keepsEnding[index] ? path : (path as NSString).deletingPathExtension
      }
      let same = Dictionary(grouping: names.indices) { names[$0] }.values.filter { $0.count > 1 }
      if same.isEmpty { return names }
      for group in same {
        let byFolder = Dictionary(grouping: group) {
          found[$0].file.deletingLastPathComponent().standardizedFileURL.path
        }
        for members in byFolder.values where members.count > 1 {
          for index in members { keepsEnding[index] = true }
        }
        if byFolder.count > 1 { for argument in Set(group.map { found[$0].argument }) { added[argument] += 1 } }
      }
    }
  }
}
