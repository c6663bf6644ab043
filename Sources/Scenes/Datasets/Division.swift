/// The scenes of an experiment: what models are trained on, chosen by, and tested on.
public struct Division: Sendable {
  public let training, validation, test: [SceneEntry]

  /// A division into given parts.
  public init(training: [SceneEntry], validation: [SceneEntry], test: [SceneEntry]) {
    (self.training, self.validation, self.test) = (training, validation, test)
  }

  /// Divides a dataset: its own `val` split is the held-out test, and `train` is divided into training and
  /// validation by whole groups (cities or sequences).
  ///
  /// Validation takes the smallest groups until it has a tenth of the scenes: that leaves the most to train on, and
  /// frames of one group, near copies of each other, never stand on both sides. Limits take scenes evenly spaced.
  ///
  /// - Throws: `ScenesError.noScenes` for an empty split, `.invalid` where `train` is a single group.
  public init(
    _ dataset: Dataset, training trainingLimit: Int? = nil, validation validationLimit: Int? = nil,
    test testLimit: Int? = nil
  ) throws {
    let entries = try dataset.entries("train")
    let groups = Dictionary(grouping: entries, by: \.group)
    guard groups.count > 1 else {
      throw ScenesError.invalid(
        setting: "the number of cities or sequences in \(dataset.location), train",
        value: "\(groups.count) (\(groups.keys.sorted().joined()))",
        bound: "at least 2, so that validation scenes come from another one than training scenes")
    }
    let ordered = groups.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    var held: Set<String> = []
    var count = 0
    for (group, scenes) in ordered.dropLast() where count * 10 < entries.count {
      held.insert(group)
      count += scenes.count
    }
    self.init(
      training: spaced(entries.filter { !held.contains($0.group) }, trainingLimit),
      validation: spaced(entries.filter { held.contains($0.group) }, validationLimit),
      test: try dataset.entries("val", limit: testLimit))
  }
}
