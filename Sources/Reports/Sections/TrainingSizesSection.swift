import Harness
import Settings

/// Scores by the number of training scenes, where that is an axis.
struct TrainingSizesSection: ReportPart {
  static let key = "sizes"
  let subject: Report

  private static let axis = "data.train"

  func make() -> ReportSection? {
    guard index.axes.contains(Self.axis) else { return nil }
    let families = severalFamilies
    guard !families.isEmpty else { return nil }
    let rows = families.flatMap { family in
      family.map { group -> [Table.Value] in
        [
          .text(title(of: group)), .whole(group.settings.data.train ?? index.sceneCounts[.training]),
          .whole(group.seedCount), .estimate(group.scores.estimate(.meanIoU)),
          .score(group.mean(.training, headline, \.meanIoU)),
        ]
      }
    }
    let table = Table(
      columns: [
        column(\.model, "model"), column(\.trainingScenesColumn, "training_scenes"), report.seedsColumn,
        .estimate(title: say(\.meanIoU), key: "mean_iou"), column(\.trainMeanIoU, "train_mean_iou"),
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
    severalFamilies.compactMap { family in
      guard let all = Contrast(family[family.count - 1], family[0]) else { return nil }
      let last = family.count > 2 ? Contrast(family[family.count - 1], family[family.count - 2]) : nil
      return say {
        $0.sizes(
          TrainingSizesFinding(
            name: title(of: family[0]), scenes: family.map(scenes), gain: all.difference, lastGain: last?.difference,
            margin: report.judged.margin))
      }
    }
  }

  private var severalFamilies: [[Group]] { families.filter { $0.count > 1 } }

  /// Groups that differ in the number of training scenes alone, fewest first.
  private var families: [[Group]] {
    var order: [[String: Setting]] = []
    var families: [[String: Setting]: [Group]] = [:]
    for group in shown {
      let key = group.kind(without: Self.axis)
      if families[key] == nil { order.append(key) }
      families[key, default: []].append(group)
    }
    return order.compactMap { key in families[key]?.sorted { scenes($0) < scenes($1) } }
  }

  private func scenes(_ group: Group) -> Int { group.settings.data.train ?? index.sceneCounts[.training] ?? 0 }

  /// The group without its number of scenes.
  private func title(of group: Group) -> String {
    let size = "\(index.shortName(of: Self.axis))="
    return ([group.model] + group.ownValues.filter { !$0.hasPrefix(size) }).joined(separator: " ")
  }

  private func figure(_ families: [[Group]]) -> ReportFigure {
    let series = families.enumerated().map { place, family in
      let models = families.filter { $0[0].model == family[0].model }.count
      return Plots.Series(
        name: title(of: family[0]),
        colour: models == 1 ? Report.colour(of: family[0].model) : Gnuplot.colours[place % Gnuplot.colours.count],
        points: family.compactMap { group in
          group.scores.estimate(.meanIoU).map {
            Plots.Point(x: Double(scenes(group)), y: $0.value, low: $0.interval?.low, high: $0.interval?.high)
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
