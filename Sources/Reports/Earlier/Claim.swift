import Harness

/// A claim of the earlier reports that an experiment can test.
package struct Claim: Decodable, Sendable {
  package let statement: LocalisedText
  /// What the earlier reports measured.
  package let earlier: LocalisedText
  package let test: Test

  /// All of them, in the order of the note's tables.
  static var all: [Claim] { EarlierReports.all.claims }

  /// Which contrast of cells tests a claim.
  package enum Test: Equatable, Sendable {
    /// `ranking`: the best cells of one model against those of another, alike in loss and augmentation.
    case ranking(better: String, worse: String, nearBorders: Bool)
    /// `loss`: a loss against the reference of its family.
    case loss(String)
    /// `little-gain`: an augmentation, or each, against none: the gain is no more than a bound.
    case littleGain(augmentation: String?, bound: Double)
    /// `best-augmentation`: an augmentation against some others.
    case bestAugmentation(String, others: [String])
    /// `patience`: augmentation pays more with more patience.
    case patience
  }

  /// What experiments say of a claim.
  package enum Verdict: String {
    case reproduced, contradicted, undecided
    case untested = "not tested"
  }

  /// What one experiment has to say.
  struct Evidence {
    let differences: [Contrast]
    let verdict: Verdict
  }

  /// Two groups of cells, and how far one is ahead of the other.
  struct Contrast {
    let better, worse: Group
    let difference: Difference
    /// Whether it was taken near borders between classes.
    var isNearBorders = false

    /// What the two sides differ in, as far as it tells contrasts of one claim apart.
    var name: String {
      let (first, second) = (better.augmentation, worse.augmentation)
      return second == "none" ? first : "\(first) − \(second)"
    }
  }

  /// What `report` says; nil where it doesn't hold the cells.
  func evidence(of report: Report) -> Evidence? {
    switch test {
    case .ranking(let better, let worse, let nearBorders):
      return Self.judged(report.ranking(better, above: worse, nearBorders: nearBorders))
    case .loss(let name):
      return Self.judged(report.lossFamilies.flatMap { Contrast.all(of: $0) { $0.loss == name } })
    case .littleGain(let name, let bound):
      return Self.judged(
        report.augmentationFamilies.flatMap {
          Contrast.all(of: $0) { name == nil || $0.augmentation == name }
        },
        atMost: bound)
    case .bestAugmentation(let best, let others):
      return Self.judged(
        report.augmentationFamilies.flatMap { family in
          family.filter { $0.augmentation == best }.flatMap { first in
            family.filter { others.contains($0.augmentation) }.compactMap { Contrast(first, $0) }
          }
        })
    case .patience: return Self.judged(report.gainsOfPatience)
    }
  }

  // MARK: Judging

  /// Reproduced where every difference is a gain, contradicted where one is a drop; nil without any.
  private static func judged(_ contrasts: [Contrast]) -> Evidence? {
    guard !contrasts.isEmpty else { return nil }
    let verdicts = contrasts.map(\.difference.verdict)
    let verdict: Verdict =
      verdicts.contains(.drop) ? .contradicted : verdicts.allSatisfy { $0 == .gain } ? .reproduced : .undecided
    return Evidence(differences: contrasts, verdict: verdict)
  }

  /// Reproduced where every interval ends at or below `bound`, contradicted where one lies above it; nil without any.
  private static func judged(_ contrasts: [Contrast], atMost bound: Double) -> Evidence? {
    guard !contrasts.isEmpty else { return nil }
    let intervals = contrasts.map(\.difference.interval)
    let verdict: Verdict =
      intervals.contains { $0.low > bound }
      ? .contradicted : intervals.allSatisfy { $0.high <= bound } ? .reproduced : .undecided
    return Evidence(differences: contrasts, verdict: verdict)
  }
}

extension Claim.Test: Decodable {
  private enum CodingKeys: String, CodingKey {
    case kind, better, worse, nearBorders, loss, augmentation, atMost, best, others
  }

  private enum Kind: String, Decodable {
    case ranking, loss, patience
    case littleGain = "little-gain"
    case bestAugmentation = "best-augmentation"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String { try container.decode(String.self, forKey: key) }
    switch try container.decode(Kind.self, forKey: .kind) {
    case .ranking:
      self = .ranking(
        better: try text(.better), worse: try text(.worse),
        nearBorders: try container.decodeIfPresent(Bool.self, forKey: .nearBorders) ?? false)
    case .loss: self = .loss(try text(.loss))
    case .littleGain:
      self = .littleGain(
        augmentation: try container.decodeIfPresent(String.self, forKey: .augmentation),
        bound: try container.decode(Double.self, forKey: .atMost))
    case .bestAugmentation:
      self = .bestAugmentation(try text(.best), others: try container.decode([String].self, forKey: .others))
    case .patience: self = .patience
    }
  }
}
