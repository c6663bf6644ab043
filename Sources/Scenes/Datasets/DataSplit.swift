/// The scenes of an experiment: what models are trained on, chosen by, and tested on.
package struct DataSplit: Sendable {
  package let training, validation, test: [SceneEntry]
  /// How the parts came about.
  package let division: Division
  /// What is wrong with that, in words.
  package let warnings: [Division.Warning]

  /// A split into given parts.
  package init(
    training: [SceneEntry], validation: [SceneEntry], test: [SceneEntry], division: Division = Division(),
    warnings: [Division.Warning] = []
  ) {
    (self.training, self.validation, self.test, self.division) = (training, validation, test, division)
    self.warnings = warnings
  }

  /// Divides a dataset as its makers did: `test` is the test and `val` the validation; without `test`, `val` is the test.
  ///
  /// What is missing is held out by whole groups (cities, sequences, drives), so that frames of one, near copies of each
  /// other, never stand on both sides: for the test those that together come nearest to a fifth of the scenes, for
  /// validation to a quarter of the rest. Where there is one group only, its last frames are held out. Limits take scenes
  /// evenly spaced: where one limit is a multiple of another, the scenes of the smaller are among those of the larger.
  ///
  /// - Parameters:
  ///   - dataset: what is divided.
  ///   - unseen: whether scenes of groups that are in the test are left out of the other parts.
  ///   - trainingLimit: at most so many training scenes; nil for all.
  ///   - validationLimit: at most so many validation scenes.
  ///   - testLimit: at most so many test scenes.
  /// - Throws: `ScenesError.noScenes` for an empty part, `.noneUnseen` for one that leaving out makes empty.
  package init(
    _ dataset: Dataset, unseen: Bool = false, training trainingLimit: Int? = nil,
    validation validationLimit: Int? = nil,
    test testLimit: Int? = nil
  ) throws {
    func own(_ split: String) -> [SceneEntry]? { dataset.splits[split].flatMap { $0.isEmpty ? nil : $0 } }
    var training = try dataset.entries(dataset.splits[Dataset.undivided] == nil ? "train" : Dataset.undivided)
    func part(_ share: Double, _ name: String, _ given: [SceneEntry]?, _ origin: Division.Origin) throws -> (
      [SceneEntry], Division.Origin
    ) {
      if let given { return (given, origin) }
      let (kept, held, origin) = try Self.holdOut(share, of: training, for: name, dataset.location)
      training = kept
      return (held, origin)
    }
    let hasTest = own("test") != nil
    let (test, testOrigin) = try part(1 / 5, "test", own("test") ?? own("val"), hasTest ? .test : .val)
    var ownValidation = hasTest ? own("val") : nil
    var leftOut: Division.LeftOut?
    if unseen {
      let given = (training, ownValidation ?? [])
      // Where validation is held out of what is trained on, one scene isn't enough for both.
      training = try Self.unseen(given.0, test, least: ownValidation == nil ? 2 : 1, for: "training", dataset.location)
      ownValidation = try ownValidation.map {
        try Self.unseen($0, test, least: 1, for: "validation", dataset.location)
      }
      let shared = Set(test.map(\.group)).intersection((given.0 + given.1).map(\.group))
      if !shared.isEmpty {
        leftOut = Division.LeftOut(
          training: given.0.count - training.count, validation: given.1.count - (ownValidation?.count ?? 0),
          groups: shared.sorted())
      }
    }
    let (validation, validationOrigin) = try part(1 / 4, "validation", ownValidation, .val)
    let division = Division(
      validation: validationOrigin, test: testOrigin,
      leaks: [(.validation, validation), (.test, test)].compactMap { Division.Leak($0, of: $1, training) },
      leftOut: leftOut)
    self.init(
      training: spaced(training, trainingLimit), validation: spaced(validation, validationLimit),
      test: spaced(test, testLimit), division: division, warnings: division.warnings(training, validation + test))
  }

  /// The scenes of groups that the test has none of.
  private static func unseen(
    _ entries: [SceneEntry], _ test: [SceneEntry], least: Int, for part: String, _ location: String
  ) throws -> [SceneEntry] {
    let tested = Set(test.map(\.group))
    let kept = entries.filter { !tested.contains($0.group) }
    guard kept.count == entries.count || kept.count >= least else {
      throw ScenesError.noneUnseen(
        folder: location, part: part, drives: tested.intersection(entries.map(\.group)).sorted())
    }
    return kept
  }

  /// Holds about a share of the scenes out, by whole groups where there are several.
  private static func holdOut(
    _ share: Double, of entries: [SceneEntry], for part: String, _ location: String
  ) throws -> (kept: [SceneEntry], held: [SceneEntry], Division.Origin) {
    guard entries.count > 1 else { throw ScenesError.noScenes(folder: location, split: "the part for \(part)") }
    let groups = Dictionary(grouping: entries, by: \.group)
    if groups.count > 1 {
      let held = Self.groups(groups.mapValues(\.count), nearestTo: Double(entries.count) * share)
      return (entries.filter { !held.contains($0.group) }, entries.filter { held.contains($0.group) }, .groups)
    }
    let count = max(1, Int((Double(entries.count) * share).rounded()))
    return (Array(entries.dropLast(count)), Array(entries.suffix(count)), .frames)
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
