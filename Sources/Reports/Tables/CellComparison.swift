import Harness
import Logging
import Scenes
import Settings

/// Two stored trainings beside one another, of one experiment or of two on the same data.
package struct CellComparison {
  private let report: Report
  private let first, second: Group

  /// A cell of an experiment's runs.
  package typealias StoredCell = (store: RunStore, cell: String)

  /// Reads two cells that are finished.
  ///
  /// - Throws: `HarnessError.notComparable` where they are about other pictures, are the same training, or differ in seed
  ///   and fold alone; as `Report.init`.
  package init(_ first: StoredCell, _ second: StoredCell, logger: Logger) throws {
    let stores = first.store.folder == second.store.folder ? [first.store] : [first.store, second.store]
    report = try Report(MergedRuns(stores).of(cells: [first.cell, second.cell]), logger: logger)
    guard report.groups.count == 2, report.absent.isEmpty else {
      let reason =
        report.absent.first.map { "\($0.cell) is \($0.state.rawValue) \($0.reason)" }
        ?? (Harness.Cell.fingerprint(in: first.cell) == Harness.Cell.fingerprint(in: second.cell)
          ? "they are the same training" : "they differ in the seed or the fold alone, as the trainings of one row do")
      throw HarnessError.notComparable(first: first.cell, second: second.cell, reason: reason)
    }
    (self.first, self.second) = (report.groups[0], report.groups[1])
  }

  /// For a terminal: the settings that differ, the scores, what the second gains.
  package var table: String {
    func columns(_ last: [Table.Column]) -> [Table.Column] {
      ["", "A", "B"].map { Table.Column(title: $0, key: $0) } + last
    }
    let changes = [first, second].map { Set($0.settings.changes.keys) }
    // Of what only one model has, the defaults say nothing.
    let keys = first.kind.differences(from: second.kind).filter { key in
      (first.kind[key] != nil && second.kind[key] != nil) || changes.contains { $0.contains(key) }
    }
    let settings = Table(
      columns: columns([]),
      rows: (keys + ["seed"]).map { key in
        [.text(key)] + [first, second].map { .text($0.settings.values[key].map { "\($0)" } ?? "–") }
      })
    let classes = report.classes
    let metrics: [(String, Metric)] =
      [("mean IoU", .meanIoU), ("mean Dice", .meanDice), ("accuracy", .accuracy)]
      + classes.scored(under: report.index.headline).map { ("IoU of \(classes.names[$0])", classes.iou($0)) }
    let scores = Table(
      columns: columns([.difference(title: "B − A, 95 % interval", key: "difference")]),
      rows: metrics.map { name, metric in
        [.text(name), .score(first.scores.mean(metric)), .score(second.scores.mean(metric))]
          + [.difference(SeededScores.contrast(metric, of: [second.scores], against: [first.scores]))]
      })
    let costs = Table(
      columns: columns([]),
      rows: [
        [.text("validation mean IoU")] + [first, second].map { .score($0.validationScore(report.index.headline)) },
        [.text("fit")] + [first, second].map { .seconds($0.fitSeconds) },
        [.text("a frame of a camera")] + [first, second].map { .seconds($0.frameSeconds) },
        [.text("parameters")] + [first, second].map { .whole($0.records[0].fit.parameters) },
      ])
    let width = Table.terminalWidth
    return "A: \(first.records[0].cell)\nB: \(second.records[0].cell)\n"
      + [settings, scores, costs].map { "\n" + $0.plain(within: width) }.joined() + "\n"
      + paragraph(
        "Intervals hold the noise of the \(report.test.count) test pictures (protocol \(report.index.headline.rawValue)). "
          + "Another seed would give other scores as well, which one training each doesn't show.", width: width) + "\n"
  }
}
