import Foundation

/// The files below a folder, found once, so that every layout looks at the same list.
package struct FolderIndex: Sendable {
  package let root: URL
  /// Paths of all files from `root`, in order; hidden files and folders are left out, links to folders followed.
  package let files: [String]
  /// Paths of all folders.
  package let folders: Set<String>
  private let known: Set<String>

  /// How deep folders are looked into, and how many files are listed: more is no dataset but a disk.
  private static let (depthLimit, fileLimit) = (12, 2_000_000)

  /// Lists what is below `root`.
  ///
  /// - Throws: `ScenesError.unknownLayout` where it is no folder, can't be read or holds too much.
  package init(_ root: URL) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw ScenesError.unknownLayout(folder: root.path, reason: "there is no such folder")
    }
    var (files, folders): ([String], Set<String>) = ([], [])
    func look(_ path: String, _ parents: [String]) throws {
      let folder = path.isEmpty ? root : root.appendingPathComponent(path)
      // A link to a folder around it would lead round in circles.
      let real = folder.resolvingSymlinksInPath().path
      guard !parents.contains(real), parents.count < Self.depthLimit else { return }
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      } catch {
        throw ScenesError.unknownLayout(folder: folder.path, reason: "it can't be read")
      }
      for name in names.sorted() where !name.hasPrefix(".") {
        let below = path.isEmpty ? name : "\(path)/\(name)"
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: root.appendingPathComponent(below).path, isDirectory: &isFolder)
        if isFolder.boolValue {
          folders.insert(below)
          try look(below, parents + [real])
        } else {
          files.append(below)
        }
      }
      guard files.count <= Self.fileLimit else {
        throw ScenesError.unknownLayout(folder: root.path, reason: "it holds over \(Self.fileLimit) files")
      }
    }
    try look("", [])
    (self.root, self.files, self.folders) = (root, files, folders)
    known = Set(files)
  }

  /// Whether there is a file at `path`.
  func has(_ path: String) -> Bool { known.contains(path) }

  /// The file at `path`.
  func url(_ path: String) -> URL { root.appendingPathComponent(path) }
}

extension String {
  /// What stands after the last `/`.
  var lastComponent: String { split(separator: "/").last.map(String.init) ?? self }

  /// What stands before the last `/`; empty where there is none.
  var folder: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }

  /// What stands after the last dot of the last component, in lower case; empty where there is none.
  var ending: String {
    let name = lastComponent
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// Whether it is called like a picture that can be read.
  var isPicture: Bool { PictureFile.endings.contains(ending) }

  /// The path without its ending.
  var withoutEnding: String { ending.isEmpty ? self : String(dropLast(ending.count + 1)) }

  /// A path of two parts, either of which may be empty.
  func joined(_ other: String) -> String {
    isEmpty ? other : other.isEmpty ? self : "\(self)/\(other)"
  }
}
