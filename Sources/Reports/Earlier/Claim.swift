import Harness
import Scenes

/// A claim of the earlier reports that an experiment can test.
package struct Claim: Decodable, Sendable {
  package let statement: LocalisedText
  /// What the earlier reports measured.
  package let earlier: LocalisedText
  /// Which of them claimed it, and on what.
  package let source: Source
  /// How much was claimed to be gained, where it was measured.
  package let gain: Gain?
  package let test: Test
  /// What would test it.
  package let needs: LocalisedText

  /// All of them, in the order of the note's tables.
  static var all: [Claim] { EarlierReports.all.claims }

  /// Where a claim comes from.
  package struct Source: Decodable, Sendable {
    /// Which report, in its own words' order: 1 to 3.
    package let report: Int
    /// The name of the dataset and of the size, as experiments have them.
    package let data, size: String
  }

  /// A difference that was claimed.
  package struct Gain: Decodable, Sendable {
    package let value: Double
    /// The score it is of, such as `mean_iou`, and the protocol.
    package let metric: String
    package let scoringProtocol: String

    private enum CodingKeys: String, CodingKey {
      case value, metric
      case scoringProtocol = "protocol"
    }
  }

  /// Rows of a kind, of whatever network.
  package struct Row: Decodable, Equatable, Sendable {
    package let loss, augmentation: String?

    func matches(_ group: Group) -> Bool {
      group.isNetwork && (loss == nil || group.loss == loss)
        && (augmentation == nil || group.augmentation == augmentation)
    }
  }

  /// Which contrast of cells tests a claim.
  package enum Test: Equatable, Sendable {
    /// `ranking`: the best cells of one model against those of another, alike in loss and augmentation.
    case ranking(better: String, worse: String, nearBorders: Bool)
    /// `best-model`: the best cells of a model against those of every other network.
    case bestModel(String)
    /// `networks-above-classifiers`: every network against the best pixel classifier.
    case networksAboveClassifiers
    /// `rows`: the best cells of one kind against those of another.
    case rows(better: Row, worse: Row)
    /// `loss`: a loss against the reference of its family.
    case loss(String)
    /// `little-gain`: an augmentation, or each, against none: the gain is no more than a bound.
    case littleGain(augmentation: String?, bound: Double)
    /// `best-augmentation`: an augmentation against some others.
    case bestAugmentation(String, others: [String])
    /// `patience`: augmentation pays more with more patience.
    case patience
    /// `confusion`: the chosen network takes a class more often for some others than for the rest.
    case confusion(truth: String, predictions: [String])
  }

  /// What one experiment has to say.
  struct Evidence {
    let contrasts: [Contrast]
    let verdict: ClaimVerdict
  }

  /// The differences that test it in a report; empty where it doesn't hold the cells.
  func contrasts(of report: Report) -> [Contrast] {
    switch test {
    case .ranking(let better, let worse, let nearBorders):
      report.ranking(better, above: worse, nearBorders: nearBorders)
    case .bestModel(let model): report.best(model)
    case .networksAboveClassifiers: report.networksAboveClassifiers
    case .rows(let better, let worse): report.rows(better, above: worse)
    case .loss(let name): report.lossFamilies.flatMap(\.contrasts).filter { $0.better.loss == name }
    case .littleGain(let name, _):
      report.augmentationFamilies.flatMap(\.contrasts).filter { name == nil || $0.better.augmentation == name }
    case .bestAugmentation(let best, let others):
      report.augmentationFamilies.flatMap { family in
        family.groups.filter { $0.augmentation == best }.flatMap { first in
          family.groups.filter { second in
            others.contains(second.augmentation)
              && second.kind(without: "augmentation") == first.kind(without: "augmentation")
          }.compactMap { Contrast(first, $0) }
        }
      }
    case .patience: report.gainsOfPatience
    case .confusion:
      Self.confusions(of: report.classes, test).map { report.confusion($0.named, ratherThan: $0.others) } ?? []
    }
  }

  /// The share of a class's pixels that are taken for those that a claim names, and for all others; nil where the classes have
  /// other names.
  private static func confusions(of classes: ClassSet, _ test: Test) -> (named: Confusion, others: Confusion)? {
    guard case .confusion(let truth, let predictions) = test, let place = classes.names.firstIndex(of: truth) else {
      return nil
    }
    let named = Set(predictions.compactMap { classes.names.firstIndex(of: $0) })
    guard named.count == predictions.count else { return nil }
    let others = Set(classes.names.indices).subtracting(named).subtracting([place])
    return (Confusion(of: place, with: named), Confusion(of: place, with: others))
  }

  /// All that claims are about, of those classes.
  static func confusions(of classes: ClassSet) -> [Confusion] {
    all.compactMap { confusions(of: classes, $0.test) }.flatMap { [$0.named, $0.others] }
  }

  /// Whether what tests it is judged together with the other differences of mean IoU.
  var isOfScores: Bool {
    if case .confusion = test { false } else { true }
  }

  /// What `report` says; nil where it doesn't hold the cells.
  func evidence(of report: Report) -> Evidence? {
    let contrasts = contrasts(of: report)
    guard !contrasts.isEmpty else { return nil }
    let found = ClaimVerdict.together(contrasts.map { verdict($0, report) })
    return Evidence(contrasts: contrasts, verdict: report.isOfData(source.data) ? found : found.onOtherData)
  }

  private func verdict(_ contrast: Contrast, _ report: Report) -> ClaimVerdict {
    switch test {
    case .littleGain(_, let bound):
      return ClaimVerdict(difference: contrast.difference, atMost: bound, amongst: report.judged.count)
    case .confusion:
      return ClaimVerdict(difference: contrast.difference, above: 0, amongst: report.judged.count + 1)
    default: break
    }
    let judgement = report.judged[contrast]
    // What was claimed of another score, or by another protocol, is no bound here.
    let claimed = gain.flatMap { gain in
      gain.metric == "mean_iou" && gain.scoringProtocol == report.index.headline.rawValue ? gain.value : nil
    }
    return ClaimVerdict(gainOf: judgement, claimed: claimed, margin: report.judged.margin)
  }
}

