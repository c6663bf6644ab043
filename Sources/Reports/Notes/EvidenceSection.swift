import Harness

/// A row a difference that a verdict rests on, with the runs on both sides.
struct EvidenceSection: NotePart {
  static let key = "evidence"
  let subject: Note

  func make() -> ReportSection? {
    let rows = note.findings.flatMap { report, finding in
      finding.evidence.contrasts.map { contrast -> [Table.Value] in
        [
          .whole(finding.number), .text(contrast.better.label), .text(contrast.isWithin ? "–" : contrast.worse.label),
          .text((contrast.isNearBorders ? .borders : report.index.headline).rawValue),
          .difference(contrast.difference), .whole(contrast.better.seedCount),
          runs(contrast.better, report), contrast.isWithin ? .text("–") : runs(contrast.worse, report),
        ]
      }
    }
    let columns: [Table.Column] = [
      column(\.claim, "number"), column(\.this, "better"), column(\.against, "worse"),
      column(\.protocolName, "protocol"), .difference(title: say(\.meanIoUGained), key: "difference"),
      column(\.seeds, "seeds"), column(\.itsRuns, "better_runs"), column(\.othersRuns, "worse_runs"),
    ]
    let table = ReportTable(name: "evidence", note: say(\.evidenceNote), table: Table(columns: columns, rows: rows))
    return ReportSection(title: "", blocks: [.table(table)])
  }

  private func runs(_ group: Group, _ report: Report) -> Table.Value {
    let runs = group.records.map { "\(report.experiment.name)/\($0.cell)" }
    return .phrase(runs.joined(separator: " "), shown: runs.map { "`\($0)`" }.joined(separator: " "))
  }
}
