import Harness

// MARK: What numbers say

extension EnglishCatalogue {
  func leading(_ standings: Standings) -> String {
    """
    Validation chooses \(code(standings.leader.label)); on the test scenes it reaches a mean IoU of \
    \(decimal(standings.score.value, digits: 3))\(standings.score.interval.map { " " + interval($0, digits: 3) } ?? "").
    """
  }

  func standing(_ outcomes: Outcomes, of name: String) -> String {
    let parts = [
      (outcomes[.better], "is better than "), (outcomes[.worse], "is worse than "),
      (outcomes[.equivalent], "is equivalent within \(shortest(outcomes.margin)) to "),
      (outcomes[.undecided], "is not told apart from "),
    ].filter { !$0.0.isEmpty }
    return "It " + list(parts.map { $0.1 + list($0.0.map(told)) }, last: "; it ", between: "; it ") + "."
      + corrected(outcomes) + power(outcomes)
  }

  /// A difference by its row's name, with its interval.
  private func told(_ outcome: Outcome) -> String {
    "\(code(outcome.name)) (\(difference(outcome.difference, digits: 3)))"
  }

  /// Why what an interval seems to decide is undecided.
  private func corrected(_ outcomes: Outcomes) -> String {
    let all = outcomes.undecidedTogether
    guard !all.isEmpty else { return "" }
    let (names, values) = (list(all.map { code($0.name) }), list(all.map { decimal($0.judgement.p, digits: 3) }))
    let correction = outcomes.comparisons > 1 ? ", corrected for \(number(outcomes.comparisons)) comparisons," : ""
    return all.count == 1
      ? " The interval of \(names) excludes zero, yet its p\(correction) is \(values)."
      : " The intervals of \(names) exclude zero, yet their p\(correction) are \(values)."
  }

  private func power(_ outcomes: Outcomes) -> String {
    outcomes.detectable.map {
      " Of what stays undecided, this test finds differences of \(decimal($0, digits: 2)) or more four times in five."
    } ?? ""
  }

  func source(_ gains: ClassGains, of name: String, over other: String) -> String {
    guard !gains.leading.isEmpty else {
      return "The difference between \(code(name)) and \(code(other)) is spread over the classes."
    }
    return """
      Most of the difference between \(code(name)) and \(code(other)) comes from \
      \(list(gains.leading.map { "\($0.name) (\(signed($0.value, digits: 2)) IoU)" })).
      """
  }

  func weakClasses(_ classes: [ClassGains.Gain], of name: String) -> String {
    let (missed, poor) = classes.missedAndPoor
    func shown(_ classes: [ClassGains.Gain]) -> String {
      list(classes.map { "\($0.name) (IoU \(decimal($0.value, digits: 2)))" })
    }
    let parts =
      (missed.isEmpty ? [] : ["hardly finds \(shown(missed))"]) + (poor.isEmpty ? [] : ["finds \(shown(poor)) poorly"])
    return "\(code(name)) \(list(parts))."
  }

  func nearBorders(_ borders: Double, all: Double, of name: String) -> String {
    """
    Near borders between classes its mean IoU is \(decimal(borders, digits: 3)), \
    \(decimal(abs(all - borders), digits: 3)) \(borders < all ? "below" : "above") that over all pixels.
    """
  }

  func outcomes(_ outcomes: Outcomes, against reference: String, of name: String?) -> String {
    let parts = [
      (outcomes[.better], "better"), (outcomes[.worse], "worse"),
      (outcomes[.equivalent], "equivalent within \(shortest(outcomes.margin))"),
      (outcomes[.undecided], "undecided"),
    ].filter { !$0.0.isEmpty }.map { rows, word in
      "\(list(rows.map(told))) \(rows.count == 1 ? "is" : "are") \(word)"
    }
    let start = "Against \(code(reference))" + (name.map { ", with \(code($0))" } ?? "")
    return "\(start), \(parts.joined(separator: "; "))." + corrected(outcomes) + power(outcomes)
  }

  func undecidedRest(_ count: Int, of all: Int) -> String {
    if count == all { return "None of the \(number(all)) comparisons is decided." }
    return count == 1 ? "One more comparison is undecided." : "\(number(count)) more comparisons are undecided."
  }

  var ofTheseTrainings: String {
    "Where a row was trained once, this holds for these trainings only."
  }

  func weather(_ finding: WeatherFinding) -> String {
    let losses = finding.losses.map { "\(code($0.condition)) (\(decimal($0.meanIoU, digits: 3)))" }
    return """
      \(code(finding.name)), trained without augmentation, reaches \(decimal(finding.clean, digits: 3)) in clear weather; \
      \(finding.losses.count == 1 ? "under \(losses[0])" : "from worst to best: \(list(losses))").
      """
  }

