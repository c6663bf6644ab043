import Harness
import Scenes

/// A row's difference from another, and what was judged of it.
struct Outcome {
  /// The other row.
  let name: String
  let difference: Estimate
  let judgement: Judgement
}

/// What the differences of some rows from one came to, the largest first.
struct Outcomes {
  let all: [Outcome]
  /// Differences below it are of no account.
  let margin: Double
  /// The largest of the smallest true differences that undecided ones could have seen; nil where nothing is known of it,
  /// nothing is undecided, or nothing less than half of all could have been.
  private(set) var detectable: Double?
  /// How many differences are judged together with these.
  let comparisons: Int

  init(_ all: [Outcome], margin: Double, detectable: Double?, comparisons: Int) {
    self.all = all.sorted { abs($0.difference.value) > abs($1.difference.value) }
    (self.margin, self.detectable, self.comparisons) = (margin, detectable, comparisons)
  }

  /// The same without what could have been seen.
  var withoutPower: Outcomes {
    var copy = self
    copy.detectable = nil
    return copy
  }

  /// Those that are undecided though their own interval excludes zero: p, corrected for all, is what decides.
  var undecidedTogether: [Outcome] {
    self[.undecided].filter { $0.difference.interval.map { $0.low > 0 || $0.high < 0 } ?? false }
  }

  subscript(verdict: Judgement.Verdict) -> [Outcome] { all.filter { $0.judgement.verdict == verdict } }

  /// Whether some verdict may be turned by another seed.
  var areOfTheseTrainings: Bool { all.contains { $0.judgement.isOfTheseTrainings } }
}

extension Report {
  /// The outcomes of contrasts, each with the name of one of its sides.
  func outcomes(_ contrasts: [(name: String, contrast: Contrast)]) -> Outcomes {
    let undecided = contrasts.filter { judged[$0.contrast].verdict == .undecided }
    let detectable = undecided.compactMap { _, contrast in
      contrast.power.map { $0.noise.detectable(seeds: $0.seeds, comparisons: judged.count) }
    }.max().flatMap { $0 < 0.5 ? $0 : nil }
    return Outcomes(
      contrasts.map { Outcome(name: $0, difference: $1.difference, judgement: judged[$1]) },
      margin: judged.margin, detectable: detectable, comparisons: judged.count)
  }
}

/// Which classes a difference in mean IoU comes from.
package struct ClassGains: Equatable {
  package struct Gain: Equatable {
    package let name: String
    package let value: Double

    package init(name: String, value: Double) {
      (self.name, self.value) = (name, value)
    }
  }

  /// The one or two that make up half or more of what the classes gain, or lose, together; empty where more are needed.
  package let leading: [Gain]

  /// - Parameters:
  ///   - gains: the difference in IoU of each class.
  ///   - isGain: whether the whole is a gain, so that classes that lose don't explain it.
  package init(_ gains: [Gain], isGain: Bool) {
    let own = gains.filter { ($0.value > 0) == isGain && $0.value != 0 }
      .sorted { abs($0.value) > abs($1.value) }
    let whole = own.reduce(0) { $0 + $1.value }
    let half = (1...2).first { count in
      own.count >= count && own.prefix(count).reduce(0) { $0 + $1.value } / whole >= 0.5
    }
    leading = Array(own.prefix(half ?? 0))
  }
}

extension Report {
  /// Where the difference of a contrast comes from; empty near borders, whose classes aren't told apart here.
  func classGains(_ contrast: Contrast) -> ClassGains {
    let gains = classes.scored(under: index.headline).compactMap { place -> ClassGains.Gain? in
      guard !contrast.isNearBorders, let better = contrast.better.scores.mean(classes.iou(place)),
        let worse = contrast.worse.scores.mean(classes.iou(place))
      else { return nil }
      return ClassGains.Gain(name: classes.names[place], value: better - worse)
    }
    return ClassGains(gains, isGain: contrast.difference.value > 0)
  }
}
