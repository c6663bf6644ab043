import Foundation

/// Folders of pictures and of label files, by the usual names: `images` and `masks`, `img` and `labels`, `JPEGImages` and
/// `SegmentationClass`..., below or above folders of splits, or with lists of names for each split as Pascal VOC has them.
package enum FolderLayout: DatasetLayout {
  package static let name = "folders"
  package static let summary =
    "images/ and masks/ (or img, labels, annotations, gt...), below or above train/, val/, test/"

  package static func find(in index: FolderIndex) throws -> FoundScenes? {
    var (pictures, masks): ([String: [Place]], [String: [Place]]) = ([:], [:])
    for file in index.files {
      guard let place = Place(file) else { continue }
      if place.isMask {
        masks[place.folder, default: []].append(place)
      } else {
        pictures[place.folder, default: []].append(place)
      }
    }
    let all = pictures.values.joined().filter { $0.path.isPicture }
    guard !all.isEmpty, !masks.isEmpty else { return nil }
    try oneKind(all.map(\.kind), "pictures", index)
    try oneKind(masks.values.joined().filter { $0.path.isPicture }.map(\.kind), "label files", index)

    var found = FoundScenes()
    let labelled = Set(masks.values.joined().map(\.split))
    for (folder, places) in pictures.sorted(by: { $0.key < $1.key }) {
      let own = places.filter { $0.path.isPicture }
      // A split without any label files, as test sets are published, is no fault.
      guard labelled.contains(own.first?.split) else {
        if let split = own.first?.split { found.unused["pictures without labels (\(split))"] = own.count }
        continue
      }
      let candidates = (masks[folder] ?? []).map(\.path).filter(\.isPicture)
      let pairing = Pairing(pictures: own.map(\.path), masks: candidates)
      for place in own {
        if let labels = pairing.labels[place.path] {
          let name = place.name
          found.scenes.append(
            .init(split: place.split, group: group(of: name), name: name, picture: place.path, labels: labels))
        } else if let several = pairing.unclear[place.path] {
          found.problems.append(.severalLabels(picture: index.url(place.path).path, files: several))
        } else {
          let expected = masks[folder]?.first.map {
            $0.path.folder.joined("\(place.path.lastComponent.withoutEnding).png")
          }
          found.problems.append(
            .missingLabels(
              picture: index.url(place.path).path, expected: index.url(expected ?? "a label file").path))
        }
      }
    }
    let paired = Set(found.scenes.map(\.labels))
    let alone = masks.values.joined().filter { $0.path.isPicture && !paired.contains($0.path) }.count
    if alone > 0 { found.unused["label files without a picture"] = alone }
    if found.scenes.allSatisfy({ $0.split == nil }) { try found.divide(by: SplitLists(index)) }
    let counted = Set(masks.values.joined().map(\.path) + all.map(\.path))
    found.countUnused(index) { counted.contains($0) || SplitLists.isList($0) }
    return found
  }

  /// Refuses a folder that has several kinds of pictures or of label files: which is meant isn't ours to guess.
  private static func oneKind(_ kinds: [String], _ what: String, _ index: FolderIndex) throws {
    let kinds = Set(kinds).sorted()
    guard kinds.count <= 1 else {
      throw ScenesError.unknownLayout(
        folder: index.root.path,
        reason: "it holds \(what) in several folders, \(kinds.joined(separator: " and ")): say which are meant in a "
          + "dataset.yaml, with 'pictures' and 'masks'")
    }
  }

  /// Where a file stands: below a folder of pictures or of label files.
  private struct Place {
    let path: String
    let isMask: Bool
    /// The folder that tells what the file is, without the word for a split.
    let kind: String
    let split: String?
    /// The folder but for `kind` and the split, which pictures and label files have in common, with the split before it.
    let folder: String
    /// The scene's name: the path but for `kind`, split and ending.
    let name: String

    init?(_ path: String) {
      let parts = path.split(separator: "/").map(String.init)
      let found = parts.dropLast().indices.first { index in
        let words = Set(Words.words(parts[index]))
        return !words.isDisjoint(with: Words.masks) || !words.isDisjoint(with: Words.pictures)
      }
      guard let found else { return nil }
      let words = Words.words(parts[found])
      isMask = !Set(words).isDisjoint(with: Words.masks)
      kind =
        parts[..<found].filter { Words.split($0) == nil }.map { $0 + "/" }.joined()
        + words.filter { Words.split($0) == nil }.joined(separator: "_")
      var rest = Array(parts.dropLast())
      rest.remove(at: found)
      var split = words.lazy.compactMap(Words.split).first
      if split == nil, let place = rest.firstIndex(where: { Words.split($0) != nil }) {
        split = Words.split(rest.remove(at: place))
      }
      (self.path, self.split) = (path, split)
      // Folders above `kind` are the dataset's own, not a scene's.
      let below = rest.dropFirst(parts[..<found].filter { Words.split($0) == nil }.count).joined(separator: "/")
      folder = "\(split ?? ""):\(below)"
      name = below.joined(parts[parts.count - 1].withoutEnding)
    }
  }
}

