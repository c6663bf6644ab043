import Foundation
import Scenes
import Settings
import Storage

/// Which file of a folder is about which scene: predictions, or pictures that stand for the scenes' own.
///
/// A file belongs to the scene with the longest name that its own begins with, where what follows is neither a letter
/// nor a digit. Of a scene in a sub-folder, such as `lyon/frame_000001`, that folder must stand before the file's name.
package struct SceneFiles: Sendable {
  /// What the files are.
  package enum Kind: String, Sendable {
    case prediction, picture

    /// How their names end, in lower case.
    var endings: Set<String> { self == .prediction ? ["png"] : PictureFile.endings }
    /// What they are called in messages.
    var formats: String { self == .prediction ? "PNG files" : "PNG or JPEG files" }
  }

  /// The one file of each scene, in the scenes' order.
  package let files: [URL]
  /// The files that belong to no scene, as paths below the folder, sorted.
  package let others: [String]

  /// Pairs the files below `folder`, hidden ones left out, with scenes.
  ///
  /// - Parameters:
  ///   - kind: what they are; files of other formats are left aside.
  ///   - folder: where they lie; links to folders in it aren't followed.
  ///   - scenes: the names of those that need one each.
  ///   - all: the names of all scenes of the dataset: what belongs to a scene of another split is not taken for one of
  ///     a scene with a shorter name.
  /// - Throws: `HarnessError.noRun` for a folder without such files, `.missingFile`, `.ambiguousFile` for one that
  ///   could be of a scene without any and of others, `.severalFiles`.
  package init(_ kind: Kind, in folder: URL, of scenes: [String], among all: [String]) throws {
    let paths = try Self.paths(of: kind, below: folder)
    let names = Dictionary(grouping: Set(scenes).union(all).sorted(), by: Self.lastPart)
    var candidates: [String: [String]] = [:]
    var others: [String] = []
    for path in paths {
      if let scene = Self.scene(of: path, among: names) {
        candidates[scene, default: []].append(path)
      } else {
        others.append(path)
      }
    }
    let missing = scenes.filter { candidates[$0] == nil }
    if let scene = missing.first {
      for path in others {
        let possible = Self.scenesOfOtherFolders(path, among: names)
        guard possible.count > 1, possible.contains(scene) else { continue }
        throw HarnessError.ambiguousFile(file: folder.appendingPathComponent(path).path, scenes: possible)
      }
      throw HarnessError.missingFile(
        kind: kind, scene: scene, others: missing.count - 1, folder: folder.path,
        nearest: Self.nearest(to: scene, among: others))
    }
    self.others = others
    files = try scenes.map {
      folder.appendingPathComponent(try Self.chosen(candidates[$0] ?? [], kind, of: $0, in: folder))
    }
  }

  /// The paths below `folder` of its files of a kind, sorted.
  private static func paths(of kind: Kind, below folder: URL) throws -> [String] {
    guard let all = Files.visiblePaths(below: folder) else {
      throw HarnessError.noRun(folder: folder.path, reason: "it is not a readable folder")
    }
    let paths = all.filter { path in
      kind.endings.contains { path.lowercased().hasSuffix(".\($0)") }
    }
    guard !paths.isEmpty else { throw HarnessError.noRun(folder: folder.path, reason: "it holds no \(kind.formats)") }
    return paths
  }

  /// The scene that the file at `path` belongs to; nil for none. `names` are those of scenes by their last part.
  private static func scene(of path: String, among names: [String: [String]]) -> String? {
    let folders = path.split(separator: "/").dropLast()
    for start in beginnings(of: stem(path)) {
      let fitting = (names[String(start)] ?? []).filter { name in
        let wanted = name.split(separator: "/").dropLast()
        return folders.suffix(wanted.count).elementsEqual(wanted)
      }
      if let scene = fitting.max(by: { $0.count < $1.count }) { return scene }
    }
    return nil
  }

  /// The scenes that the file's name alone would fit, the folders before it left aside.
  private static func scenesOfOtherFolders(_ path: String, among names: [String: [String]]) -> [String] {
    beginnings(of: stem(path)).lazy.compactMap { names[String($0)] }.first ?? []
  }

  /// What of a file's name can be a scene's, the longest first: all of it, and what stands before any character that
  /// is neither letter nor digit.
  private static func beginnings(of stem: String) -> [Substring] {
    [stem[...]] + stem.indices.reversed().filter { !stem[$0].isLetter && !stem[$0].isNumber }.map { stem[..<$0] }
  }

  /// The only one of a scene's files, or that which is named just as the scene; of predictions first that which holds
  /// exported values, as segbench and Cityscapes name such.
  private static func chosen(_ paths: [String], _ kind: Kind, of scene: String, in folder: URL) throws -> String {
    let exported = kind == .prediction ? paths.filter { stem($0).hasSuffix("_labelIds") } : []
    let plain = paths.filter { stem($0) == lastPart(scene) }
    guard let only = [paths, exported, plain].first(where: { $0.count == 1 })?.first else {
      throw HarnessError.severalFiles(kind: kind, scene: scene, folder: folder.path, files: paths)
    }
    return only
  }

  /// The files whose names begin most like the scene's, three at most.
  private static func nearest(to scene: String, among paths: [String]) -> [String] {
    let name = lastPart(scene)
    let byBeginning = Dictionary(grouping: paths) { String(stem($0).prefix(name.count)) }
    let best = Settings.nearest(to: name, among: byBeginning.keys.sorted())
    return Array((best.flatMap { byBeginning[$0] } ?? []).prefix(3))
  }

  private static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The name of a file without its ending.
  private static func stem(_ path: String) -> String { (lastPart(path) as NSString).deletingPathExtension }
}
