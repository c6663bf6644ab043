import Harness

/// The best row of each model against that of every other: differences in mean IoU on the same pictures.
struct PairsSection: ReportPart {
  static let key = "pairs"
  let subject: Report

  func make() -> ReportSection? {
    let rows = report.chosenByModel.enumerated().sorted { one, other in
      let scores = (one.element.validationScore(headline), other.element.validationScore(headline))
      return scores.0 == scores.1 ? one.offset < other.offset : scores.0 > scores.1
    }.map(\.element)
    guard rows.count > 2 else { return nil }
    let against = rows.dropLast()
    let columns =
      [column(\.model, "model")]
      + against.map { .difference(title: "− \($0.label)", key: "less_\($0.label)") }
    let table = Table(
      columns: columns,
      rows: rows.enumerated().dropFirst().map { place, row in
        [.text(row.label)]
          + against.enumerated().map { other, group in
            other < place ? Self.difference(row, group) : .difference(nil)
          }
      })
    let note = say { $0.pairsNote(comparisons: ReportSection.link(to: say(\.comparisonsTitle))) }
    return ReportSection(
      title: say(\.pairsTitle), blocks: [.table(ReportTable(name: "pairs", note: note, table: table))])
  }

  /// In bold where its interval leaves out no difference.
  private static func difference(_ row: Group, _ other: Group) -> Table.Value {
    let difference = SeededScores.contrast(.meanIoU, of: [row.scores], against: [other.scores])
    let value = Table.Value.difference(difference, digits: 3)
    guard let interval = difference?.interval else { return value }
    return interval.low > 0 || interval.high < 0 ? .bold(value) : value
  }
}
