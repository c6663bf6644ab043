import Harness

/// Further settings of a model beside one another, such as how its encoder learns.
struct AblationsSection: ReportPart {
  static let key = "ablations"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let families = report.ablationFamilies
    guard !families.isEmpty else { return nil }
    let note = say { $0.ablationsNote(headline: headlineNote) }
    let table = report.comparison(
      families, column(\.settingsColumn, "settings"), axes: index.groupAxes.filter(Report.isComparedElsewhere))
    let caption = say { $0.dotsCaption(of: nil, protocol: headline.rawValue) }
    return ReportSection(
      title: say(\.ablationsTitle),
      blocks: [
        .table(ReportTable(name: "ablations", note: note, table: table)),
        .figure(report.dots("ablations", caption, families)),
      ])
  }
}
