import Harness

/// Groups of cells against others: a difference that a report judges.
struct Contrast {
  /// What is added, and what is taken away: a group each, or two where one difference is set against another.
  let first, second: [Group]
  /// Where it was taken.
  let place: Place
  let difference: Estimate

  /// Which scores of a group differ.
  enum Place: Hashable {
    /// Those of clear pictures.
    case clear
    /// Those near borders between classes.
    case nearBorders
    /// Those under the condition of this name.
    case under(String)
    /// How often a class is taken for some others.
    case confusion(Confusion)

    func scores(of group: Group) -> SeededScores? {
      switch self {
      case .clear: group.scores
      case .nearBorders: group.borders
      case .under(let condition): group.conditions[condition]
      case .confusion(let confusion): group.confusions[confusion]
      }
    }
  }

  var isNearBorders: Bool { place == .nearBorders }

  /// Whether it is of scores of one and the same group.
  var isWithin: Bool { key.sides.count == 1 }

  /// The difference in mean IoU of two groups; nil where one has none.
  init?(_ better: Group, _ worse: Group, _ place: Place = .clear) { self.init([better], [worse], place) }

  /// How much more `better` gains over its reference than `worse` over its own.
  init?(gainOf better: Group, over reference: Group, beyond worse: Group, over otherReference: Group) {
    self.init([better, otherReference], [worse, reference])
  }

  /// How much larger a share of a class's pixels a group takes for some classes than for others; nil where it has none.
  init?(of group: Group, _ confusion: Confusion, ratherThan other: Confusion) {
    guard let named = group.confusions[confusion], let others = group.confusions[other],
      let difference = named.difference(.accuracy, from: others)
    else { return nil }
    (first, second, place, self.difference) = ([group], [group], .confusion(confusion), difference)
  }

  private init?(_ first: [Group], _ second: [Group], _ place: Place = .clear) {
    let sides = (first.compactMap(place.scores), second.compactMap(place.scores))
    guard sides.0.count == first.count, sides.1.count == second.count,
      let difference = SeededScores.contrast(.meanIoU, of: sides.0, against: sides.1)
    else { return nil }
    (self.first, self.second, self.place, self.difference) = (first, second, place, difference)
  }

  var better: Group { first[0] }
  var worse: Group { second[0] }

  /// The same on streets never seen; nil of fewer than three drives.
  var elsewhere: Estimate? {
    guard first.count == 1, let scores = place.scores(of: better), let others = place.scores(of: worse) else {
      return nil
    }
    return scores.differenceElsewhere(.meanIoU, from: others)
  }

  /// What the two sides differ in, as far as it tells contrasts of one claim apart.
  var name: String {
    if better.model != worse.model { return "\(better.label) − \(worse.label)" }
    let (one, other) = (better.augmentation, worse.augmentation)
    if one == other {
      let losses = "\(better.loss) − \(worse.loss)"
      return one == "none" ? losses : "\(losses) (\(one))"
    }
    return other == "none" ? one : "\(one) − \(other)"
  }

  /// Equal for the same difference of the same report, whichever side is taken from the other.
  struct Key: Hashable {
    let sides: Set<[Int]>
    let place: Place
  }

  var key: Key { Key(sides: [first.map(\.place), second.map(\.place)], place: place) }
}

/// All differences of a report, judged together.
struct JudgedContrasts {
  /// Differences below it are of no account.
  let margin: Double
  /// All that are judged, each once, in order.
  let contrasts: [Contrast]
  private var judgements: [Contrast.Key: (contrast: Contrast, judgement: Judgement)] = [:]

  /// - Parameters:
  ///   - contrasts: all that the report judges, in any order and number.
  ///   - margin: differences below it are of no account.
  init(_ contrasts: [Contrast], margin: Double) {
    self.margin = margin
    var seen: Set<Contrast.Key> = []
    let once = contrasts.filter { seen.insert($0.key).inserted }
    self.contrasts = once
    for (contrast, judgement) in zip(once, Judgement.all(once.map(\.difference), margin: margin)) {
      judgements[contrast.key] = (contrast, judgement)
    }
  }

  /// How many are judged.
  var count: Int { contrasts.count }

  subscript(contrast: Contrast) -> Judgement {
    guard let (judged, judgement) = judgements[contrast.key] else {
      // What wasn't foreseen stands alone, which can't happen while every section takes its contrasts from the report.
      return Judgement.all([contrast.difference], margin: margin)[0]
    }
    let isMirrored = judged.first.map(\.place) != contrast.first.map(\.place)
    return isMirrored ? judgement.mirrored(contrast.difference) : judgement
  }
}
