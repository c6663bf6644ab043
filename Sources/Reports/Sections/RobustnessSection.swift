import Foundation
import Harness
import Scenes

/// How well rows segment scenes under weather.
struct RobustnessSection: ReportPart {
  static let key = "robustness"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let conditions = conditions
    guard conditions.count > 1 else { return nil }
    let marks = marks(conditions)
    let rows = shown.enumerated().map { row, group in
      report.groupValues(group) + [.whole(group.seedCount)]
        + conditions.enumerated().map { column, condition -> Table.Value in
          let value = Table.Value.estimate(scores(group, under: condition)?.estimate(.meanIoU), digits: 3)
          return marks[row][column] ? .bold(value) : value
        }
    }
    let table = Table(
      columns: report.groupColumns + [report.seedsColumn] + conditions.map { .estimate(title: $0, key: $0) },
      rows: rows)
    let note = say { $0.robustnessNote(headline: headlineNote) }
    return ReportSection(
      title: say(\.robustnessTitle),
      blocks: [
        .table(ReportTable(name: "robustness", note: note, table: table)), .figure(figure(conditions, marks)),
      ])
  }

  /// The names of all conditions that some group has been tested under, clear weather first.
  private var conditions: [String] { ["clean"] + Set(shown.flatMap(\.conditions.keys)).sorted() }

  private func scores(_ group: Group, under condition: String) -> SeededScores? {
    condition == "clean" ? group.scores : group.conditions[condition]
  }

  /// The best of each model under each condition, [row, column].
  private func marks(_ conditions: [String]) -> [[Bool]] {
    var marks: [[Bool]] = shown.map { _ in conditions.map { _ in false } }
    for model in report.models {
      for (column, condition) in conditions.enumerated() {
        let tested = shown.indices.filter { shown[$0].model == model && scores(shown[$0], under: condition) != nil }
        let best = SeededScores.best(tested.compactMap { scores(shown[$0], under: condition) }, by: .meanIoU)
        for (place, row) in tested.enumerated() { marks[row][column] = best[place] && tested.count > 1 }
      }
    }
    return marks
  }

  private func figure(_ conditions: [String], _ marks: [[Bool]]) -> ReportFigure {
    let panel = HeatMaps.Panel(
      title: "", rows: shown.map(\.label), columns: conditions,
      values: shown.map { group in conditions.map { scores(group, under: $0)?.mean(.meanIoU) } }, marked: marks)
    let all = panel.values.joined().compactMap { $0 }
    let range = (all.min() ?? 0)...max((all.max() ?? 1), (all.min() ?? 0) + 0.01)
    let maps = HeatMaps(
      panels: [panel], rowTitle: say(\.trainedWith), columnTitle: say(\.testedUnder), range: range)
    return ReportFigure(
      name: "robustness", caption: say { $0.robustnessCaption(protocol: headline.rawValue) }
    ) { try maps.draw(to: $0, name: $1) }
  }
}
