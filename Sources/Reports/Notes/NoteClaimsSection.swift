import Harness

/// A row a claim and experiment that tests it; a claim that none tests has one too.
struct NoteClaimsSection: NotePart {
  static let key = "claims"
  let subject: Note

  /// A line a claim that was tested: what became of it.
  var points: [String] {
    note.claimVerdicts.map { number, verdict in
      "\(number). " + Claim.all[number - 1].statement.capitalised.text(in: language) + say(\.colon)
        + "**\(say { $0.word(verdict) })**"
    }
  }

  func make() -> ReportSection? {
    guard note.reports.contains(where: \.testsClaims) else { return nil }
    let findings = note.findings
    let rows = Claim.all.enumerated().flatMap { place, claim -> [[Table.Value]] in
      let start = [.whole(place + 1)] + claim.values(in: language)
      let own = findings.filter { $0.finding.number == place + 1 }.map { report, finding in
        start + finding.values(in: language) + [link(report)]
      }
      guard own.isEmpty else { return own }
      return [start + [.text("–"), ClaimVerdict.untested.value(in: language), claim.needs.value(in: language)]]
    }
    let columns =
      [column(\.claimNumber, "number")] + Claim.columns(in: language) + Report.Finding.columns(in: language)
      + [column(\.experimentOrNeed, "experiment")]
    let table = ReportTable(
      name: Self.key, note: say(\.allClaimsNote), table: Table(columns: columns, rows: rows))
    return ReportSection(title: say(\.claimsTitle), blocks: [.table(table)])
  }

  private func link(_ report: Report) -> Table.Value {
    let name = report.experiment.name
    return .phrase(name, shown: "[\(name)](../\(name)/report\(language.fileMark).md)")
  }
}
