/// The scenes of an experiment: what models are trained on, chosen by, and tested on.
package struct DataSplit: Sendable {
  package let training, validation, test: [SceneEntry]
  /// Near copies of what is trained on among what scores are made of.
  package struct Leak: Equatable, Sendable, CustomStringConvertible {
    package enum Part: String, Sendable { case validation, test }

    /// Whose scores are too good.
    package let part: Part
    package let description: String
  }

  /// What is wrong with the division.
  package let leaks: [Leak]

  /// A split into given parts.
  package init(
    training: [SceneEntry], validation: [SceneEntry], test: [SceneEntry], leaks: [Leak] = []
  ) {
    (self.training, self.validation, self.test, self.leaks) = (training, validation, test, leaks)
  }

  /// Divides a dataset as its makers did: `test` is the test and `val` the validation; without `test`, `val` is the test.
  ///
  /// What is missing is held out by whole groups (cities, sequences, drives), so that frames of one, near copies of each
  /// other, never stand on both sides: for the test those that together come nearest to a fifth of the scenes, for
  /// validation to a quarter of the rest. Where there is one group only, its last frames are held out, with a warning.
  /// Limits take scenes evenly spaced.
  ///
  /// - Throws: `ScenesError.noScenes` for an empty part.
  package init(
    _ dataset: Dataset, training trainingLimit: Int? = nil, validation validationLimit: Int? = nil,
    test testLimit: Int? = nil
  ) throws {
    var leaks: [Leak] = []
    func own(_ split: String) -> [SceneEntry]? { dataset.splits[split].flatMap { $0.isEmpty ? nil : $0 } }
    var training = try dataset.entries(dataset.splits[Dataset.undivided] == nil ? "train" : Dataset.undivided)
    var (validation, test) = (own("val"), own("test"))
    if test == nil {
      (test, validation) = (validation, nil)
    }
    if test == nil {
      let (kept, held) = try Self.holdOut(1 / 5, of: training, for: .test, dataset.location, &leaks)
      (training, test) = (kept, held)
    }
    if validation == nil {
      let (kept, held) = try Self.holdOut(1 / 4, of: training, for: .validation, dataset.location, &leaks)
      (training, validation) = (kept, held)
    }
    let (validated, tested) = (validation ?? [], test ?? [])
    for (part, scenes) in [(Leak.Part.validation, validated), (.test, tested)] {
      let common = Set(training.map(\.group)).intersection(scenes.map(\.group)).sorted()
      if !common.isEmpty, !leaks.contains(where: { $0.part == part }) {
        let count = scenes.count { common.contains($0.group) }
        leaks.append(
          Leak(
            part: part,
            description: "\(count) of \(scenes.count) \(part) scenes are of drives that are trained on too "
              + "(\(common.prefix(8).map { $0.isEmpty ? "names without a drive" : $0 }.joined(separator: ", "))"
              + "\(common.count > 8 ? "..." : "")): their scores are better than on streets never seen"))
      }
    }
    self.init(
      training: spaced(training, trainingLimit), validation: spaced(validated, validationLimit),
      test: spaced(tested, testLimit), leaks: leaks)
  }

  /// Holds about a share of the scenes out, by whole groups where there are several.
  private static func holdOut(
    _ share: Double, of entries: [SceneEntry], for part: Leak.Part, _ location: String, _ leaks: inout [Leak]
  ) throws -> (kept: [SceneEntry], held: [SceneEntry]) {
    guard entries.count > 1 else {
      throw ScenesError.noScenes(folder: location, split: "the part for \(part.rawValue)")
    }
    let groups = Dictionary(grouping: entries, by: \.group)
    if groups.count > 1 {
      let held = Self.groups(groups.mapValues(\.count), nearestTo: Double(entries.count) * share)
      return (entries.filter { !held.contains($0.group) }, entries.filter { held.contains($0.group) })
    }
    let count = max(1, Int((Double(entries.count) * share).rounded()))
    let drive = entries[0].group
    leaks.append(
      Leak(
        part: part,
        description:
          "all \(entries.count) scenes left are of one drive\(drive.isEmpty ? "" : " (\(drive))"), so the last "
          + "\(count) are held out for \(part): near copies of what is trained on, whose scores are better than on "
          + "streets never seen"))
    return (Array(entries.dropLast(count)), Array(entries.suffix(count)))
  }

  /// The groups whose sizes sum up nearest to `target`, not all of them and not none; of several such choices, the
  /// first in the order of names.
  static func groups(_ sizes: [String: Int], nearestTo target: Double) -> Set<String> {
    let whole = sizes.values.reduce(0, +)
    // Among very many groups, every so many-th comes as near, without weighing all sums.
    if sizes.count > 1000 {
      var (held, due): (Set<String>, Double) = ([], 0)
      for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
        due += Double(size) * target / Double(whole)
        if due >= Double(size) / 2 {
          held.insert(name)
          due -= Double(size)
        }
      }
      return held
    }
    var choices: [Int: [String]] = [0: []]
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
      for (sum, chosen) in choices where choices[sum + size] == nil { choices[sum + size] = chosen + [name] }
    }
    let possible = choices.filter { !$0.value.isEmpty && $0.value.count < sizes.count }
    let best = possible.min { (abs(Double($0.key) - target), $0.key) < (abs(Double($1.key) - target), $1.key) }
    return Set(best?.value ?? [])
  }
}
