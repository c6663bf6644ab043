import Baselines
import Harness
import Scenes

/// How well each row segments the test scenes.
struct ResultsSection: ReportPart {
  static let key = "results"
  let subject: Report

  func make() -> ReportSection? {
    let borders = classes.summary(of: .borders, in: language)
    var note = say { $0.resultsNote(headline: headlineNote, borders: borders) }
    if headline == .official, !classes.withInstances.isEmpty {
      note += " " + say { $0.instanceNote(classes: classes.names(of: classes.withInstances)) }
    }
    if shown.contains(where: { $0.boundaries != nil }) { note += " " + say(\.boundaryNote) }
    for group in shown where group.failedCount > 0 {
      let text = say { $0.failedTrainings(group.failedCount, of: group.failedCount + group.records.count) }
      note += " **\(group.label): \(text)**"
    }
    for group in shown {
      for case .notConverged(let places, let iterations) in group.fitNotes {
        let text = say { $0.notConverged(classes: classes.names(of: places), iterations: iterations) }
        note += " **\(group.label): \(text)**"
      }
    }
    return ReportSection(
      title: say(\.resultsTitle), blocks: [.table(ReportTable(name: "results", note: note, table: table))])
  }

  var table: Table {
    let columns =
      report.groupColumns + [
        report.seedsColumn, report.fitTimeColumn, .estimate(title: say(\.meanIoU), key: "mean_iou"),
        .estimate(title: say(\.flatIoU), key: "flat_iou"), .estimate(title: say(\.meanDice), key: "mean_dice"),
        .estimate(title: say(\.accuracy), key: "accuracy"),
        .estimate(title: say(\.meanIoUAtBorders), key: "border_mean_iou"),
        .estimate(title: say(\.boundaryIoU), key: "boundary_mean_iou"),
        .estimate(title: "iIoU", key: "mean_instance_iou"), column(\.classesAveraged, "categories_averaged"),
        column(\.trainMeanIoU, "train_mean_iou"), column(\.trainAccuracy, "train_accuracy"),
      ]
    let metrics = [Metric.meanIoU, .flatIoU, .meanDice, .accuracy].map { report.estimates(shown, $0) }
    let instances = report.estimates(shown, .meanInstanceIoU)
    let (borders, boundaries) = (estimates(\.borders), estimates(\.boundaries))
    let rows = shown.enumerated().map { place, group -> [Table.Value] in
      report.groupValues(group) + [.whole(group.seedCount), .seconds(group.fitSeconds)] + metrics.map { $0[place] }
        + [
          borders[place], boundaries[place], instances[place],
          .whole(group.records[0].scores(.test, headline)?.classesAveraged),
          .score(group.mean(.training, headline, \.meanIoU)), .score(group.mean(.training, headline, \.accuracy)),
        ]
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  /// What fits on a terminal's line of the table.
  var summary: Table {
    let columns = [
      column(\.model, "model"), report.seedsColumn, report.fitTimeColumn,
      .estimate(title: say(\.meanIoU), key: "mean_iou"), column(\.accuracy, "accuracy"),
    ]
    let scores = report.estimates(shown, .meanIoU)
    return Table(
      columns: columns,
      rows: zip(shown, scores).map { group, score in
        [
          .text(group.label), .whole(group.seedCount), .seconds(group.fitSeconds), score,
          .score(group.scores.mean(.accuracy)),
        ]
      })
  }

  /// A mean IoU of its own kind, one a group; the best in bold where all have it.
  private func estimates(_ scores: (Group) -> SeededScores?) -> [Table.Value] {
    let all = shown.compactMap(scores)
    let best = all.count == shown.count ? SeededScores.best(all, by: .meanIoU) : shown.map { _ in false }
    return zip(shown, best).map { group, isBest in
      let value = Table.Value.estimate(scores(group)?.estimate(.meanIoU))
      return isBest && shown.count > 1 ? .bold(value) : value
    }
  }
}
