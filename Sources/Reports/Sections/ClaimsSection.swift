import Harness

extension Report {
  /// What the experiment says of the earlier reports' claims that it can test.
  struct Finding {
    let claim: Claim
    /// The claim's number, from 1.
    let number: Int
    let evidence: Claim.Evidence

    /// The differences as a text, named where there are several; those of losses and augmentations after the network that
    /// they are of, which may be another than the earlier reports'.
    func differences(in language: Language) -> String {
      text(in: language) { $0.joined(separator: language.say(\.separator)) }
    }

    /// As `differences`, but of more than two the least and the largest alone.
    func extremes(in language: Language) -> String {
      text(in: language, sorted: true) { texts in
        texts.count > 2
          ? language.say { $0.range(from: texts[0], to: texts[texts.count - 1]) }
          : texts.joined(separator: language.say(\.separator))
      }
    }

    private func text(in language: Language, sorted: Bool = false, joining: ([String]) -> String) -> String {
      let all = sorted ? evidence.contrasts.sorted { $0.difference.value < $1.difference.value } : evidence.contrasts
      // An augmentation may be applied in several ways.
      let augmented = all.map(\.better).filter { $0.augmentation != "none" }
      let tellsPolicies = Set(augmented.map { "\($0.settings.training.augmentationPolicy)" }).count > 1
      func text(_ contrasts: [Contrast]) -> String {
        joining(
          contrasts.map { contrast in
            let policy = tellsPolicies ? " (\(contrast.better.settings.training.augmentationPolicy))" : ""
            return (all.count > 1 ? "\(contrast.name)\(policy) " : "")
              + Table.shown(.difference(contrast.difference, digits: 3), language)
          })
      }
      let between = all.filter { $0.better.model != $0.worse.model }
      let within = all.filter { $0.better.model == $0.worse.model }
      let texts = uniqued(within.map(\.better.model)).map { model in
        model + language.say(\.colon) + text(within.filter { $0.better.model == model })
      }
      return ((between.isEmpty ? [] : [text(between)]) + texts).joined(separator: language.say(\.separator))
    }
  }

  /// All that it can test, in the order of the claims.
  var findings: [Finding] {
    guard testsClaims else { return [] }
    return Claim.all.enumerated().compactMap { place, claim in
      claim.evidence(of: self).map { Finding(claim: claim, number: place + 1, evidence: $0) }
    }
  }
}

/// What became of the earlier reports' claims.
struct ClaimsSection: ReportPart {
  static let key = "claims"
  let subject: Report

  func make() -> ReportSection? {
    let findings = report.findings
    guard !findings.isEmpty else { return nil }
    let rows = findings.map { finding -> [Table.Value] in
      finding.claim.values(in: language) + finding.values(in: language)
    }
    let note = say { $0.claimsNote(headline: headline.rawValue, earlier: ScoringProtocol.earlier.rawValue) }
    let table = Table(columns: Claim.columns(in: language) + Report.Finding.columns(in: language), rows: rows)
    return ReportSection(
      title: say(\.claimsTitle), blocks: [.table(ReportTable(name: "claims", note: note, table: table))])
  }
}

extension Report.Finding {
  static func columns(in language: Language) -> [Table.Column] {
    [
      .init(title: language.say(\.gainedHere), key: "difference"),
      .init(title: language.say(\.verdict), key: "verdict"),
    ]
  }

  func values(in language: Language) -> [Table.Value] {
    [
      .phrase(differences(in: .english), shown: differences(in: language)), evidence.verdict.value(in: language),
    ]
  }
}

extension Claim {
  static func columns(in language: Language) -> [Table.Column] {
    [
      .init(title: language.say(\.claim), key: "claim"), .init(title: language.say(\.theirs), key: "earlier"),
      .init(title: language.say(\.claimedBy), key: "source"),
    ]
  }

  func values(in language: Language) -> [Table.Value] {
    [
      statement.capitalised.value(in: language), earlier.value(in: language),
      .phrase(in: language) { $0.claimSource(report: source.report, data: source.data, size: source.size) },
    ]
  }
}

extension ClaimVerdict {
  func value(in language: Language) -> Table.Value {
    let value = Table.Value.phrase(in: language) { $0.word(self) }
    return self == .untested ? value : .bold(value)
  }
}
