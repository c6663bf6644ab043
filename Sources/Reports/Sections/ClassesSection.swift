import Harness
import Scenes

/// The IoU of each class.
struct ClassesSection: ReportPart {
  static let key = "categories"
  let subject: Report

  func make() -> ReportSection? {
    let scored = classes.scored(under: headline)
    let marks = scored.map { SeededScores.best(shown.map(\.scores), by: classes.iou($0)) }
    let rows = shown.enumerated().map { place, group -> [Table.Value] in
      report.groupValues(group)
        + zip(scored, marks).map { index, mark in
          let value = Table.Value.score(group.scores.mean(classes.iou(index)), digits: 3)
          return mark[place] && shown.count > 1 ? .bold(value) : value
        }
    }
    let table = Table(columns: report.groupColumns + classes.columns(of: scored, in: language), rows: rows)
    var note = say { $0.classesNote(headline: headlineNote) }
    let truth = report.groups[0].facts[0].fineGrained
    let rare = zip(truth.places, truth.occurrences).filter { (1..<10).contains($1) }
    if !rare.isEmpty { note += " " + say { $0.rareClasses(rare.map { (classes.names[$0], $1) }) } }
    return ReportSection(
      title: say(\.classesTitle), blocks: [.table(ReportTable(name: "iou_by_category", note: note, table: table))])
  }
}
