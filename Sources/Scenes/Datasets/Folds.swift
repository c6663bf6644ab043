import Settings

/// The drives of a dataset, whichever splits it has, in parts of about equal size: each is the test once, by models that
/// never saw its drives.
package struct Folds: Sendable {
  /// The scenes of each fold, in the order of their names.
  package let parts: [[SceneEntry]]
  private let location: String
  private let driveCount: Int

  /// Puts the drives of all splits into folds: the largest first, each into the smallest fold so far.
  ///
  /// - Parameters:
  ///   - dataset: whose scenes; splits without labels have none.
  ///   - count: how many folds; nil for one a drive, at most `standardLimit`.
  /// - Throws: `SettingError.invalid` with the numbers where the dataset has fewer drives than folds, or these are fewer
  ///   than three: one is tested, one chosen by, and one trained on.
  package init(_ dataset: Dataset, count: Int? = nil) throws {
    let drives = Dictionary(grouping: Self.pool(dataset), by: \.group)
    let names = "\(dataset.location) has \(drives.count) (\(shown(drives.keys.sorted())))"
    let count = count ?? min(drives.count, Self.standardLimit)
    guard drives.count >= Self.least else {
      throw SettingError.invalid(
        setting: "data.fold", value: "given", bound: "left out: folds need \(Self.least) drives at least, and \(names)")
    }
    guard count >= Self.least else {
      throw SettingError.invalid(
        setting: "data.folds", value: "\(count)",
        bound: "\(Self.least) or more: one is tested, the next chosen by, the rest trained on")
    }
    guard count <= drives.count else {
      throw SettingError.invalid(
        setting: "data.folds", value: "\(count)", bound: "at most the number of drives, of which \(names)")
    }
    var parts = [[SceneEntry]](repeating: [], count: count)
    for (_, scenes) in drives.sorted(by: { (-$0.value.count, $0.key) < (-$1.value.count, $1.key) }) {
      let smallest = parts.indices.min { (parts[$0].count, $0) < (parts[$1].count, $1) }
      parts[smallest ?? 0] += scenes
    }
    self.parts = parts.map { $0.sorted { $0.name < $1.name } }
    (location, driveCount) = (dataset.location, drives.count)
  }

  /// The fewest folds that leave something to train on.
  package static let least = 3
  /// How many folds there are at most where nobody says how many.
  package static let standardLimit = 5

  /// All scenes, under names of which none occurs twice: with the split before it where splits share a name.
  private static func pool(_ dataset: Dataset) -> [SceneEntry] {
    let all = dataset.splits.sorted { $0.key < $1.key }.flatMap { split, entries in entries.map { (split, $0) } }
    func named(_ name: (String, SceneEntry) -> String) -> [SceneEntry] {
      all.map { split, entry in
        SceneEntry(name: name(split, entry), group: entry.group, source: entry.source, labelTable: entry.labelTable)
      }
    }
    let counts = Dictionary(all.map { ($0.1.name, 1) }, uniquingKeysWith: +)
    let short = named { split, entry in counts[entry.name] == 1 ? entry.name : "\(split)/\(entry.name)" }
    return Set(short.map(\.name)).count == short.count ? short : named { split, entry in "\(split)/\(entry.name)" }
  }

  /// The split in which a fold is the test, the next one, or after the last the first, is the validation, and all others
  /// are trained on. Limits take scenes evenly spaced.
  ///
  /// - Throws: `SettingError.invalid` with the numbers for a fold that isn't there.
  package func split(
    _ fold: Int, training: Int? = nil, validation: Int? = nil, test: Int? = nil
  ) throws -> DataSplit {
    guard parts.indices.contains(fold) else {
      throw SettingError.invalid(
        setting: "data.fold", value: "\(fold)",
        bound: "0 to \(parts.count - 1): the \(driveCount) drives of \(location) make \(parts.count) folds")
    }
    let next = (fold + 1) % parts.count
    let others = parts.indices.filter { $0 != fold && $0 != next }.flatMap { parts[$0] }
    return DataSplit(
      training: spaced(others.sorted { $0.name < $1.name }, training), validation: spaced(parts[next], validation),
      test: spaced(parts[fold], test), division: Division(validation: .groups, test: .groups, folds: parts.count))
  }

  /// Each fold in words, for a terminal: its scenes and drives.
  package var lines: [String] {
    parts.enumerated().map { fold, scenes in
      let drives = Set(scenes.map(\.group)).sorted()
      return "fold \(fold): \(scenes.count) \(scenes.count == 1 ? "scene" : "scenes") of \(drives.count) "
        + "\(drives.count == 1 ? "drive" : "drives") (\(shown(drives)))"
    }
  }
}
