extension Report {
  /// What the experiment says of the earlier reports' claims that it can test.
  struct Finding {
    let claim: Claim
    /// The claim's number, from 1.
    let number: Int
    let evidence: Claim.Evidence

    /// The differences as a text, named where there are several.
    func differences(in language: Language) -> String {
      let all = evidence.differences
      return all.map { contrast in
        (all.count > 1 ? "\(contrast.name) " : "")
          + Table.shown(.difference(contrast.difference, digits: 3), language)
      }.joined(separator: language.say("; ", " ; "))
    }
  }

  /// All that it can test, in the order of the claims.
  var findings: [Finding] {
    Claim.all.enumerated().compactMap { place, claim in
      claim.test(self).map { Finding(claim: claim, number: place + 1, evidence: $0) }
    }
  }

  var claimsSection: ReportSection? {
    let findings = findings
    guard !findings.isEmpty else { return nil }
    let rows = findings.map { finding -> [Table.Value] in
      finding.claim.values(in: language) + [
        .phrase(finding.differences(in: .english), shown: finding.differences(in: language)),
        finding.evidence.verdict.value(in: language),
      ]
    }
    let note = say(
      "What reports made earlier with Keras and scikit-learn on Cityscapes concluded from one training each, and what the "
        + "intervals here say of it: reproduced where they lie wholly on the claim's side, contradicted where they lie "
        + "wholly on the other, else undecided. Differences of the hard mean IoU of test scenes, protocol "
        + "`\(index.headline.rawValue)`, at borders `borders`; their figures are most probably soft flat scores of `eight`.",
      "Ce que des rapports faits auparavant avec Keras et scikit-learn sur Cityscapes ont conclu d'un seul entraînement "
        + "chacun, et ce qu'en disent ici les intervalles : reproduite s'ils sont entièrement du côté de l'affirmation, "
        + "contredite s'ils sont entièrement de l'autre, sinon indécise. Différences d'IoU moyenne dure des scènes de "
        + "test, protocole `\(index.headline.rawValue)`, aux frontières `borders` ; leurs chiffres sont très probablement des "
        + "scores globaux souples de `eight`.")
    return ReportSection(
      title: say("The earlier reports' claims", "Les affirmations des rapports antérieurs"),
      blocks: [
        .table(ReportTable(name: "claims", note: note, table: Table(columns: Claim.columns(in: language), rows: rows)))
      ])
  }
}

extension Claim {
  static func columns(in language: Language) -> [Table.Column] {
    [
      .init(title: language.say("Claim", "Affirmation"), key: "claim"),
      .init(title: language.say("Theirs", "Leurs chiffres"), key: "earlier"),
      .init(title: language.say("Here: mean IoU gained", "Ici : gain d'IoU moyenne"), key: "difference"),
      .init(title: "Verdict", key: "verdict"),
    ]
  }

  func values(in language: Language) -> [Table.Value] {
    [
      .phrase(statement(.english), shown: statement(language)), .phrase(earlier(.english), shown: earlier(language)),
    ]
  }
}

extension Claim.Verdict {
  func value(in language: Language) -> Table.Value {
    let value = Table.Value.phrase(rawValue, shown: name(in: language))
    return self == .untested ? value : .bold(value)
  }
}
