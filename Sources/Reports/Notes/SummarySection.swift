import Harness

/// What a reader in haste has to know: a paragraph an experiment, and what became of the claims.
struct SummarySection: NotePart {
  static let key = "summary"
  let subject: Note

  /// A list of texts.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any { section.texts }

  func make() -> ReportSection? {
    let paragraphs = note.reports.map { report in
      (["**\(report.experiment.name)**" + say(\.colon) + report.about] + report.summarySentences).joined(separator: " ")
    }
    let verdicts = note.claimVerdicts
    let claims = verdicts.isEmpty ? [] : [say { $0.claims(verdicts, of: Claim.all.count) }]
    return ReportSection(title: "", blocks: (paragraphs + claims).map { .text($0) })
  }
}

extension Report {
  /// The most important sentence of each comparison.
  fileprivate var summarySentences: [String] {
    let standings: [String] =
      standings.map { standings in
        [
          say { $0.leading(standings) },
          standings.outcomes.all.isEmpty ? nil : say { $0.standing(standings.outcomes, of: standings.leader.label) },
        ].compactMap { $0 }
      } ?? []
    func first(_ findings: [FamilyFinding]) -> [String] {
      findings.prefix(1).map { finding in
        // What could have been seen is told beside the tables.
        say { $0.outcomes(finding.outcomes.withoutPower, against: finding.reference, of: finding.name) }
      }
    }
    return standings + first(lossFindings) + first(augmentationFindings) + first(ablationFindings)
      + weatherSentences(saysNone: false)
  }
}

extension Note {
  /// What became of each claim that some experiment tests; where several do, all that they say together.
  var claimVerdicts: [(number: Int, verdict: ClaimVerdict)] {
    Claim.all.indices.compactMap { place in
      let own = reports.flatMap { $0.findings.filter { $0.number == place + 1 } }.map(\.evidence.verdict)
      guard !own.isEmpty else { return nil }
      let verdict = ClaimVerdict.together(own)
      return (place + 1, own.contains(.sameDirection) ? verdict.onOtherData : verdict)
    }
  }
}