  func lifts(_ finding: WeatherFinding) -> String {
    guard !finding.lifts.isEmpty else {
      return "No augmentation raises its score under any of these conditions by more than the noise."
    }
    let parts = finding.liftsByAugmentation.map { name, lifts in
      "\(code(name)) gives "
        + list(lifts.map { "\(difference($0.difference, digits: 3)) under \(code($0.condition))" })
    }
    let without = finding.helpless
    return "Of the augmentations that help, the largest effect by condition: \(parts.joined(separator: "; "))"
      + (without.isEmpty ? "." : "; under \(list(without.map(code))) none is above the noise.")
      + (finding.broadest.map { broadest in
        let count = "\(broadest.conditions.count) of the \(finding.losses.count) conditions"
        return " \(code(broadest.augmentation)) helps under \(count), more than any other: "
          + "\(list(broadest.conditions.map(code)))."
      } ?? "")
      + " Differences under weather are judged together."
  }

  func rivals(_ rivals: [WeatherFinding.Rival], of name: String) -> String {
    guard !rivals.isEmpty else {
      return
        "When all differences under weather are judged together, no other model is shown to be better than \(code(name)) there."
    }
    let parts = rivals.map { rival in
      let gains = rival.gains.map { "under \(code($0.condition)) (\(difference($0.difference, digits: 3)))" }
      return "\(code(rival.name)) is better than it \(list(gains))"
    }
    return "When all differences under weather are judged together, \(parts.joined(separator: "; "))."
  }

  func sizes(_ finding: TrainingSizesFinding) -> String {
    let scenes = finding.scenes.map(number)
    let last = finding.last.map { last in
      let text =
        switch last.verdict {
        case .better: "mean IoU still rises"
        case .worse: "mean IoU falls"
        case .equivalent: "mean IoU changes by less than \(shortest(finding.margin))"
        case .undecided: "whether mean IoU still rises isn't decided"
        }
      let gain = difference(last.difference, digits: 3)
      return " With the last step, from \(scenes[scenes.count - 2]) on (\(gain)), \(text)."
    }
    return """
      From \(scenes[0]) to \(scenes[scenes.count - 1]) training scenes, the mean IoU of \
      \(code(finding.name)) changes by \(difference(finding.gain, digits: 3)).\(last ?? "")
      """
  }

  func claims(_ verdicts: [(number: Int, verdict: ClaimVerdict)], of all: Int) -> String {
    func numbers(_ kinds: ClaimVerdict...) -> String? {
      let own = verdicts.filter { kinds.contains($0.verdict) }.map { "\($0.number)" }
      return own.isEmpty ? nil : list(own)
    }
    let parts = [
      numbers(.reproduced).map { "reproduced: \($0)" },
      numbers(.sameDirection, .smaller).map { "in the same direction, here or by less: \($0)" },
      numbers(.contradicted, .equivalent).map { "contradicted: \($0)" },
      numbers(.undecided).map { "undecided: \($0)" },
    ].compactMap { $0 }
    let tested = verdicts.filter { $0.verdict != .untested }.count
    return
      "Of the \(all) claims, \(tested) could be tested (numbers as in the table); \(parts.joined(separator: "; "))."
  }

  func mistakes(_ mistakes: [Mistake], of name: String) -> String {
    let parts = mistakes.map {
      "\(Int((100 * $0.share).rounded())) % of the pixels of \($0.truth) are taken for \($0.prediction)"
    }
    return "The largest confusions of \(code(name)): \(list(parts))."
  }

  func budget(_ budget: Budget) -> String {
    """
    For one frame of 512x256, \(code(budget.name)) takes \(decimal(1000 * budget.frameSeconds, digits: 1)) ms \
    (\(threads(budget.place))\(budget.isBusy ? ", beside other work" : "")), \(decimal(1 / budget.frameSeconds, digits: budget.frameSeconds > 0.1 ? 1 : 0)) frames per second\
    \(budget.parameters.map { ", with \(decimal(Double($0) / 1e6, digits: 1)) million parameters" } ?? "").
    """
  }

  func bargain(_ bargain: Bargain, times factor: Double, over name: String) -> String {
    let difference = bargain.outcome.difference
    let side = difference.value < 0 ? "higher" : "lower"
    let judged: String =
      switch bargain.outcome.judgement.verdict {
      case .better: "for a mean IoU lower by \(decimal(difference.value, digits: 3))"
      case .worse: "with a mean IoU higher by \(decimal(-difference.value, digits: 3))"
      case .equivalent: "with an equivalent mean IoU"
      case .undecided: "and is not told apart in mean IoU (\(side) by \(decimal(abs(difference.value), digits: 3)))"
      }
    return """
      \(code(bargain.budget.name)) is \(decimal(factor, digits: 1)) times as fast \
      (\(decimal(1000 * bargain.budget.frameSeconds, digits: 1)) ms) \(judged).
      """
  }

