import Foundation

/// A claim of the earlier reports that an experiment can test.
struct Claim: Sendable {
  /// What experiments say of a claim.
  enum Verdict: String {
    case reproduced, contradicted, undecided
    case untested = "not tested"

    func name(in language: Language) -> String {
      switch self {
      case .reproduced: language.say("reproduced", "reproduite")
      case .contradicted: language.say("contradicted", "contredite")
      case .undecided: language.say("undecided", "indécise")
      case .untested: language.say("not tested", "non testée")
      }
    }
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
    /// Whether it was taken near borders between categories.
    var isNearBorders = false

    /// What the two sides differ in, as far as it tells contrasts of one claim apart.
    var name: String {
      let (first, second) = (better.settings.augmentation, worse.settings.augmentation)
      return second == "none" ? first : "\(first) − \(second)"
    }
  }

  let statement: @Sendable (Language) -> String
  /// What the earlier reports measured.
  let earlier: @Sendable (Language) -> String
  /// What `report` says; nil where it doesn't hold the cells.
  let test: @Sendable (Report) -> Evidence?

  /// How far a gain in mean IoU may go and still be little.
  static let littleGain = 0.02
  /// How far a gain in mean IoU may go and still be none.
  static let noGain = 0.01

  /// All of them, in the order of the note's tables.
  static let all: [Claim] = [
    Claim(
      statement: { $0.say("Random forests beat linear SVCs", "Les forêts aléatoires battent les SVC linéaires") },
      earlier: { $0.say("mean IoU 0.26 against 0.17", "IoU moyenne 0.26 contre 0.17") },
      test: { ranking($0, "random-forest", above: "linear-svc") }),
    Claim(
      statement: { $0.say("VGG-UNet beats UNet", "VGG-UNet bat UNet") },
      earlier: { $0.say("flat IoU 0.764 against 0.740", "IoU globale 0.764 contre 0.740") },
      test: { ranking($0, "vgg-unet", above: "unet") }),
    Claim(
      statement: { $0.say("UNet beats UNet-mini", "UNet bat UNet-mini") },
      earlier: { $0.say("flat IoU 0.740 against 0.729", "IoU globale 0.740 contre 0.729") },
      test: { ranking($0, "unet", above: "unet-mini") }),
    Claim(
      statement: {
        $0.say(
          "UNet beats PSPNet at borders, by its skip connections (here VGG-UNet, whose encoder is the same)",
          "UNet bat PSPNet aux frontières, grâce à ses connexions de saut (ici VGG-UNet, dont l'encodeur est le même)")
      },
      earlier: { $0.say("seen on masks, not measured", "vu sur des masques, non mesuré") },
      test: { ranking($0, "vgg-unet", above: "vgg-pspnet", nearBorders: true) }),
    Claim(
      statement: { $0.say("KL divergence beats cross-entropy", "La divergence KL bat l'entropie croisée") },
      earlier: { $0.say("flat IoU 0.784 against 0.764", "IoU globale 0.784 contre 0.764") },
      test: { report in
        evidence(report.lossFamilies.flatMap { contrasts($0, of: { $0.settings.loss == "kl" }) })
      }),
    Claim(
      statement: {
        $0.say(
          "Augmentation gains little in clear weather (no more than 0.02)",
          "L'augmentation gagne peu par temps clair (pas plus de 0.02)")
      },
      earlier: { $0.say("flat IoU, from -0.026 to +0.009", "IoU globale, de -0.026 à +0.009") },
      test: { report in
        let all = report.augmentationFamilies.flatMap { contrasts($0, of: { _ in true }) }
        return atMost(littleGain, all)
      }),
    Claim(
      statement: {
        $0.say("Of mirror, fog and rain, rain gains the most", "De mirror, fog et rain, c'est rain qui gagne le plus")
      },
      earlier: { $0.say("rain +0.009, fog -0.013, mirror -0.026", "rain +0.009, fog -0.013, mirror -0.026") },
      test: { report in
        let all = report.augmentationFamilies.flatMap { family in
          family.filter { $0.settings.augmentation == "rain" }.flatMap { rain in
            family.filter { ["mirror", "fog"].contains($0.settings.augmentation) }
              .compactMap { contrast(rain, $0) }
          }
        }
        return evidence(all)
      }),
    Claim(
      statement: {
        $0.say(
          "The mirror gains nothing (no more than 0.01)", "Le miroir ne gagne rien (pas plus de 0.01)")
      },
      earlier: { $0.say("flat IoU -0.026", "IoU globale -0.026") },
      test: { report in
        let all = report.augmentationFamilies.flatMap { contrasts($0, of: { $0.settings.augmentation == "mirror" }) }
        return atMost(noGain, all)
      }),
    Claim(
      statement: {
        $0.say(
          "With more patience augmentation would have paid", "Avec plus de patience, l'augmentation aurait payé")
      },
      earlier: { $0.say("supposed, not measured", "supposé, non mesuré") },
      test: patience),
  ]

