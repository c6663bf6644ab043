import Foundation

/// Scenes that belong together, divided by their makers into splits such as `train` and `val`.
package struct Dataset: Sendable {
  /// Its name, such as `camvid`.
  package let name: String
  /// Where it lies, or a description where it is drawn in memory; shown in messages.
  package let location: String
  package let labelTable: LabelTable
  /// The scenes of each split, in the order of their names.
  package let splits: [String: [SceneEntry]]
  /// Pictures that were left out as they have no labels; who opens the dataset decides whether that is an error.
  package let problems: [ScenesError]
  /// How the source is to be cited wherever its pictures or scores appear.
  package let citation: String

  package init(
    name: String, location: String, labelTable: LabelTable, splits: [String: [SceneEntry]],
    problems: [ScenesError] = [], citation: String
  ) {
    self.name = name
    self.location = location
    self.labelTable = labelTable
    self.splits = splits.mapValues { $0.sorted { $0.name < $1.name } }
    self.problems = problems
    self.citation = citation
  }

  /// The scenes of a split, or `limit` of them, evenly spaced.
  ///
  /// - Throws: `ScenesError.noScenes` where there are none.
  package func entries(_ split: String, limit: Int? = nil) throws -> [SceneEntry] {
    guard let entries = splits[split], !entries.isEmpty else {
      throw ScenesError.noScenes(folder: location, split: split)
    }
    return spaced(entries, limit)
  }

  /// Opens the dataset in `folder`, recognised by its layout.
  ///
  /// - Throws: `ScenesError.unknownLayout` where no known layout fits, `.badClasses` where the classes aren't defined for
  ///   its labels, and what the layout finds wrong.
  package static func open(_ folder: URL, classes: ClassSet = .cityscapes8) throws -> Dataset {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw ScenesError.unknownLayout(folder: folder.path, reason: "there is no such folder")
    }
    for layout in DatasetLayouts.all {
      if let dataset = try layout.open(folder, classes: classes) { return dataset }
    }
    let known = DatasetLayouts.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")
    throw ScenesError.unknownLayout(folder: folder.path, reason: "known layouts are \(known)")
  }
}

/// A way in which a dataset lies in a folder.
package protocol DatasetLayout: SendableMetatype {
  static var name: String { get }
  /// The folders by which it is known, in a few words.
  static var summary: String { get }
  /// The dataset in `folder`, or nil where the folder has another layout.
  static func open(_ folder: URL, classes: ClassSet) throws -> Dataset?
}

/// The layouts that are recognised; a new dataset is a file beside this one and a line here.
package enum DatasetLayouts {
  package static let all: [any DatasetLayout.Type] = [CityscapesLayout.self, CamVidLayout.self]
}

/// At most `limit` of `items`, evenly spaced, in their order.
func spaced<Item>(_ items: [Item], _ limit: Int?) -> [Item] {
  guard let limit, limit < items.count else { return items }
  return (0..<limit).map { items[$0 * items.count / limit] }
}
