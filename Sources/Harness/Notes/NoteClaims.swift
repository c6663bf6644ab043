import Foundation

extension Note {
  /// A row a claim and experiment that tests it; a claim that none tests has one too.
  var claimsTable: ReportTable {
    let findings = reports.flatMap { report in report.findings.map { (report, $0) } }
    let rows = Claim.all.enumerated().flatMap { place, claim -> [[Table.Value]] in
      let start = [.whole(place + 1)] + claim.values(in: language)
      let own = findings.filter { $0.1.number == place + 1 }.map { report, finding in
        start + [
          .phrase(finding.differences(in: .english), shown: finding.differences(in: language)),
          finding.evidence.verdict.value(in: language), link(report),
        ]
      }
      return own.isEmpty ? [start + [.text("–"), Claim.Verdict.untested.value(in: language), .text("–")]] : own
    }
    let columns: [Table.Column] =
      [.init(title: language.say("No.", "N°"), key: "number")] + Claim.columns(in: language) + [
        .init(title: language.say("Experiment", "Expérience"), key: "experiment")
      ]
    let note = language.say(
      "Their figures are most probably soft flat scores of `eight`; those here are differences of the hard mean IoU of test "
        + "scenes with their 95 % intervals, protocol and runs in the table below.",
      "Leurs chiffres sont très probablement des scores globaux souples de `eight` ; ceux d'ici sont des différences d'IoU "
        + "moyenne dure sur les scènes de test avec leurs intervalles à 95 %, protocole et exécutions dans le tableau "
        + "suivant.")
    return ReportTable(name: "claims", note: note, table: Table(columns: columns, rows: rows))
  }

  /// A row a difference that a verdict rests on, with the runs on both sides.
  var evidenceTable: ReportTable {
    let rows = reports.flatMap { report in
      report.findings.flatMap { finding in
        finding.evidence.differences.map { contrast -> [Table.Value] in
          [
            .whole(finding.number), .text(contrast.better.label), .text(contrast.worse.label),
            .text((contrast.isNearBorders ? .borders : report.index.headline).rawValue),
            .difference(contrast.difference), .whole(contrast.better.records.count),
            runs(contrast.better, report), runs(contrast.worse, report),
          ]
        }
      }
    }
    let columns: [Table.Column] = [
      .init(title: language.say("Claim", "Affirmation"), key: "number"),
      .init(title: language.say("This", "Ceci"), key: "better"),
      .init(title: language.say("against", "contre"), key: "worse"),
      .init(title: language.say("Protocol", "Protocole"), key: "protocol"),
      .difference(title: language.say("Mean IoU gained", "Gain d'IoU moyenne"), key: "difference"),
      .init(title: language.say("Seeds", "Graines"), key: "seeds"),
      .init(title: language.say("Its runs", "Ses exécutions"), key: "better_runs"),
      .init(title: language.say("the other's", "celles de l'autre"), key: "worse_runs"),
    ]
    let note = language.say(
      "What the verdicts rest on; runs are folders in `runs/`.",
      "Ce sur quoi reposent les verdicts ; les exécutions sont des dossiers de `runs/`.")
    return ReportTable(name: "evidence", note: note, table: Table(columns: columns, rows: rows))
  }

  private func link(_ report: Report) -> Table.Value {
    let name = report.experiment.name
    return .phrase(name, shown: "[\(name)](../\(name)/report\(language.fileMark).md)")
  }

  private func runs(_ group: Group, _ report: Report) -> Table.Value {
    let runs = group.records.map { "\(report.experiment.name)/\($0.cell)" }
    return .phrase(runs.joined(separator: " "), shown: runs.map { "`\($0)`" }.joined(separator: " "))
  }
}