/// Lists of names, one a split: `train.txt`, `val.txt`, `test.txt`, also below folders such as `ImageSets/Segmentation`.
struct SplitLists {
  /// The names of each split, with the file and line of each.
  let names: [String: [(name: String, file: String, line: Int)]]

  static func isList(_ path: String) -> Bool {
    path.ending == "txt" && Words.split(path.lastComponent.withoutEnding) != nil
  }

  init(_ index: FolderIndex) throws {
    var names: [String: [(name: String, file: String, line: Int)]] = [:]
    let files = index.files.filter(Self.isList)
    for file in files {
      guard let split = Words.split(file.lastComponent.withoutEnding) else { continue }
      guard names[split] == nil else {
        throw ScenesError.unknownLayout(
          folder: index.root.path,
          reason:
            "several lists name the scenes of \(split): \(files.joined(separator: ", ")); say which is meant in a "
            + "dataset.yaml, with 'splits'")
      }
      names[split] = try Self.names(in: file, index)
    }
    self.names = names
  }

  /// The lists of given files, by split.
  init(files: [String: String], _ index: FolderIndex) throws {
    names = try files.mapValues { try Self.names(in: $0, index) }
  }

  private static func names(
    in file: String, _ index: FolderIndex
  ) throws -> [(name: String, file: String, line: Int)] {
    try TextList.lines(of: index.url(file)).map { number, line in
      // Pascal VOC's lists for classes have a second column.
      let name = line.split { $0 == " " || $0 == "\t" || $0 == "," }.first.map(String.init) ?? line
      return (name, index.url(file).path, number)
    }
  }
}

extension FoundScenes {
  /// Divides scenes that aren't divided by lists of their names, where there are any.
  ///
  /// - Throws: `ScenesError.badList` for a name that stands for no scene or for several, or in two splits.
  mutating func divide(by lists: SplitLists) throws {
    guard !lists.names.isEmpty else { return }
    let byName = Dictionary(grouping: scenes.indices) { scenes[$0].name }
    let byLast = Dictionary(grouping: scenes.indices) { scenes[$0].name.lastComponent }
    let faulty = Set(problems.compactMap { $0.file?.lastComponent.withoutEnding })
    var chosen: [Int: String] = [:]
    for (split, entries) in lists.names.sorted(by: { $0.key < $1.key }) {
      for entry in entries {
        let stem = entry.name.isPicture ? entry.name.withoutEnding : entry.name
        let places = byName[stem] ?? byLast[stem.lastComponent] ?? []
        guard places.count == 1, let place = places.first else {
          // What has no label file was named already.
          if places.isEmpty, faulty.contains(stem.lastComponent) { continue }
          throw ScenesError.badList(
            file: entry.file, line: entry.line,
            reason: places.isEmpty
              ? "there is no picture with labels for '\(entry.name)'"
              : "'\(entry.name)' may be \(places.map { scenes[$0].picture }.joined(separator: " or "))")
        }
        if let other = chosen.updateValue(split, forKey: place), other != split {
          throw ScenesError.badList(
            file: entry.file, line: entry.line, reason: "'\(entry.name)' is listed for \(other) too")
        }
      }
    }
    let left = scenes.count - chosen.count
    if left > 0 { unused["pictures in no list"] = left }
    scenes = scenes.indices.compactMap { place in
      chosen[place].map { split in
        scenes[place].changed(split: .some(split))
      }
    }
  }
}