  // MARK: Finding the cells

  /// The best group by validation mean IoU of each model, of those alike in loss and augmentation; cross-entropy and no
  /// augmentation where there is a choice.
  private static func ranking(
    _ report: Report, _ better: String, above worse: String, nearBorders: Bool = false
  ) -> Evidence? {
    func choices(_ model: String) -> [Group] {
      let all = report.shown.filter { $0.model == model }
      let plain = all.filter { $0.settings.loss == "ce" && $0.settings.augmentation == "none" }
      let chosen = plain.isEmpty ? all : plain
      return chosen.sorted { $0.validationScore(report.index.headline) > $1.validationScore(report.index.headline) }
    }
    for first in choices(better) {
      for second in choices(worse)
      where (first.settings.loss, first.settings.augmentation) == (second.settings.loss, second.settings.augmentation) {
        return contrast(first, second, nearBorders: nearBorders).flatMap { evidence([$0]) }
      }
    }
    return nil
  }

  /// Those of a family that are `chosen` against its reference.
  private static func contrasts(_ family: [Group], of chosen: (Group) -> Bool) -> [Contrast] {
    family.dropFirst().filter(chosen).compactMap { contrast($0, family[0]) }
  }

  private static func contrast(_ better: Group, _ worse: Group, nearBorders: Bool = false) -> Contrast? {
    guard let first = nearBorders ? better.borders : better.scores,
      let second = nearBorders ? worse.borders : worse.scores,
      let difference = first.difference(.meanIoU, from: second)
    else { return nil }
    return Contrast(better: better, worse: worse, difference: difference, isNearBorders: nearBorders)
  }

  // MARK: Judging

  /// Reproduced where every difference is a gain, contradicted where one is a drop; nil without any.
  static func evidence(_ contrasts: [Contrast]) -> Evidence? {
    guard !contrasts.isEmpty else { return nil }
    let verdicts = contrasts.map(\.difference.verdict)
    let verdict: Verdict =
      verdicts.contains(.drop) ? .contradicted : verdicts.allSatisfy { $0 == .gain } ? .reproduced : .undecided
    return Evidence(differences: contrasts, verdict: verdict)
  }

  /// Reproduced where every interval ends at or below `bound`, contradicted where one lies above it; nil without any.
  static func atMost(_ bound: Double, _ contrasts: [Contrast]) -> Evidence? {
    guard !contrasts.isEmpty else { return nil }
    let intervals = contrasts.map(\.difference.interval)
    let verdict: Verdict =
      intervals.contains { $0.low > bound }
      ? .contradicted : intervals.allSatisfy { $0.high <= bound } ? .reproduced : .undecided
    return Evidence(differences: contrasts, verdict: verdict)
  }

  /// Each augmentation's gain with the most patience against its gain with the least, all else equal: reproduced where
  /// the gain grows everywhere.
  @Sendable private static func patience(_ report: Report) -> Evidence? {
    func alike(_ group: Group) -> CellSettings {
      var settings = group.settings(without: \.augmentation)
      settings.training.patience = CellSettings().training.patience
      return settings
    }
    func key(_ group: Group) -> Int { group.settings.training.patience }
    let augmented = report.augmentationFamilies.flatMap { family in family.dropFirst().map { ($0, family[0]) } }
    let pairs = augmented.flatMap { (group, reference) in
      augmented.compactMap { (other, otherReference) -> Contrast? in
        guard key(other) > key(group), other.settings.augmentation == group.settings.augmentation,
          alike(other) == alike(group)
        else { return nil }
        return SeededScores.gain(of: (other.scores, otherReference.scores), over: (group.scores, reference.scores))
          .map { Contrast(better: other, worse: group, difference: $0) }
      }
    }
    return evidence(pairs)
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
