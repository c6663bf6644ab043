import Foundation
import Settings

/// Scenes that belong together, divided by their makers into splits such as `train` and `val`.
package struct Dataset: Sendable {
  /// Its name, such as `camvid`.
  package let name: String
  /// Where it lies, or a description where it is drawn in memory; shown in messages.
  package let location: String
  package let labelTable: LabelTable
  /// The scenes of each split, in the order of their names; all under `undivided` where the data have no splits.
  package let splits: [String: [SceneEntry]]
  /// Pictures that were left out as they have no labels; who opens the dataset decides whether that is an error.
  package let problems: [ScenesError]
  /// How many files of its folder aren't used, by what they are.
  package let unused: [String: Int]
  /// What was found out about the data and is worth saying aloud, such as the encoding of their label files.
  package let notes: [String]
  /// How the source is to be cited wherever its pictures or scores appear.
  package let citation: String
  /// How much the pictures of a drive have in common.
  package let order: PictureOrder

  /// Under what `splits` has scenes that nothing divides.
  package static let undivided = "all"

  /// A dataset of given scenes. Of an `order` that nobody has said, the careful one is taken: frames of a video, unless
  /// every drive has a single picture.
  package init(
    name: String, location: String, labelTable: LabelTable, splits: [String: [SceneEntry]],
    problems: [ScenesError] = [], unused: [String: Int] = [:], notes: [String] = [], citation: String,
    order: PictureOrder? = nil
  ) {
    self.name = name
    self.location = location
    self.labelTable = labelTable
    self.splits = splits.mapValues { $0.sorted { $0.name < $1.name } }
    (self.problems, self.unused, self.notes, self.citation) = (problems, unused, notes, citation)
    let groups = splits.values.joined().map(\.group)
    self.order = order ?? (Set(groups).count == groups.count ? .places : .video)
  }

  /// The scenes of a split, or `limit` of them, evenly spaced.
  ///
  /// - Throws: `ScenesError.noScenes` where there are none.
  package func entries(_ split: String, limit: Int? = nil) throws -> [SceneEntry] {
    guard let entries = splits[split], !entries.isEmpty else {
      throw ScenesError.noScenes(
        folder: location, split: split, known: splits.filter { !$0.value.isEmpty }.map(\.key).sorted())
    }
    return spaced(entries, limit)
  }

  /// Opens the dataset in `folder`: as its `dataset.yaml` says, else as its layout tells.
  ///
  /// - Parameters:
  ///   - folder: where it lies.
  ///   - classes: the classes that its labels are read as.
  ///   - layout: the name of a layout; nil for the one that fits.
  ///   - encoding: how label files stand for labels, a name or a section; nil for what the description or the files tell.
  /// - Throws: `ScenesError.unknownLayout` where no known layout fits, or several, `.unclearEncoding`, `.badClasses` where
  ///   the classes aren't defined for its labels, and what the layout finds wrong; `SettingError` for unknown names.
  package static func open(
    _ folder: URL, classes: ClassSet = .cityscapes8, layout: String? = nil, encoding: Setting? = nil
  ) throws -> Dataset {
    let index = try FolderIndex(folder)
    let description = try DatasetDescription(in: folder)
    let found = try DescribedLayout.find(description ?? DatasetDescription(), layout: layout, in: index)
    guard !found.scenes.isEmpty else {
      throw found.problems.first ?? ScenesError.noScenes(folder: folder.path, split: "any part")
    }
    var notes: [String] = []
    let own: LabelEncoding
    if let encoding = encoding ?? description?.encoding {
      own = try LabelEncoding(encoding, for: classes)
    } else {
      do {
        let guess = try EncodingGuess(found, in: index, for: classes)
        own = guess.encoding
        notes.append("labels are \(guess.reason)")
      } catch let unclear as EncodingGuess.Unclear {
        throw unclear.refusal
      }
    }
    let labelTable = try LabelTable(own, classes)
    var splits: [String: [SceneEntry]] = [:]
    for (split, scenes) in Dictionary(grouping: found.scenes, by: \.split) {
      splits[split ?? undivided] = named(scenes).map { name, scene in
        SceneEntry(
          name: name, group: scene.group,
          source: .files(
            picture: index.url(scene.picture), labels: index.url(scene.labels),
            instances: scene.instances.map(index.url)),
          labelTable: labelTable)
      }
    }
    return Dataset(
      name: description?.name ?? found.layout, location: folder.path, labelTable: labelTable, splits: splits,
      problems: found.problems, unused: found.unused, notes: notes,
      citation: description?.citation ?? found.citation ?? description?.name ?? folder.lastPathComponent,
      order: description?.order ?? found.order)
  }

  /// The name of each scene, unique within its split: with the group before it where a name occurs twice, as frames of two
  /// cities may be numbered alike, and the whole path where even that does.
  private static func named(_ scenes: [FoundScenes.Found]) -> [(String, FoundScenes.Found)] {
    func unique(_ names: [String], else longer: (FoundScenes.Found) -> String) -> [String] {
      let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
      return zip(names, scenes).map { name, scene in counts[name] == 1 ? name : longer(scene) }
    }
    let names = unique(scenes.map(\.name)) { $0.group.joined($0.name) }
    return Array(zip(unique(names) { $0.picture }, scenes))
  }
}

/// A way in which a dataset lies in a folder.
package protocol DatasetLayout: SendableMetatype {
  static var name: String { get }
  /// The folders by which it is known, in a few words.
  static var summary: String { get }
  /// The scenes in a folder, or nil where the folder has another layout.
  static func find(in index: FolderIndex) throws -> FoundScenes?
}

/// The layouts that are recognised; a new one is a file beside them and a line here.
package enum DatasetLayouts {
  package static let all: [any DatasetLayout.Type] = [
    CityscapesLayout.self, CamVidLayout.self, FolderLayout.self, ListLayout.self,
  ]

  /// The scenes of a folder by the layout of that name, or else by the only one that fits.
  ///
  /// - Throws: `ScenesError.unknownLayout`, `SettingError.unknown`.
  static func find(_ name: String?, in index: FolderIndex) throws -> FoundScenes {
    let chosen = all.filter { name == nil || $0.name == name }
    guard !chosen.isEmpty else {
      throw SettingError.unknown(kind: "layout", name: name ?? "", known: all.map { $0.name })
    }
    let fitting = try chosen.compactMap { layout -> FoundScenes? in
      let found = try layout.find(in: index)
      return found?.of(layout: layout.name)
    }
    if let name, fitting.isEmpty {
      throw ScenesError.unknownLayout(
        folder: index.root.path, reason: "it hasn't the layout \(name): \(chosen[0].summary)")
    }
    guard let found = fitting.first else {
      throw ScenesError.unknownLayout(
        folder: index.root.path,
        reason: (index.files.isEmpty
          ? "it is empty" : "known layouts are \(all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; "))")
          + "; a \(DatasetDescription.fileName) can say where pictures and masks are")
    }
    guard fitting.count == 1 else {
      throw ScenesError.unknownLayout(
        folder: index.root.path,
        reason: "it holds several datasets, of the layouts \(fitting.map(\.layout).joined(separator: " and ")): "
          + "say which with data.layout, or --layout")
    }
    return found
  }
}

/// At most `limit` of `items`, evenly spaced, in their order.
func spaced<Item>(_ items: [Item], _ limit: Int?) -> [Item] {
  guard let limit, limit < items.count else { return items }
  return (0..<limit).map { items[$0 * items.count / limit] }
}
