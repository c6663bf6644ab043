import Foundation
import Storage

/// Lists of pairs: `train.txt`, `val.txt`... with a picture and its label file a line, as SegNet has them, or one CSV with
/// the columns `picture`, `mask` and perhaps `split` and `group`.
package enum ListLayout: DatasetLayout {
  package static let name = "list"
  package static let summary = "train.txt, val.txt of pairs, or a CSV with the columns picture, mask, split, group"

  package static func find(in index: FolderIndex) throws -> FoundScenes? {
    let lists = index.files.filter { !$0.contains("/") && SplitLists.isList($0) }
    var found = FoundScenes()
    for file in lists {
      let lines = try TextList.lines(of: index.url(file))
      let pairs = lines.map { ($0.number, $0.text.split { $0 == " " || $0 == "\t" || $0 == "," }.map(String.init)) }
      // Lists of names alone are another layout's.
      guard pairs.allSatisfy({ $0.1.count == 2 && $0.1[1].isPicture }), !pairs.isEmpty else { continue }
      for (line, paths) in pairs {
        try found.add(
          Row(
            picture: paths[0], labels: paths[1], split: Words.split(file.lastComponent.withoutEnding), group: nil,
            file: file, line: line), index)
      }
    }
    let tables = index.files.filter { !$0.contains("/") && $0.ending == "csv" }
    for file in tables {
      guard let rows = try table(Files.read(index.url(file), limit: byteLimit), file) else { continue }
      guard found.scenes.isEmpty else {
        throw ScenesError.unknownLayout(
          folder: index.root.path, reason: "several lists name pairs: \((lists + tables).joined(separator: ", "))")
      }
      for row in rows { try found.add(row, index) }
    }
    guard !found.scenes.isEmpty || !found.problems.isEmpty else { return nil }
    try found.refuseDoubles(index)
    found.nameByPaths()
    found.countUnused(index) { lists.contains($0) || tables.contains($0) }
    return found
  }

  /// The scenes of one list, as a dataset's description names it.
  static func find(_ file: String, in index: FolderIndex) throws -> FoundScenes {
    var found = FoundScenes()
    guard let rows = try table(Files.read(index.url(file), limit: byteLimit), file) else {
      throw ScenesError.badList(
        file: index.url(file).path, line: 1, reason: "a list begins with the names of its columns, picture and mask")
    }
    for row in rows { try found.add(row, index) }
    try found.refuseDoubles(index)
    found.nameByPaths()
    found.countUnused(index) { $0 == file }
    return found
  }

  /// A line of a list.
  package struct Row {
    package let picture, labels: String
    package let split, group: String?
    let file: String
    let line: Int
  }

  private static let byteLimit = 1 << 26
  private static let columns: [String: [String]] = [
    "picture": ["picture", "image", "img", "file", "rgb"], "mask": ["mask", "label", "labels", "annotation", "gt"],
    "split": ["split", "set", "subset"], "group": ["group", "drive", "sequence", "city", "video"],
  ]

  /// The rows of a CSV; nil where its first line doesn't name a picture and a mask.
  ///
  /// - Throws: `ScenesError.badList`.
  package static func table(_ data: Data, _ file: String) throws -> [Row]? {
    var reader = CSVReader(data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data)
    guard let header = reader.row()?.map({ $0.trimmingCharacters(in: .whitespaces).lowercased() }) else { return nil }
    var places: [String: Int] = [:]
    for (column, words) in columns { places[column] = header.firstIndex { words.contains($0) } }
    guard let picture = places["picture"], let mask = places["mask"] else { return nil }
    var rows: [Row] = []
    while !reader.isAtEnd {
      let line = reader.line
      func refuse(_ reason: String) -> ScenesError { .badList(file: file, line: line, reason: reason) }
      guard let fields = reader.row() else { throw refuse("quotes don't end, or text stands around them") }
      if fields == [""] { continue }
      guard fields.count == header.count else {
        throw refuse("\(fields.count) fields, but \(header.count) columns")
      }
      func field(_ column: String) -> String? {
        places[column].map { fields[$0].trimmingCharacters(in: .whitespaces) }.flatMap { $0.isEmpty ? nil : $0 }
      }
      let split = try field("split").map { word in
        guard let split = Words.split(word) else { throw refuse("'\(word)' is no split: train, val and test are") }
        return split
      }
      guard !fields[picture].isEmpty, !fields[mask].isEmpty else { throw refuse("no picture, or no mask") }
      rows.append(
        Row(
          picture: fields[picture], labels: fields[mask], split: split, group: field("group"), file: file, line: line))
    }
    return rows
  }
}

extension FoundScenes {
  /// Adds the scene of a list's line, whose paths are from the folder, or from one around it as the list was written.
  fileprivate mutating func add(_ row: ListLayout.Row, _ index: FolderIndex) throws {
    func find(_ path: String) -> String? {
      var parts = path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).map(String.init)
      while !parts.isEmpty {
        let candidate = parts.joined(separator: "/")
        if index.has(candidate) { return candidate }
        parts.removeFirst()
      }
      return nil
    }
    guard let picture = find(row.picture) else {
      throw ScenesError.badList(
        file: index.url(row.file).path, line: row.line, reason: "there is no file \(row.picture)")
    }
    guard let labels = find(row.labels) else {
      problems.append(
        .missingLabels(picture: index.url(picture).path, expected: index.url(row.labels).path))
      return
    }
    let name = picture.withoutEnding
    scenes.append(
      .init(split: row.split, group: row.group ?? Self.derived, name: name, picture: picture, labels: labels))
  }

  /// Stands for a group that the name tells, until names are known.
  private static let derived = "\u{0}"

  /// Names scenes by their pictures' paths but for what says what they are and what all have in common, so that frames of
  /// two drives may be called the same.
  fileprivate mutating func nameByPaths() {
    var names = scenes.map { scene -> [String] in
      let parts = scene.name.split(separator: "/").map(String.init)
      return parts.dropLast().filter {
        Words.split($0) == nil && Set(Words.words($0)).isDisjoint(with: Words.pictures)
      } + parts.suffix(1)
    }
    while let first = names.first?.first, names.allSatisfy({ $0.count > 1 && $0[0] == first }) {
      names = names.map { Array($0.dropFirst()) }
    }
    scenes = zip(scenes, names).map { scene, parts in
      let name = parts.joined(separator: "/")
      return Found(
        split: scene.split, group: scene.group == Self.derived ? group(of: name) : scene.group, name: name,
        picture: scene.picture, labels: scene.labels)
    }
  }

  /// Refuses a picture that is listed twice.
  fileprivate func refuseDoubles(_ index: FolderIndex) throws {
    let twice = Dictionary(grouping: scenes, by: \.picture).filter { $0.value.count > 1 }.keys.sorted()
    if let first = twice.first {
      throw ScenesError.badList(file: index.root.path, line: 0, reason: "\(first) is listed more than once")
    }
    if scenes.contains(where: { $0.split == nil }), scenes.contains(where: { $0.split != nil }) {
      throw ScenesError.badList(
        file: index.root.path, line: 0, reason: "some of the listed pictures have a split, others don't")
    }
  }
}
