import Settings

/// The scenes of an experiment: what models are trained on, chosen by, and tested on.
package struct DataSplit: Sendable {
  package let training, validation, test: [SceneEntry]

  /// A split into given parts.
  package init(training: [SceneEntry], validation: [SceneEntry], test: [SceneEntry]) {
    (self.training, self.validation, self.test) = (training, validation, test)
  }

  /// Divides a dataset: its own `val` split is the held-out test, and `train` is divided into training and
  /// validation by whole groups (cities or sequences).
  ///
  /// Validation takes the groups that together come nearest to a quarter of the scenes. Frames of one group, near
  /// copies of each other, never stand on both sides. Limits take scenes evenly spaced.
  ///
  /// - Throws: `ScenesError.noScenes` for an empty split, `.invalid` where `train` is a single group.
  package init(
    _ dataset: Dataset, training trainingLimit: Int? = nil, validation validationLimit: Int? = nil,
    test testLimit: Int? = nil
  ) throws {
    let entries = try dataset.entries("train")
    let groups = Dictionary(grouping: entries, by: \.group)
    guard groups.count > 1 else {
      throw SettingError.invalid(
        setting: "the number of cities or sequences in \(dataset.location), train",
        value: "\(groups.count) (\(groups.keys.sorted().joined()))",
        bound: "at least 2, so that validation scenes come from another one than training scenes")
    }
    let held = Self.groups(groups.mapValues(\.count), nearestTo: Double(entries.count) / 4)
    self.init(
      training: spaced(entries.filter { !held.contains($0.group) }, trainingLimit),
      validation: spaced(entries.filter { held.contains($0.group) }, validationLimit),
      test: try dataset.entries("val", limit: testLimit))
  }
  /// The groups whose sizes sum up nearest to `target`, not all of them and not none; of several such choices, the
  /// first in the order of names.
  private static func groups(_ sizes: [String: Int], nearestTo target: Double) -> Set<String> {
    var choices: [Int: [String]] = [0: []]
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
      for (sum, chosen) in choices where choices[sum + size] == nil { choices[sum + size] = chosen + [name] }
    }
    let possible = choices.filter { !$0.value.isEmpty && $0.value.count < sizes.count }
    let best = possible.min { (abs(Double($0.key) - target), $0.key) < (abs(Double($1.key) - target), $1.key) }
    return Set(best?.value ?? [])
  }
}
