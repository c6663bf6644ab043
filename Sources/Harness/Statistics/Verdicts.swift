/// What a report says of the difference between two rows.
package struct Judgement: Equatable, Sendable {
  package enum Verdict: String, CaseIterable, Sendable {
    case better, worse
    /// Neither is better by the margin or more.
    case equivalent
    case undecided
  }

  package let difference: Estimate
  /// p of no difference, and of one of the margin or more, adjusted for all that are judged together.
  package let p, pEquivalent: Double
  package let verdict: Verdict

  /// Whether the verdict is on the trainings at hand alone: another seed may turn it.
  package var isOfTheseTrainings: Bool { verdict != .undecided && difference.scope.trainings == .these }

  /// The same of the second row less the first.
  ///
  /// - Parameter difference: that of the second row less the first.
  package func mirrored(_ difference: Estimate) -> Judgement {
    let mirrored: Verdict =
      switch verdict {
      case .better: .worse
      case .worse: .better
      case .equivalent, .undecided: verdict
      }
    return Judgement(difference: difference, p: p, pEquivalent: pEquivalent, verdict: mirrored)
  }

  /// What stands out among false claims is one of them in at most so many reports.
  package static let level = 0.05

  /// The verdicts on all differences of a report together, each kind of statement corrected by Holm 1979.
  ///
  /// - Parameters:
  ///   - differences: all that the report judges.
  ///   - margin: differences below it are of no account.
  package static func all(_ differences: [Estimate], margin: Double) -> [Judgement] {
    let differ = holm(differences.map(\.judgedP))
    let equal = holm(differences.map { $0.judgedPEquivalent(within: margin) })
    return differences.indices.map { place in
      let difference = differences[place]
      let verdict: Verdict =
        equal[place] <= level
        ? .equivalent
        : differ[place] <= level ? (difference.value > 0 ? .better : .worse) : .undecided
      return Judgement(difference: difference, p: differ[place], pEquivalent: equal[place], verdict: verdict)
    }
  }

  /// Adjusted p-values: the least level of the whole family at which each null is rejected (Holm 1979,
  /// www.jstor.org/stable/4615733).
  package static func holm(_ values: [Double]) -> [Double] {
    var adjusted = values
    var highest = 0.0
    for (rank, place) in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }).enumerated() {
      highest = max(highest, min(1, Double(values.count - rank) * values[place]))
      adjusted[place] = highest
    }
    return adjusted
  }
}

/// What a difference says of somebody's claim.
package enum ClaimVerdict: String, CaseIterable, Sendable {
  case reproduced
  /// As claimed, but on data of another kind.
  case sameDirection = "same direction"
  /// As claimed, but by less than was claimed, or by less than the margin.
  case smaller = "same direction but smaller"
  /// Claimed to differ, and equivalent here.
  case equivalent = "contradicted: equivalent"
  case contradicted, undecided
  case untested = "not tested"

  /// Of "A gains x over B".
  ///
  /// - Parameters:
  ///   - judgement: of A's difference from B.
  ///   - gain: x, where it is of the same metric and protocol; else nil.
  ///   - margin: that of the judgement.
  package init(gainOf judgement: Judgement, claimed gain: Double?, margin: Double) {
    let difference = judgement.difference
    let isSure = judgement.p <= Judgement.level
    let isEqual = judgement.pEquivalent <= Judgement.level && (gain.map { $0 > margin } ?? true)
    switch true {
    // One training says nothing of the next.
    case difference.scope.trainings == .these: self = .undecided
    case isSure && difference.value < 0: self = .contradicted
    case isSure:
      self = isEqual || gain.map { difference.pBelow($0) <= Judgement.level } ?? false ? .smaller : .reproduced
    default: self = isEqual ? .equivalent : .undecided
    }
  }

  /// Of "A gains no more than `bound` over B", one of `count` that are judged together (Bonferroni).
  package init(difference: Estimate, atMost bound: Double, amongst count: Int) {
    self.init(difference, p: difference.pBelow(bound), opposite: difference.pAbove(bound), amongst: count)
  }

  /// Of "A is above `bound`", one of `count` that are judged together (Bonferroni).
  package init(difference: Estimate, above bound: Double, amongst count: Int) {
    self.init(difference, p: difference.pAbove(bound), opposite: difference.pBelow(bound), amongst: count)
  }

  /// - Parameters:
  ///   - p: of the null that the claim is wrong.
  ///   - opposite: of the null that it is right.
  private init(_ difference: Estimate, p: Double, opposite: Double, amongst count: Int) {
    switch true {
    case difference.scope.trainings == .these: self = .undecided
    case Double(count) * p <= Judgement.level: self = .reproduced
    case Double(count) * opposite <= Judgement.level: self = .contradicted
    default: self = .undecided
    }
  }

  /// What is left of it where the data are of another kind than the claim's.
  package var onOtherData: ClaimVerdict { self == .reproduced ? .sameDirection : self }

  /// Of a claim that several differences test: as bad as the worst of them, and as good as the least.
  package static func together(_ verdicts: [ClaimVerdict]) -> ClaimVerdict {
    if verdicts.isEmpty { return .untested }
    for verdict in [contradicted, equivalent, undecided] where verdicts.contains(verdict) { return verdict }
    return verdicts.contains(smaller) ? .smaller : .reproduced
  }
}
