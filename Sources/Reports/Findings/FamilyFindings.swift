import Harness

/// How rows that differ in one setting stand to their reference.
struct FamilyFinding {
  /// The model, and what else tells its family apart from others.
  let name: String
  let reference: String
  let outcomes: Outcomes
  /// Of the largest difference that was decided: its row, and the classes it comes from.
  let source: (row: String, gains: ClassGains)?
}

extension Report {
  /// What became of each family, such as `lossFamilies`.
  ///
  /// - Parameter value: what the family varies.
  func findings(_ families: [[Group]], _ value: (Group) -> String) -> [FamilyFinding] {
    families.compactMap { family in
      let contrasts = Contrast.all(of: family)
      guard !contrasts.isEmpty else { return nil }
      let decided = contrasts.filter { [.better, .worse].contains(judged[$0].verdict) }
        .max { abs($0.difference.value) < abs($1.difference.value) }
      return FamilyFinding(
        name: Self.title(of: family, value), reference: value(family[0]),
        outcomes: outcomes(contrasts) { value($0.better) }, source: decided.map { (value($0.better), classGains($0)) })
    }
  }

  var lossFindings: [FamilyFinding] { findings(lossFamilies) { $0.loss } }
  var augmentationFindings: [FamilyFinding] { findings(augmentationFamilies) { augmentation(of: $0) } }
}
