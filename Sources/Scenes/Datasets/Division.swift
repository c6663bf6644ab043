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
    package var shownGroups: String {
      groups.prefix(8).map { $0.isEmpty ? "–" : $0 }.joined(separator: ", ") + (groups.count > 8 ? ", ..." : "")
    }
  }

  package let validation, test: Origin
  package let leaks: [Leak]

  /// By default as 0.1.0 divided every dataset.
  package init(validation: Origin = .groups, test: Origin = .val, leaks: [Leak] = []) {
    (self.validation, self.test, self.leaks) = (validation, test, leaks)
  }

  /// The leaks in words, for a terminal.
  package var warnings: [(part: Part, text: String)] {
    leaks.map { leak in
      let isOnly = (leak.part == .test ? test : validation) == .frames
      return (
        leak.part,
        "\(leak.scenes) of \(leak.total) \(leak.part.rawValue) scenes are of drives that are trained on too "
          + "(\(leak.shownGroups))" + (isOnly ? ", as all scenes are of one drive, whose last frames are held out" : "")
          + ": their scores say less of streets never seen"
      )
    }
  }
}
