import Deep
import Foundation

extension Report {
  var costSection: ReportSection? {
    let columns =
      groupColumns
      + [
        ("Fit time", "fit_seconds"), ("An epoch", "epoch_seconds"), ("To the best epoch", "best_seconds"),
        ("Epochs", "epochs"), ("Parameters", "parameters"), ("GFLOPs a picture", "gigaflops"),
        ("Peak memory", "peak_bytes"), ("ms a picture", "prediction_milliseconds"), ("Mean IoU", "mean_iou"),
      ].map { .init(title: $0.0, key: $0.1) }
    let hasSeeds = shown.contains { $0.records.count > 1 }
    let rows = shown.map { group -> [Table.Value] in
      let fit = group.records[0].fit
      return groupValues(group) + [
        .seconds(group.fitSeconds), .seconds(epochSeconds(group)), .seconds(secondsToBest(group)),
        .score(group.mean { $0.fit.epochs.map(Double.init) }, digits: hasSeeds ? 1 : 0),
        .whole(fit.parameters), .score(gigaFLOPs(group), digits: 2),
        .bytes(group.records.compactMap(\.fit.peakBytes).max()),
        .score(1000 * group.records.map(\.predictionSeconds).mean, digits: 2),
        .score(group.scores.mean(.meanIoU)),
      ]
    }
    let size = groups[0].settings.data.size
    let note =
      "Means over seeds. Fit times hold the validation after each epoch; peak memory is that of the whole process while "
      + "fitting, the highest of the seeds. GFLOPs: two operations for each multiply-add of a network's convolutions, "
      + "by their definition, for one picture of \(size). Milliseconds are of prediction alone. Times are those of the "
      + "machines under [How it was made](#how-it-was-made). Mean IoU: protocol `\(index.headline.rawValue)`."
    return ReportSection(
      title: "Cost",
      blocks: [
        .table(
          ReportTable(name: "cost", note: note, table: Table(columns: columns, rows: rows).withoutEmptyColumns)),
        .figure(costFigure),
      ])
  }

  private func epochSeconds(_ group: Group) -> Double? {
    let all = group.epochs.joined().map(\.seconds)
    return all.isEmpty ? nil : all.mean
  }

  private func secondsToBest(_ group: Group) -> Double? {
    guard group.epochs.count == group.records.count else { return nil }
    return zip(group.epochs, group.records).map { epochs, record in
      epochs.prefix(record.fit.bestEpoch ?? 0).reduce(0) { $0 + $1.seconds }
    }.mean
  }

  private func gigaFLOPs(_ group: Group) -> Double? {
    let size = group.settings.data.pixelSize
    return Networks.named(group.model).map {
      Double($0.operations(group.settings.network, height: size.height, width: size.width)) / 1e9
    }
  }

  /// Quality against what it costs to fit and to predict.
  private var costFigure: ReportFigure {
    func panel(_ label: String, _ cost: (Group) -> Double) -> Plots.Panel {
      Plots.Panel(
        xLabel: label, yLabel: "test mean IoU", isCurve: false, isLogarithmic: true,
        series: uniqued(shown.map(\.model)).map { model in
          Plots.Series(
            name: model, colour: Self.colour(of: model),
            points: shown.filter { $0.model == model }.compactMap { group in
              group.scores.estimate(.meanIoU).map {
                Plots.Point(x: cost(group), y: $0.value, low: $0.interval?.low, high: $0.interval?.high)
              }
            })
        })
    }
    let panels = [
      panel("fit time in seconds") { max($0.fitSeconds, 1e-3) },
      panel("milliseconds to predict a picture") { max(1000 * $0.records.map(\.predictionSeconds).mean, 1e-3) },
    ]
    return ReportFigure(
      name: "cost",
      caption:
        "Test mean IoU with its 95 % interval against fit time and prediction time, protocol \(index.headline.rawValue)"
    ) { try Plots(panels: panels).draw(to: $0, name: $1) }
  }
}
