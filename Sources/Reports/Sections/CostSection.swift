import Foundation
import Harness

/// What rows cost to fit and to run.
struct CostSection: ReportPart {
  static let key = "cost"
  let subject: Report

  func make() -> ReportSection? {
    let hasSeeds = shown.contains { $0.records.count > 1 }
    let values = shown.map { group -> [Table.Value] in
      let fit = group.records[0].fit
      return report.groupValues(group) + [
        .seconds(group.fitSeconds), .seconds(epochSeconds(group)), .seconds(secondsToBest(group)),
        .score(group.mean { $0.fit.epochs.map(Double.init) }, digits: hasSeeds ? 1 : 0),
        .whole(fit.parameters), .score(group.gigaFLOPs(classes), digits: 2),
        .bytes(group.records.compactMap(\.fit.peakBytes).max()),
        .score(1000 * group.records.map(\.predictionSeconds).mean, digits: 2),
        .score(group.frameSeconds.map { 1000 * $0 }, digits: 1),
        .score(group.trainingSeconds.map { 1000 * $0 }, digits: 1),
        .score(group.scores.mean(.meanIoU)),
      ]
    }
    let table = Table(columns: columns, rows: values).withoutEmptyColumns
    return ReportSection(
      title: say(\.costTitle),
      blocks: [.table(ReportTable(name: "cost", note: note, table: table))]
        + [figure].compactMap { $0 }.map { .figure($0) })
  }

  private var columns: [Table.Column] {
    report.groupColumns + [
      report.fitTimeColumn, column(\.epochTime, "epoch_seconds"), column(\.bestEpochTime, "best_seconds"),
      column(\.epochs, "epochs"), column(\.parameters, "parameters"), column(\.gigaflops, "gigaflops"),
      column(\.peakMemory, "peak_bytes"), column(\.milliseconds, "prediction_milliseconds"),
      .init(title: say { $0.frameMilliseconds(size: FrameTime.size.description) }, key: "frame_milliseconds"),
      report.trainingColumn,
      column(\.meanIoU, "mean_iou"),
    ]
  }

  private var note: String {
    let size = report.groups[0].largestPicture?.description ?? say(\.nativeSize)
    let provenance = ReportSection.link(to: say(\.provenanceTitle))
    let busy = shown.filter { $0.records.contains { $0.fit.isBesideOtherWork } }
    let share = busy.flatMap(\.records).compactMap(\.fit.processorWait).max() ?? 0
    return
      ([
        say { $0.costNote(size: size, protocol: headline.rawValue, provenance: provenance) },
        report.frameTimes.map { times in
          let hasSteps = shown.contains { $0.trainingSeconds != nil }
          return say { $0.timedTogether(hasSteps: hasSteps, on: times.environment) }
        },
        busy.isEmpty ? nil : say { $0.busyFits(busy.map(\.label), share: share) },
        report.fitsCompare(shown) ? nil : say(\.fitsDontCompare),
      ].compactMap { $0 }).joined(separator: " ")
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

  /// Quality against what it costs to fit and to predict; nil where no cost tells rows apart.
  private var figure: ReportFigure? {
    let (rows, rowsNote) = report.few()
    let panels = [
      report.fitsCompare(rows) ? panel(say(\.fitSeconds), rows) { max($0.fitSeconds, 1e-3) } : trainingPanel(rows),
      predictionPanel(rows),
    ].compactMap { $0 }
    guard !panels.isEmpty else { return nil }
    let caption = say {
      $0.costCaption(rows: rowsNote, protocol: headline.rawValue)
    }
    return ReportFigure(
      name: "cost", caption: PanelLetters.caption(caption, panels.map(\.xLabel), in: language)
    ) {
      try Plots(panels: panels, language: language).draw(to: $0, name: $1)
    }
  }

  /// By a frame of one size, or by a picture of the test in runs of 0.1.0, which have no such times.
  private func predictionPanel(_ rows: [Group]) -> Plots.Panel? {
    if rows.allSatisfy({ $0.frameSeconds != nil }) {
      panel(say { $0.frameMilliseconds(size: FrameTime.size.description) }, rows) { 1000 * ($0.frameSeconds ?? 0) }
    } else {
      panel(say(\.predictionMilliseconds), rows) { max(1000 * $0.records.map(\.predictionSeconds).mean, 1e-3) }
    }
  }

  /// By a step of training alone, of networks.
  private func trainingPanel(_ rows: [Group]) -> Plots.Panel? {
    panel(say(\.trainingMilliseconds), rows.filter { $0.trainingSeconds != nil }) { 1000 * ($0.trainingSeconds ?? 0) }
  }

  /// Costs that differ by less are those of one network, and stand at one place.
  private static let leastRatio = 1.5

  private func panel(_ label: String, _ rows: [Group], _ cost: (Group) -> Double) -> Plots.Panel? {
    let costs = rows.map(cost)
    guard (costs.max() ?? 1) >= Self.leastRatio * (costs.min() ?? 1) else { return nil }
    // One of each needs no more than its name.
    let models = uniqued(rows.map(\.model))
    let isOfModels = rows.count == models.count
    return Plots.Panel(
      xLabel: label, yLabel: say(\.testMeanIoULabel), isCurve: false, isLogarithmic: true,
      series: models.map { model in
        Plots.Series(
          name: model, colour: report.colour(of: model),
          points: rows.filter { $0.model == model }.compactMap { group in
            group.scores.estimate(.meanIoU).map {
              Plots.Point(
                x: cost(group), y: $0.value, low: $0.interval?.low, high: $0.interval?.high,
                name: isOfModels ? model : group.label)
            }
          })
      })
  }
}
