/// The cells that a report has to do without, where there are any.
struct MissingSection: ReportPart {
  static let key = "missing"
  let subject: Report

  func make() -> ReportSection? {
    let absent = report.absent
    guard !absent.isEmpty else { return nil }
    let table = Table(
      columns: [column(\.cell, "cell"), column(\.state, "state"), column(\.reason, "reason")],
      rows: absent.map { cell in
        [.text(cell.cell), phrase { $0.word(cell.state) }, .text(cell.reason.isEmpty ? "–" : cell.reason)]
      })
    return ReportSection(
      title: say(\.missingTitle), blocks: [.table(ReportTable(name: Self.key, note: note, table: table))])
  }

  private var note: String {
    let (absent, groups) = (report.absent, report.groups)
    var sentences = [say { $0.missingNote(absent: absent.count, of: index.cells.count) }]
    if groups.contains(where: { $0.seedCount < (groups.map(\.seedCount).max() ?? 0) }) {
      sentences.append(say(\.rowsAreIncomplete))
    }
    if absent.contains(where: { !$0.reason.isEmpty }) { sentences.append(say(\.reasonsAreEnglish)) }
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }
}
