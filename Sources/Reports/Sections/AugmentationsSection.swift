import Harness

/// Augmentations beside none.
struct AugmentationsSection: ReportPart {
  static let key = "augmentations"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let families = report.augmentationFamilies
    guard !families.isEmpty else { return nil }
    let note = say { $0.augmentationsNote(headline: headlineNote) }
    let table = report.comparison(
      families, report.axisColumns(["augmentation"])[0], axes: index.groupAxes.filter { $0 != "augmentation" })
    let caption = say { $0.dotsCaption(of: "augmentation", protocol: headline.rawValue) }
    return ReportSection(
      title: say(\.augmentationsTitle),
      blocks: [
        .table(ReportTable(name: "augmentations", note: note, table: table)),
        .figure(report.dots("augmentations", caption, families)),
      ])
  }
}
