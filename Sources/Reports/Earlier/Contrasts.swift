import Harness
import Settings

// The cells that claims are tested on.

extension Report {
  /// The rows of a kind, best first by validation mean IoU.
  private func rows(_ isOfKind: (Group) -> Bool) -> [Group] {
    shown.filter(isOfKind).sorted { $0.validationScore(index.headline) > $1.validationScore(index.headline) }
  }

  /// Cross-entropy and no augmentation where there is a choice.
  func plain(_ groups: [Group]) -> [Group] {
    let plain = groups.filter { $0.loss == "ce" && $0.augmentation == "none" }
    return plain.isEmpty ? groups : plain
  }

  /// The best groups by validation mean IoU of two models, of those alike in loss and augmentation; cross-entropy and no
  /// augmentation where there is a choice. Near borders those of each output stride of the worse one, as its cells blur them
  /// whatever else it lacks. Empty where there are none.
  func ranking(_ better: String, above worse: String, nearBorders: Bool) -> [Contrast] {
    for first in plain(rows { $0.model == better }) {
      let alike = plain(rows { $0.model == worse }).filter {
        (first.loss, first.augmentation) == ($0.loss, $0.augmentation)
      }
      let rivals = uniqued(alike) { nearBorders ? $0.kind["network.outputStride"] : nil }
      if !rivals.isEmpty {
        return rivals.compactMap { Contrast(first, $0, nearBorders ? .nearBorders : .clear) }
      }
    }
    return []
  }

  /// The best group of a model against the best of every other network.
  func best(_ model: String) -> [Contrast] {
    guard let first = plain(rows { $0.model == model }).first else { return [] }
    return uniqued(shown.filter { $0.isNetwork && $0.model != model }.map(\.model)).compactMap { other in
      plain(rows { $0.model == other }).first.flatMap { Contrast(first, $0) }
    }
  }

  /// Every network against the best classifier.
  var networksAboveClassifiers: [Contrast] {
    guard let classifier = rows({ !$0.isNetwork }).first else { return [] }
    return uniqued(shown.filter(\.isNetwork).map(\.model)).compactMap { model in
      plain(rows { $0.model == model }).first.flatMap { Contrast($0, classifier) }
    }
  }

  /// The best rows of two kinds that are alike in all but loss and augmentation, of one network.
  func rows(_ better: Claim.Row, above worse: Claim.Row) -> [Contrast] {
    func areAlike(_ first: Group, _ second: Group) -> Bool {
      // Without augmentation its policy is none of theirs.
      let policy = [first, second].contains { $0.augmentation == "none" } ? [Self.policy] : []
      let keys = ["loss", "augmentation"] + policy
      return first.kind(without: keys) == second.kind(without: keys)
    }
    for first in rows(better.matches) {
      if let second = rows(worse.matches).first(where: { areAlike($0, first) }) {
        return [Contrast(first, second)].compactMap { $0 }
      }
    }
    return []
  }

  /// What the network that validation chose, of those alike, takes a class for.
  func confusion(_ confusion: Confusion, ratherThan other: Confusion) -> [Contrast] {
    plain(rows(\.isNetwork)).prefix(1).compactMap { Contrast(of: $0, confusion, ratherThan: other) }
  }

  /// Each augmentation's gain with more patience against its gain with less, all else equal.
  var gainsOfPatience: [Contrast] {
    func alike(_ group: Group) -> [String: Setting] {
      group.kind(without: "augmentation", "training.patience")
    }
    func patience(_ group: Group) -> Int { group.settings.training.patience }
    let augmented = augmentationFamilies.flatMap(\.pairs)
    return augmented.flatMap { (group, reference) in
      augmented.compactMap { (other, otherReference) -> Contrast? in
        guard patience(other) > patience(group), other.augmentation == group.augmentation,
          alike(other) == alike(group)
        else { return nil }
        return Contrast(gainOf: other, over: otherReference, beyond: group, over: reference)
      }
    }
  }
}
