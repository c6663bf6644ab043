import Harness

/// What a reader in haste has to know: a few points an experiment, and what became of the claims.
struct SummarySection: NotePart {
  static let key = "summary"
  let subject: Note

  /// A list of texts.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any { section.texts }

  func make() -> ReportSection? {
    let experiments = note.reports.flatMap { report in
      [
        "**\(report.experiment.name)**" + say(\.colon) + report.about,
        report.summaryPoints.map { "- \($0)" }.joined(separator: "\n"),
      ]
    }
    let verdicts = note.claimVerdicts
    let claims = verdicts.isEmpty ? [] : [say { $0.claims(verdicts, of: Claim.all.count) }]
    return ReportSection(title: "", blocks: (experiments.filter { !$0.isEmpty } + claims).map { .text($0) })
  }
}

extension Report {
  /// The most important sentences of each comparison, with its name; none where nothing is compared.
  var summaryPoints: [String] {
    let results = standings.map { standings in
      // What could have been seen is told beside the tables.
      let outcomes = standings.outcomes.withoutPower
      return [say { $0.leading(standings) }]
        + (outcomes.all.isEmpty ? [] : [say { $0.standing(outcomes, of: standings.leader.label) }])
    }
    func first(_ findings: [FamilyFinding]) -> [String] {
      findings.prefix(1).map { finding in
        say { $0.outcomes(finding.outcomes.withoutPower, against: finding.reference, of: finding.name) }
      }
    }
    let points = [
      (say(\.resultsTitle), results ?? []), (say(\.lossesTitle), first(lossFindings)),
      (say(\.augmentationsTitle), first(augmentationFindings)), (say(\.ablationsTitle), first(ablationFindings)),
      (say(\.robustnessTitle), weatherSentences(saysNone: false)), (say(\.costTitle), costSentences),
    ]
    return points.filter { !$0.1.isEmpty }.map { title, sentences in
      "**\(title)**\(say(\.colon))\(sentences.joined(separator: " "))"
    }
  }
}

extension Note {
  /// What each experiment says of the claims that it tests.
  var findings: [(report: Report, finding: Report.Finding)] {
    reports.flatMap { report in report.findings.map { (report, $0) } }
  }

  /// What became of each claim that some experiment tests; where several do, all that they say together.
  var claimVerdicts: [(number: Int, verdict: ClaimVerdict)] {
    let findings = findings
    return Claim.all.indices.compactMap { place in
      let own = findings.filter { $0.finding.number == place + 1 }.map(\.finding.evidence.verdict)
      guard !own.isEmpty else { return nil }
      let verdict = ClaimVerdict.together(own)
      return (place + 1, own.contains(.sameDirection) ? verdict.onOtherData : verdict)
    }
  }
}
