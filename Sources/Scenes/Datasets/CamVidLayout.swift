import Foundation

/// CamVid (Brostow, Fauqueur, Cipolla 2009) as distributed with SegNet: `train`, `trainannot`, `val`, `valannot`...,
/// pictures and label files of the same names.
package enum CamVidLayout: DatasetLayout {
  package static let name = "camvid"
  package static let summary = "train/, trainannot/, val/, valannot/"

  package static func open(_ folder: URL, classes: ClassSet) throws -> Dataset? {
    let splits = ["train", "val", "test"].filter { split in
      ["\(split)", "\(split)annot"].allSatisfy {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
      }
    }
    guard splits.contains("train") || splits.contains("val") else { return nil }
    let labelTable = try LabelTable(.camvid, classes)
    var problems: [ScenesError] = []
    let found = try splits.map { ($0, try entries(of: $0, in: folder, labelTable, &problems)) }
    return Dataset(
      name: name, location: folder.path, labelTable: labelTable, splits: Dictionary(uniqueKeysWithValues: found),
      problems: problems,
      citation: "CamVid: Brostow, Fauqueur, Cipolla 2009, doi:10.1016/j.patrec.2008.04.005")
  }

  private static func entries(
    of split: String, in folder: URL, _ labelTable: LabelTable, _ problems: inout [ScenesError]
  ) throws -> [SceneEntry] {
    try files(in: folder.appendingPathComponent(split), ending: ".png").compactMap { picture in
      let name = picture.deletingPathExtension().lastPathComponent
      let labels = folder.appendingPathComponent("\(split)annot").appendingPathComponent(picture.lastPathComponent)
      guard FileManager.default.fileExists(atPath: labels.path) else {
        problems.append(.missingLabels(picture: picture.path, expected: labels.path))
        return nil
      }
      return SceneEntry(
        name: name, group: String(name.prefix { $0 != "_" }),
        source: .files(picture: picture, labels: labels, instances: nil), labelTable: labelTable)
    }
  }
}