extension Report {
  /// Whether its scenes are those of the dataset of that name.
  func isOfData(_ name: String) -> Bool {
    groups[0].records[0].environment.data.split(separator: "-").dropLast().joined(separator: "-") == name
  }
}

extension Claim.Test: Decodable {
  private enum CodingKeys: String, CodingKey {
    case kind, better, worse, nearBorders, loss, augmentation, atMost, best, others, truth, predictions
  }

  private enum Kind: String, Decodable {
    case ranking, loss, patience, rows, confusion
    case bestModel = "best-model"
    case networksAboveClassifiers = "networks-above-classifiers"
    case littleGain = "little-gain"
    case bestAugmentation = "best-augmentation"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String { try container.decode(String.self, forKey: key) }
    func row(_ key: CodingKeys) throws -> Claim.Row { try container.decode(Claim.Row.self, forKey: key) }
    switch try container.decode(Kind.self, forKey: .kind) {
    case .ranking:
      self = .ranking(
        better: try text(.better), worse: try text(.worse),
        nearBorders: try container.decodeIfPresent(Bool.self, forKey: .nearBorders) ?? false)
    case .bestModel: self = .bestModel(try text(.best))
    case .networksAboveClassifiers: self = .networksAboveClassifiers
    case .rows: self = .rows(better: try row(.better), worse: try row(.worse))
    case .loss: self = .loss(try text(.loss))
    case .littleGain:
      self = .littleGain(
        augmentation: try container.decodeIfPresent(String.self, forKey: .augmentation),
        bound: try container.decode(Double.self, forKey: .atMost))
    case .bestAugmentation:
      self = .bestAugmentation(try text(.best), others: try container.decode([String].self, forKey: .others))
    case .patience: self = .patience
    case .confusion:
      self = .confusion(
        truth: try text(.truth), predictions: try container.decode([String].self, forKey: .predictions))
    }
  }
}
