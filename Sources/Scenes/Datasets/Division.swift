/// How scenes were divided, and what is wrong with that.
package struct Division: Codable, Equatable, Sendable {
  /// Where a part comes from.
  package enum Origin: String, Codable, Sendable {
    /// The dataset's own split of that name.
    case val, test
    /// Whole groups that were held out: cities, sequences, drives.
    case groups
    /// The last frames of the only group.
    case frames
  }

  /// Whose scores a leak makes better than they would be on streets never seen.
  package enum Part: String, Codable, Sendable { case validation, test }

  /// Scenes of groups that are trained on too: near copies of what was learned.
  package struct Leak: Codable, Equatable, Sendable {
    package let part: Part
    /// How many of the part's scenes, and how many it has.
    package let scenes, total: Int
    package let groups: [String]

    /// Nil where the part has no group in common with what is trained on.
    init?(_ part: Part, of scenes: [SceneEntry], _ training: [SceneEntry]) {
      let common = Set(training.map(\.group)).intersection(scenes.map(\.group))
      guard !common.isEmpty else { return nil }
      (self.part, groups, total) = (part, common.sorted(), scenes.count)
      self.scenes = scenes.count { common.contains($0.group) }
    }

    /// The groups as a text shows them: not more than a few.
    package var shownGroups: String { shown(groups) }
  }

  /// Scenes that are neither trained on nor chosen by, as their groups are in the test.
  package struct LeftOut: Codable, Equatable, Sendable {
    /// How many of each part.
    package let training, validation: Int
    package let groups: [String]

    package init(training: Int, validation: Int, groups: [String]) {
      (self.training, self.validation, self.groups) = (training, validation, groups)
    }

    /// The groups as a text shows them: not more than a few.
    package var shownGroups: String { shown(groups) }

    /// What was left out in words, for a terminal.
    package var text: String {
      let parts = [(training, "training"), (validation, "validation")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
      return "\(parts.joined(separator: " and ")) scenes are left out, as their drives (\(shownGroups)) are in the test"
    }
  }

  package let validation, test: Origin
  package let leaks: [Leak]
  /// What was left out for the sake of the test; nil for nothing.
  package private(set) var leftOut: LeftOut?
  /// How many folds of whole groups there are, of which each is the test once; nil without folds.
  package private(set) var folds: Int?

  /// By default as 0.1.0 divided every dataset.
  package init(
    validation: Origin = .groups, test: Origin = .val, leaks: [Leak] = [], leftOut: LeftOut? = nil, folds: Int? = nil
  ) {
    (self.validation, self.test, self.leaks) = (validation, test, leaks)
    (self.leftOut, self.folds) = (leftOut, folds)
  }

  /// The leaks in words, for a terminal, with what would mend each.
  ///
  /// - Parameters:
  ///   - training: the scenes that are trained on.
  ///   - others: all further scenes of the dataset.
  func warnings(_ training: [SceneEntry], _ others: [SceneEntry]) -> [Warning] {
    let drives = Set((training + others).map(\.group)).count
    return leaks.map { leak in
      let isOnly = (leak.part == .test ? test : validation) == .frames
      var remedies: [String] = []
      if leak.part == .test, !Set(training.map(\.group)).isSubset(of: leak.groups) {
        remedies.append("data.unseen: true leaves them out of what is trained on")
      }
      if drives >= Folds.least { remedies.append("data.fold gives each drive to one part") }
      return Warning(
        part: leak.part,
        text: "\(leak.scenes) of \(leak.total) \(leak.part.rawValue) scenes are of drives that are trained on too "
          + "(\(leak.shownGroups))" + (isOnly ? ", as all scenes are of one drive, whose last frames are held out" : "")
          + ": their scores say less of streets never seen"
          + (remedies.isEmpty ? "" : "; \(remedies.joined(separator: ", "))"))
    }
  }

  /// A leak in words.
  package struct Warning: Sendable {
    package let part: Part
    package let text: String
  }
}

/// Names of groups as a text shows them: not more than a few.
func shown(_ groups: [String]) -> String {
  groups.prefix(8).map { $0.isEmpty ? "–" : $0 }.joined(separator: ", ") + (groups.count > 8 ? ", ..." : "")
}
