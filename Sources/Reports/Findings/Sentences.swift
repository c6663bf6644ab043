import Harness

// What each section's numbers say, in a few sentences before its tables.

extension ResultsSection {
  var sentences: [String] {
    guard let standings = report.standings else { return [] }
    let (name, outcomes) = (standings.leader.label, standings.outcomes)
    return [
      say { $0.leading(standings) }, outcomes.all.isEmpty ? nil : say { $0.standing(outcomes, of: name) },
      outcomes.areOfTheseTrainings ? say(\.ofTheseTrainings) : nil,
      standings.source.map { source in say { $0.source(source.gains, of: name, over: source.rival) } },
      standings.nearBorders.map { borders in
        say { $0.nearBorders(borders, all: standings.score.value, of: name) }
      },
    ].compactMap { $0 }
  }
}

extension ClassesSection {
  var sentences: [String] {
    guard let leader = report.leader else { return [] }
    let weak = report.weakClasses(of: leader)
    return weak.isEmpty ? [] : [say { $0.weakClasses(weak, of: leader.label) }]
  }
}

extension Report {
  /// How many findings are told one by one.
  private static let mostFindings = 4

  /// Of families, a sentence or two a finding; of many, those that decide something, and how many comparisons don't.
  func sentences(_ findings: [FamilyFinding]) -> [String] {
    let deciding = findings.filter { $0.outcomes[.undecided].count < $0.outcomes.all.count }
    let told = findings.count > Self.mostFindings ? deciding : findings
    let all = told.flatMap { finding in
      [
        say { $0.outcomes(finding.outcomes, against: finding.reference, of: finding.name) },
        finding.source.map { source in
          say { $0.source(source.gains, of: source.row, over: finding.reference) }
        },
      ].compactMap { $0 }
    }
    let count = findings.reduce(0) { $0 + $1.outcomes.all.count }
    let rest = count - told.reduce(0) { $0 + $1.outcomes.all.count }
    return all + (rest > 0 ? [say { $0.undecidedRest(rest, of: count) }] : [])
      + (told.contains { $0.outcomes.areOfTheseTrainings } ? [say(\.ofTheseTrainings)] : [])
  }
}

extension LossesSection {
  var sentences: [String] { report.sentences(report.lossFindings) }
}

extension AugmentationsSection {
  var sentences: [String] { report.sentences(report.augmentationFindings) }
}

extension AblationsSection {
  var sentences: [String] { report.sentences(report.ablationFindings) }
}

extension Report {
  /// What weather does to the leading row, and which rows it does less to.
  ///
  /// - Parameter saysNone: whether also that no other row is better under weather, where none is.
  func weatherSentences(saysNone: Bool) -> [String] {
    guard let finding = weatherFinding else { return [] }
    let rivals = finding.rivals.flatMap { $0.isEmpty && !saysNone ? nil : $0 }
    return [say { $0.weather(finding) }] + (finding.hasAugmentations ? [say { $0.lifts(finding) }] : [])
      + (rivals.map { rivals in [say { $0.rivals(rivals, of: finding.name) }] } ?? [])
  }
}

extension RobustnessSection {
  var sentences: [String] { report.weatherSentences(saysNone: true) }
}

extension ClaimsSection {
  var sentences: [String] {
    let verdicts = report.findings.map { ($0.number, $0.evidence.verdict) }
    return verdicts.isEmpty ? [] : [say { $0.claims(verdicts, of: Claim.all.count) }]
  }
}

extension ConfusionSection {
  var sentences: [String] {
    guard let leader = report.leader else { return [] }
    let mistakes = report.mistakes(of: leader)
    return mistakes.isEmpty ? [] : [say { $0.mistakes(mistakes, of: leader.label) }]
  }
}

extension DrivesSection {
  var sentences: [String] {
    guard let leader = report.leader, let (worst, best) = report.extremeDrives(of: leader) else { return [] }
    return [say { $0.drives(worst: worst, best: best, of: leader.label) }]
  }
}

extension CalibrationSection {
  var sentences: [String] {
    guard let leader = report.leader, let clean = leader.calibration, let error = clean.expectedError,
      let overconfidence = clean.overconfidence
    else { return [] }
    let worst = leader.conditionCalibrations.compactMap { name, calibration in
      calibration.expectedError.map { (condition: name, error: $0) }
    }.max { ($0.error, $1.condition) < ($1.error, $0.condition) }
    return [say { $0.calibration(error: error, overconfidence: overconfidence, worst: worst, of: leader.label) }]
  }
}

extension Report {
  /// What the leading row costs, and which rows cost less than half of it.
  var costSentences: [String] {
    guard let leader, let own = budget(of: leader) else { return [] }
    return [say { $0.budget(own) }]
      + bargains.map { bargain in
        let factor = own.frameSeconds / bargain.budget.frameSeconds
        return say { $0.bargain(bargain, times: factor, over: leader.label) }
      }
  }
}

extension CostSection {
  var sentences: [String] { report.costSentences }
}
