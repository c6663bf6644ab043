import Harness
import Settings

// The cells that claims are tested on.

extension Claim.Contrast {
  /// The mean IoU of two groups; nil where one has none.
  init?(_ better: Group, _ worse: Group, nearBorders: Bool = false) {
    guard let first = nearBorders ? better.borders : better.scores,
      let second = nearBorders ? worse.borders : worse.scores,
      let difference = first.difference(.meanIoU, from: second)
    else { return nil }
    self.init(better: better, worse: worse, difference: difference, isNearBorders: nearBorders)
  }

  /// Those of a family that are `chosen` against its reference.
  static func all(of family: [Group], _ chosen: (Group) -> Bool) -> [Claim.Contrast] {
    family.dropFirst().filter(chosen).compactMap { Claim.Contrast($0, family[0]) }
  }
}

extension Report {
  /// The best groups by validation mean IoU of two models, of those alike in loss and augmentation; cross-entropy and no
  /// augmentation where there is a choice. Empty where there are none.
  func ranking(_ better: String, above worse: String, nearBorders: Bool) -> [Claim.Contrast] {
    func choices(_ model: String) -> [Group] {
      let all = shown.filter { $0.model == model }
      let plain = all.filter { $0.loss == "ce" && $0.augmentation == "none" }
      let chosen = plain.isEmpty ? all : plain
      return chosen.sorted { $0.validationScore(index.headline) > $1.validationScore(index.headline) }
    }
    for first in choices(better) {
      for second in choices(worse)
      where (first.loss, first.augmentation) == (second.loss, second.augmentation) {
        return Claim.Contrast(first, second, nearBorders: nearBorders).map { [$0] } ?? []
      }
    }
    return []
  }

  /// Each augmentation's gain with more patience against its gain with less, all else equal.
  var gainsOfPatience: [Claim.Contrast] {
    func alike(_ group: Group) -> [String: Setting] {
      group.settings(without: "augmentation", "training.patience")
    }
    func patience(_ group: Group) -> Int { group.settings.training.patience }
    let augmented = augmentationFamilies.flatMap { family in family.dropFirst().map { ($0, family[0]) } }
    return augmented.flatMap { (group, reference) in
      augmented.compactMap { (other, otherReference) -> Claim.Contrast? in
        guard patience(other) > patience(group), other.augmentation == group.augmentation,
          alike(other) == alike(group)
        else { return nil }
        return SeededScores.gain(of: (other.scores, otherReference.scores), over: (group.scores, reference.scores))
          .map { Claim.Contrast(better: other, worse: group, difference: $0) }
      }
    }
  }
}

extension SeededScores {
  /// How much more the first pair differs in mean IoU than the second: all four see the same resamples.
  fileprivate static func gain(
    of first: (SeededScores, SeededScores), over second: (SeededScores, SeededScores)
  ) -> Difference? {
    let all = [first.0, first.1, second.0, second.1]
    let means = all.compactMap { $0.mean(.meanIoU) }
    guard means.count == 4 else { return nil }
    let replicates = all.map { Array($0.replicates[.meanIoU]) }
    let differences = replicates[0].indices.map {
      replicates[0][$0] - replicates[1][$0] - (replicates[2][$0] - replicates[3][$0])
    }
    guard let interval = Interval(percentilesOf: differences) else { return nil }
    return Difference(value: means[0] - means[1] - (means[2] - means[3]), interval: interval)
  }
}
