import Foundation

/// Cityscapes (Cordts et al. 2016, arXiv:1604.01685) as its zips unpack, also where each zip has a folder of its own.
package enum CityscapesLayout: DatasetLayout {
  package static let name = "cityscapes"
  package static let summary = "leftImg8bit/<split>/<city>/ and gtFine/<split>/<city>/"

  package static func open(_ folder: URL, classes: ClassSet) throws -> Dataset? {
    guard let pictures = find("leftImg8bit", in: folder) else { return nil }
    guard let truth = find("gtFine", in: folder) else {
      throw ScenesError.unknownLayout(folder: folder.path, reason: "leftImg8bit is there, but gtFine is missing")
    }
    var splits: [String: [SceneEntry]] = [:]
    let labelTable = try LabelTable(.cityscapes, classes)
    var problems: [ScenesError] = []
    // The public test split has no usable labels.
    for split in ["train", "val"] {
      splits[split] = try subfolders(of: pictures.appendingPathComponent(split)).flatMap { city in
        try entries(
          of: city, truth: truth.appendingPathComponent(split).appendingPathComponent(city.lastPathComponent),
          labelTable, &problems)
      }
    }
    return Dataset(
      name: name, location: folder.path, labelTable: labelTable, splits: splits, problems: problems,
      citation: "Cityscapes: Cordts et al. 2016, arXiv:1604.01685")
  }

  private static func entries(
    of city: URL, truth: URL, _ labelTable: LabelTable, _ problems: inout [ScenesError]
  ) throws -> [SceneEntry] {
    let ending = "_leftImg8bit.png"
    return try files(in: city, ending: ending).compactMap { picture in
      let name = String(picture.lastPathComponent.dropLast(ending.count))
      let labels = truth.appendingPathComponent("\(name)_gtFine_labelIds.png")
      guard FileManager.default.fileExists(atPath: labels.path) else {
        problems.append(.missingLabels(picture: picture.path, expected: labels.path))
        return nil
      }
      let instances = truth.appendingPathComponent("\(name)_gtFine_instanceIds.png")
      let hasInstances = FileManager.default.fileExists(atPath: instances.path)
      return SceneEntry(
        name: name, group: city.lastPathComponent,
        source: .files(picture: picture, labels: labels, instances: hasInstances ? instances : nil),
        labelTable: labelTable)
    }
  }

  /// The folder called `name` in `folder`, or in a folder directly within it.
  private static func find(_ name: String, in folder: URL) -> URL? {
    ([folder] + ((try? subfolders(of: folder)) ?? []))
      .map { $0.appendingPathComponent(name) }
      .first { (try? subfolders(of: $0).isEmpty) == false }
  }
}

/// The folders directly within `folder`, by name; none where it isn't there.
func subfolders(of folder: URL) throws -> [URL] {
  try contents(of: folder).filter { $0.hasDirectoryPath }
}

/// The files directly within `folder` whose names end so, by name; none where it isn't there.
func files(in folder: URL, ending: String) throws -> [URL] {
  try contents(of: folder).filter { $0.lastPathComponent.hasSuffix(ending) }
}

private func contents(of folder: URL) throws -> [URL] {
  guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
  do {
    return try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { !$0.hasPrefix(".") }.sorted()
      .map { name in
        var isFolder: ObjCBool = false
        let path = folder.appendingPathComponent(name).path
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return URL(fileURLWithPath: path, isDirectory: isFolder.boolValue)
      }
  } catch {
    throw ScenesError.unknownLayout(folder: folder.path, reason: error.localizedDescription)
  }
}
