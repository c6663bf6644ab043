import Harness
import Scenes

/// The whole grid, where tables show the best of it alone.
struct GridSection: ReportPart {
  static let key = "grid"
  let subject: Report

  func make() -> ReportSection? {
    guard index.select != nil else { return nil }
    let columns =
      report.groupColumns + [
        report.fitTimeColumn, column(\.validationMeanIoU, "validation_mean_iou"),
        .estimate(title: say(\.testMeanIoU), key: "test_mean_iou"),
        .difference(title: say(\.againstSelected), key: "difference"), report.seedsColumn,
      ]
    let note = say { $0.gridNote(protocol: headline.rawValue) }
    let table = Table(columns: columns, rows: report.groups.map(row))
    return ReportSection(
      title: say(\.gridTitle), blocks: [.table(ReportTable(name: "grid", note: note, table: table))])
  }

  private func row(_ group: Group) -> [Table.Value] {
    let selected = shown.first { $0.selectionKey == group.selectionKey }
    let isSelected = selected.map { $0.settings == group.settings } ?? false
    let validation = Table.Value.score(group.mean(.validation, headline, \.meanIoU))
    return report.groupValues(group) + [
      .seconds(group.fitSeconds), isSelected ? .bold(validation) : validation,
      .estimate(group.scores.estimate(.meanIoU)),
      .difference(isSelected ? nil : selected.flatMap { group.scores.difference(.meanIoU, from: $0.scores) }),
      .whole(group.seedCount),
    ]
  }
}
