/// CamVid (Brostow, Fauqueur, Cipolla 2009) as distributed with SegNet: `train`, `trainannot`, `val`, `valannot`...,
/// pictures and label files of the same names.
package enum CamVidLayout: DatasetLayout {
  package static let name = "camvid"
  package static let summary = "train/, trainannot/, val/, valannot/"

  /// The drives of CamVid, with which its files' names begin.
  private static let drives: Set = ["0001TP", "0006R0", "0016E5", "Seq05VD"]

  package static func find(in index: FolderIndex) throws -> FoundScenes? {
    let splits = ["train", "val", "test"].filter { index.folders.isSuperset(of: [$0, "\($0)annot"]) }
    guard splits.contains("train") || splits.contains("val") else { return nil }
    var found = FoundScenes()
    for file in index.files where file.isPicture {
      let split = file.folder
      guard splits.contains(split) else { continue }
      let name = file.lastComponent.withoutEnding
      let labels = "\(split)annot/\(name)"
      guard let labels = ["\(labels).png", "\(labels).PNG"].first(where: index.has) else {
        found.problems.append(
          .missingLabels(picture: index.url(file).path, expected: index.url("\(labels).png").path))
        continue
      }
      found.scenes.append(
        .init(split: split, group: String(name.prefix { $0 != "_" }), name: name, picture: file, labels: labels))
    }
    let isNamed = found.scenes.allSatisfy { drives.contains($0.group) }
    found.evidence = .camvid(isNamed: isNamed)
    if isNamed { found.citation = "CamVid: Brostow, Fauqueur, Cipolla 2009, doi:10.1016/j.patrec.2008.04.005" }
    found.countUnused(index)
    return found
  }
}
