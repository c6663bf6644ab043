import Foundation
import Harness
import Scenes
import Settings
import Storage

/// The pictures of a dataset that are served, known by ids.
///
/// An id is looked up, never made into a path, so no request reaches another file.
package final class Gallery: Sendable {
  /// One of the pictures.
  package struct Item: Sendable {
    package let id, split: String
    package let entry: SceneEntry
  }

  /// The names of the splits with their ids, those that models are tested on first.
  package let splits: [(name: String, ids: [String])]
  /// How the source is to be cited.
  package let citation: String
  private let items: [String: Item]
  private let loader: SceneLoader
  /// How many bytes of decoded scenes are kept.
  private static let keptBytes = 1 << 27
  /// How many pictures a page lists.
  package static let pageSize = 24

  /// The pictures of `dataset`; an id is the scene's name, with the split before it where the name stands in several.
  /// Characters that mean something in addresses are underscores in it.
  package init(_ dataset: Dataset) {
    let names = dataset.splits.keys.sorted { Self.rank($0) < Self.rank($1) }
    var items: [String: Item] = [:]
    var splits: [(String, [String])] = []
    let counts = Dictionary(
      dataset.splits.values.joined().map { (Self.plain($0.name), 1) }, uniquingKeysWith: +)
    for split in names {
      var ids: [String] = []
      for entry in dataset.splits[split] ?? [] {
        let name = Self.plain(entry.name)
        var id = counts[name] == 1 ? name : "\(Self.plain(split)).\(name)"
        // Names that differ in what became an underscore only.
        var number = 2
        while items[id] != nil {
          id = "\(Self.plain(split)).\(name).\(number)"
          number += 1
        }
        items[id] = Item(id: id, split: split, entry: entry)
        ids.append(id)
      }
      splits.append((split, ids))
    }
    (self.items, self.splits, citation) = (items, splits, dataset.citation)
    loader = SceneLoader(size: nil, limit: Self.keptBytes)
  }

  /// Opens a dataset for models: with the classes of the first whose class set its labels allow.
  ///
  /// - Parameters:
  ///   - root: the folder, or `synthetic`.
  ///   - models: whose settings say how those data are read that they were trained on.
  /// - Throws: errors of data and files.
  package convenience init(root: String, for models: [ServedModel]) throws {
    var failure: (any Error)?
    for model in models {
      let settings = model.stored.settings.data
      let own = settings.root == root ? settings : nil
      do {
        let dataset = try Dataset.open(
          root, sceneSeed: settings.sceneSeed, classes: model.classes, layout: own?.layout, encoding: own?.encoding)
        self.init(dataset)
        return
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? ScenesError.noScenes(folder: root, split: "any part")
  }

  /// What models are tested on comes first, then what they are chosen by.
  private static func rank(_ split: String) -> (Int, String) { (["test", "val"].firstIndex(of: split) ?? 2, split) }

  /// The name with underscores for all that isn't a letter or digit of ASCII, a dot or a dash.
  private static func plain(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" })
  }

  /// The picture of that id.
  ///
  /// - Throws: `Problem.notFound`.
  package func item(_ id: String) throws -> Item {
    if let item = items[id] { return item }
    // The list of all would help nobody.
    let near = id.utf8.count <= 100 ? nearest(to: id, among: items.keys.sorted()) : nil
    throw Problem(
      .notFound, "there is no picture '\(id.prefix(100))'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }

  /// The scene of an item, at its own size.
  ///
  /// - Throws: `ScenesError`, `StorageError`.
  package func scene(_ item: Item) throws -> Scene { try loader.scene(item.entry) }

  /// The truth of `scene` as `classes`; nil where these aren't defined for its labels.
  package static func scene(_ scene: Scene, as classes: ClassSet) -> Scene? {
    if scene.labelTable.classSet == classes { return scene }
    guard let table = try? LabelTable(scene.labelTable.encoding, classes) else { return nil }
    return Scene(
      name: scene.name, picture: scene.picture, labels: scene.labels, instances: scene.instances, labelTable: table)
  }

  /// One page of a list.
  package struct Page: Encodable, Sendable {
    struct Entry: Encodable, Sendable { let id, group: String }
    struct Split: Encodable, Sendable {
      let name: String
      let count: Int
    }
    let split: String
    let splits: [Split]
    let page, pages, count: Int
    let citation: String
    let pictures: [Entry]
  }

  /// A page of the pictures of a split.
  ///
  /// - Parameters:
  ///   - split: its name; nil for that which models are tested on, as is `test` where the data have no such split.
  ///   - page: from 1.
  /// - Throws: `Problem`.
  package func page(_ page: String?, of split: String?) throws -> Page {
    guard let first = splits.first else { preconditionFailure("a dataset without splits") }
    let chosen = splits.first { $0.name == split } ?? (split == nil || split == "test" ? first : nil)
    guard let chosen else { throw Problem.unknown("split", split ?? "", splits.map(\.name)) }
    let pages = max(1, (chosen.ids.count + Self.pageSize - 1) / Self.pageSize)
    let number = page.map { Int($0) ?? 0 } ?? 1
    guard (1...pages).contains(number) else {
      throw Problem(.badRequest, "page is '\((page ?? "").prefix(100))', but must be 1 to \(pages)")
    }
    let ids = chosen.ids.dropFirst((number - 1) * Self.pageSize).prefix(Self.pageSize)
    return Page(
      split: chosen.name, splits: splits.map { .init(name: $0.name, count: $0.ids.count) }, page: number, pages: pages,
      count: chosen.ids.count, citation: citation,
      pictures: ids.compactMap { id in items[id].map { .init(id: id, group: $0.entry.group) } })
  }
}
