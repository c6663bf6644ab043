/// What a description says of where pictures and label files are, and of splits and groups.
enum DescribedLayout {
  /// The scenes of a description; those of a layout where it names one, or leaves it open.
  ///
  /// - Throws: `ScenesError`.
  static func find(_ description: DatasetDescription, layout: String?, in index: FolderIndex) throws -> FoundScenes {
    var found: FoundScenes
    if let list = description.list {
      found = try ListLayout.find(list, in: index)
    } else if let pictures = description.pictures, let masks = description.masks {
      found = try match(pictures, masks, description, index)
    } else {
      found = try DatasetLayouts.find(layout ?? description.layout, in: index)
    }
    if let group = description.group { try found.regroup(by: group) }
    try found.divide(as: description, index)
    return found
  }

  private static func match(
    _ pictures: PathPattern, _ masks: PathPattern, _ description: DatasetDescription, _ index: FolderIndex
  ) throws -> FoundScenes {
    var found = FoundScenes()
    let expression = try pictures.expression()
    for file in index.files where file.isPicture {
      guard let match = file.wholeMatch(of: expression) else { continue }
      var values: [String: String] = [:]
      for place in pictures.places { values[place] = match[place]?.substring.map(String.init) }
      guard let name = values["name"] else { continue }
      let labels = masks.path(values)
      // A pattern such as {name}.png takes masks for pictures too; they have none themselves.
      guard labels != file else { continue }
      guard index.has(labels) else {
        found.problems.append(.missingLabels(picture: index.url(file).path, expected: index.url(labels).path))
        continue
      }
      let word = values["split"]
      let split = word.flatMap { word in
        description.splits.first { if case .words(let words) = $0.value { words.contains(word) } else { false } }?.key
          ?? (description.splits.isEmpty ? Words.split(word) : nil)
      }
      if word != nil, split == nil {
        found.unused["pictures of no split (\(word ?? ""))", default: 0] += 1
        continue
      }
      found.scenes.append(
        .init(
          split: split, group: values["group"] ?? group(of: name), name: name, picture: file, labels: labels,
          instances: description.instances.map { $0.path(values) }.flatMap { index.has($0) ? $0 : nil }))
    }
    // What serves as a mask is no picture without one.
    let used = Set(found.scenes.map { index.url($0.labels).path })
    found.problems.removeAll { $0.file.map(used.contains) ?? false }
    guard !found.scenes.isEmpty else {
      throw ScenesError.badList(
        file: index.url(DatasetDescription.fileName).path, line: 0,
        reason: found.problems.first.map { "no picture has a mask; \($0)" }
          ?? "no picture matches '\(pictures.text)'"
          + (index.files.first { $0.isPicture }.map { "; the first one is \($0)" } ?? ""))
    }
    found.countUnused(index)
    return found
  }
}

extension FoundScenes {
  /// Takes the groups from paths by a regular expression.
  fileprivate mutating func regroup(by text: String) throws {
    let expression = try DatasetDescription.expression(text)
    scenes = try scenes.map { scene in
      // On the picture's path, so that folders count, or on the name alone.
      guard
        let match = try expression.firstMatch(in: scene.name) ?? expression.firstMatch(in: scene.picture)
      else {
        throw ScenesError.badList(
          file: DatasetDescription.fileName, line: 0, reason: "group '\(text)' fits neither \(scene.name) nor its path")
      }
      let part = match.output.count > 1 ? match.output[1].substring : match.output[0].substring
      return scene.changed(group: String(part ?? ""))
    }
  }

  /// Divides the scenes as a description's `splits` say, where paths don't.
  fileprivate mutating func divide(as description: DatasetDescription, _ index: FolderIndex) throws {
    let lists = description.splits.compactMapValues { if case .list(let file) = $0 { file } else { nil } }
    if !lists.isEmpty {
      scenes = scenes.map { $0.changed(split: .some(nil)) }
      try divide(by: SplitLists(files: lists, index))
    }
    let groups = description.splits.compactMapValues { if case .words(let words) = $0 { words } else { nil } }
    if scenes.allSatisfy({ $0.split == nil }), !groups.isEmpty {
      let known = Set(scenes.map(\.group))
      for name in groups.values.joined() where !known.contains(name) {
        throw ScenesError.badList(
          file: index.url(DatasetDescription.fileName).path, line: 0,
          reason:
            "splits name the group '\(name)', but the groups are \(known.sorted().prefix(20).joined(separator: ", "))")
      }
      scenes = scenes.compactMap { scene in
        let named = groups.first { $0.value.contains(scene.group) }?.key
        // Where one part alone is named, the rest is trained on.
        let split = named ?? (groups["train"] == nil ? "train" : nil)
        return split.map { scene.changed(split: .some($0)) }
      }
    }
    for part in ["test", "val"] {
      guard case .share(let share)? = description.splits[part] else { continue }
      try holdOut(share, as: part)
    }
  }

  /// Takes whole groups out of what is trained on.
  private mutating func holdOut(_ share: Double, as part: String) throws {
    let open = scenes.filter { $0.split == nil || $0.split == "train" }
    let held = DataSplit.groups(
      Dictionary(grouping: open, by: \.group).mapValues(\.count), nearestTo: share * Double(scenes.count))
    guard !held.isEmpty else {
      throw ScenesError.badList(
        file: DatasetDescription.fileName, line: 0,
        reason: "a share for \(part) can't be held out: all scenes are of one group")
    }
    scenes = scenes.map { scene in
      guard scene.split == nil || scene.split == "train" else { return scene }
      return scene.changed(split: .some(held.contains(scene.group) ? part : "train"))
    }
  }
}

extension FoundScenes.Found {
  func changed(split: String?? = nil, group: String? = nil) -> Self {
    Self(
      split: split ?? self.split, group: group ?? self.group, name: name, picture: picture, labels: labels,
      instances: instances)
  }
}
