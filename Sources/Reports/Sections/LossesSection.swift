import Harness

/// Losses beside one another.
struct LossesSection: ReportPart {
  static let key = "losses"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let families = report.lossFamilies
    guard let reference = families.first?.groups[0].loss else { return nil }
    var note = say { $0.lossesNote(headline: headlineNote, reference: reference) }
    if families.contains(where: { $0.names.contains("kl") }) { note += " " + say(\.divergenceNote) }
    let table = report.comparison(
      families, report.axisColumns(["loss"])[0], axes: index.groupAxes.filter { $0 != "loss" })
    let caption = say { $0.dotsCaption(of: "loss", protocol: headline.rawValue) }
    return ReportSection(
      title: say(\.lossesTitle),
      blocks: [
        .table(ReportTable(name: "losses", note: note, table: table)),
        .figure(report.dots("losses", caption, families)),
      ])
  }
}
