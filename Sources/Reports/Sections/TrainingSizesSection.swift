import Harness

/// Scores by the number of training scenes, where that is an axis.
struct TrainingSizesSection: ReportPart {
  static let key = "sizes"
  let subject: Report

  func make() -> ReportSection? {
    let families = report.sizeFamilies
    guard !families.isEmpty else { return nil }
    let rows = families.flatMap { family in
      family.groups.enumerated().map { place, group -> [Table.Value] in
        [
          .text(family.title), .whole(report.trainingScenes(of: group)), .whole(group.seedCount),
          .estimate(group.scores.estimate(.meanIoU)), .difference(family.contrast(of: place)?.difference),
          report.verdict(of: place, in: family), .score(group.mean(.training, headline, \.meanIoU)),
        ]
      }
    }
    let table = Table(
      columns: [
        column(\.model, "model"), column(\.trainingScenesColumn, "training_scenes"), report.seedsColumn,
        .estimate(title: say(\.meanIoU), key: "mean_iou"), .difference(title: say(\.meanIoUGained), key: "difference"),
        column(\.verdict, "verdict"), column(\.trainMeanIoU, "train_mean_iou"),
      ], rows: rows)
    return ReportSection(
      title: say(\.sizesTitle),
      blocks: [
        .table(ReportTable(name: "training_sizes", note: say { $0.sizesNote(headline: headlineNote) }, table: table)),
        .figure(figure(families)),
      ])
  }

  /// What more scenes gained each family.
  var sentences: [String] {
    let findings = report.sizeFamilies.compactMap { family -> TrainingSizesFinding? in
      let groups = family.groups
      guard let all = Contrast(groups[groups.count - 1], groups[0]) else { return nil }
      return TrainingSizesFinding(
        name: family.title, scenes: groups.map(report.trainingScenes), gain: all.difference,
        last: groups.count > 2 ? family.contrast(of: groups.count - 1).map { report.judged[$0] } : nil,
        margin: report.judged.margin)
    }
    return findings.map { finding in say { $0.sizes(finding) } }
      + (findings.contains { $0.last?.isOfTheseTrainings == true } ? [say(\.ofTheseTrainings)] : [])
  }

  private func figure(_ families: [Family]) -> ReportFigure {
    let series = families.enumerated().map { place, family in
      let model = family.groups[0].model
      let models = families.count { $0.groups[0].model == model }
      return Plots.Series(
        name: family.title,
        colour: models == 1 ? report.colour(of: model) : Gnuplot.colours[place % Gnuplot.colours.count],
        points: family.groups.compactMap { group in
          group.scores.estimate(.meanIoU).map {
            Plots.Point(
              x: Double(report.trainingScenes(of: group)), y: $0.value, low: $0.interval?.low, high: $0.interval?.high)
          }
        })
    }
    let panel = Plots.Panel(
      xLabel: say(\.trainingScenesLabel), yLabel: say(\.testMeanIoULabel), isLogarithmic: true, series: series)
    return ReportFigure(name: "training_sizes", caption: say { $0.sizesCaption(protocol: headline.rawValue) }) {
      try Plots(panels: [panel], language: language).draw(to: $0, name: $1)
    }
  }
}