  func drives(worst: ClassGains.Gain, best: ClassGains.Gain, of name: String) -> String {
    """
    By drive, the mean IoU of \(code(name)) goes from \(decimal(worst.value, digits: 3)) (\(worst.name)) to \
    \(decimal(best.value, digits: 3)) (\(best.name)).
    """
  }

  func calibration(
    error: Double, overconfidence: Double, worst: (condition: String, error: Double)?, of name: String
  ) -> String {
    let kind = overconfidence > 0 ? "overconfident" : "underconfident"
    return """
      The probabilities of \(code(name)) differ from frequencies by \(decimal(error, digits: 3)) on average, mostly \(kind)\
      \(worst.map { "; under \(code($0.condition)) by \(decimal($0.error, digits: 3))" } ?? "").
      """
  }

  func agreement(_ claims: [String]) -> String {
    "The earlier reports and these runs agree, at least in direction, on: \(claims.joined(separator: "; "))."
  }

  func contradiction(_ claims: [String]) -> String {
    "These runs contradict: \(claims.joined(separator: "; "))."
  }

  func undecidedNoise(ofTrainings count: Int, of all: Int) -> String {
    let start = "Of \(all) undecided \(all == 1 ? "difference" : "differences"), "
    let pictures = all - count
    return start
      + list(
        [
          count > 0 ? "\(count) \(count == 1 ? "is" : "are") hidden mostly by the noise of training" : nil,
          pictures > 0 ? "\(pictures) by that of the test pictures, which more seeds would not lower" : nil,
        ].compactMap { $0 }) + "."
  }

  func recommendation(_ name: String, score: Estimate, experiment: String) -> String {
    """
    Of all rows of `\(experiment)`, validation recommends \(code(name)), with a test mean IoU of \
    \(decimal(score.value, digits: 3))\(score.interval.map { " " + interval($0, digits: 3) } ?? "").
    """
  }

  func moreSeeds(half: Int, all: Int, of count: Int) -> String {
    let comparisons = count == 1 ? "the undecided comparison" : "the \(count) undecided comparisons"
    return
      "More seeds: \(half) a row would show a difference of 0.02 in \(half == all ? "" : "at least half of ")"
      + "\(comparisons) that seeds alone can settle\(half == all ? "" : ", \(all) in all of them")."
  }

  var moreDrives: String {
    "More drives in the test: for some comparisons no number of seeds finds differences of 0.02."
  }

  func helpWeakClasses(_ names: [String]) -> String {
    """
    A higher resolution, or losses that weigh classes, for \(list(names)), whose IoU is below 0.3.
    """
  }

  func trainUnderWeather(_ lift: WeatherFinding.Lift) -> String {
    """
    Training with \(code(lift.augmentation)) where \(code(lift.condition)) matters, then checking in real weather that its \
    effect (\(difference(lift.difference, digits: 3))) holds.
    """
  }

  func trainUnderWeather(_ broadest: WeatherFinding.Breadth) -> String {
    """
    Training with \(code(broadest.augmentation)), which helps under \(list(broadest.conditions.map(code))), then checking in \
    real weather that its effects hold.
    """
  }

  func findHelp(_ conditions: [String]) -> String {
    "Other augmentations for \(list(conditions.map(code))), under which none of these was seen to help."
  }

  var realWeather: String {
    "Real fog, rain, snow and night, such as ACDC's pictures (Sakaridis, Dai and Van Gool 2021, arXiv:2104.13395)."
  }

  var fullResolution: String {
    "Full Cityscapes at 512x256 and above with the same experiment file: `data.root` and `data.size` are all that changes."
  }

  func testClaims(_ statements: [String]) -> String {
    "The claims that nothing here tests: \(statements.joined(separator: "; "))."
  }

  // MARK: Short tables

  func className(_ name: String) -> String { name }

  func briefModelsNote(headline: String, arePlain: Bool) -> String {
    """
    \(headline) The best row of each model by validation\(arePlain ? ", of those with `ce` and without augmentation" : ""); \
    bold: the best value and those not significantly different.
    """
  }

  var briefClassesNote: String { "IoU by class of the same rows." }
  var lossColumn: String { "Loss" }
  var augmentationColumn: String { "Augmentation" }

  var fieldNote: String {
    """
    Mean IoU in % over Cityscapes' 19 classes at full resolution, one picture at one scale unless *ms* (several scales and \
    mirrored); validation and test are different pictures. *: the source doesn't print the split; by convention, validation. \
    Frames per second are the authors', each on a GPU of its own.
    """
  }

  var fieldModel: String { "Model" }
  var year: String { "Year" }
  var validationSplit: String { "val" }
  var testSplit: String { "test" }
  var extraData: String { "Extra data" }
  var millionParameters: String { "M parameters" }
  var framesPerSecond: String { "Frames per second" }
  var fieldSource: String { "Source" }
}
