import Harness

/// How some rows of a family stand to what they are compared with.
struct FamilyFinding {
  /// The model, and what else tells its family apart from others; nil where it goes without saying.
  let name: String?
  let reference: String
  let outcomes: Outcomes
  /// Of the largest difference that was decided: its row, and the classes it comes from.
  let source: (row: String, gains: ClassGains)?
}

extension Report {
  /// What became of each family, such as `lossFamilies`: one finding for each of its references.
  ///
  /// - Parameter isNamed: whether families are named where all are of the report's one model and of nothing else.
  func findings(_ families: [Family], isNamed: Bool = false) -> [FamilyFinding] {
    let isNamed = isNamed || models.count > 1 || families.contains { $0.title != $0.groups[0].model }
    return families.flatMap { family in
      family.referenceNames.compactMap { reference in
        let members = family.groups.indices.filter { family.referenceName(of: $0) == reference }
        let contrasts = members.compactMap { place in family.contrast(of: place).map { (family.names[place], $0) } }
        guard !contrasts.isEmpty else { return nil }
        let decided = contrasts.filter { [.better, .worse].contains(judged[$0.1].verdict) }
          .max { abs($0.1.difference.value) < abs($1.1.difference.value) }
        return FamilyFinding(
          name: isNamed ? family.title : nil, reference: reference, outcomes: outcomes(contrasts),
          source: decided.map { ($0, classGains($1)) })
      }
    }
  }

  var lossFindings: [FamilyFinding] { findings(lossFamilies) }
  var augmentationFindings: [FamilyFinding] { findings(augmentationFamilies) }
  var ablationFindings: [FamilyFinding] { findings(ablationFamilies, isNamed: true) }
}
