import Foundation
import Harness

/// Learning curves.
struct CurvesSection: ReportPart {
  static let key = "curves"
  let subject: Report

  func make() -> ReportSection? {
    let trained = shown.filter { !$0.epochs.isEmpty }
    guard !trained.isEmpty else { return nil }
    let figures = [
      modelCurves(trained),
      familyCurves("curves_losses", say(\.lossCurves), report.lossFamilies),
      familyCurves("curves_augmentations", say(\.augmentationCurves), report.augmentationFamilies),
      familyCurves("curves_ablations", say(\.ablationCurves), report.ablationFamilies),
    ]
    return ReportSection(
      title: say(\.curvesTitle), blocks: [.text(say(\.curvesNote))] + figures.compactMap { $0 }.map { .figure($0) })
  }

  /// One curve a model.
  private func modelCurves(_ trained: [Group]) -> ReportFigure {
    let first = report.chosenByModel(of: trained)
    func panel(_ label: String, _ value: @escaping (Epoch) -> Double) -> Plots.Panel {
      Plots.Panel(
        xLabel: say(\.epoch), yLabel: label, yRange: "[0:*]",
        series: first.map {
          Plots.Series(
            name: $0.label, colour: report.colour(of: $0.model), points: Self.points($0, value), event: Self.thaw($0))
        }, eventLabel: say(\.encoderThaws))
    }
    var panels = [panel(say(\.validationMeanIoULabel), \.validationMeanIoU)]
    // Values of unlike losses don't compare.
    let hasLoss = Set(first.map(\.loss)).count == 1
    if hasLoss { panels.append(panel(say(\.trainingLoss), \.loss)) }
    let caption = say { $0.modelCurves(hasLoss: hasLoss) }
    return ReportFigure(name: "curves", caption: PanelLetters.caption(caption, panels.map(\.yLabel), in: language)) {
      try Plots(panels: panels, language: language).draw(to: $0, name: $1)
    }
  }

  /// Curves of equal kind beside one another; four families are enough for the eye, the tables hold all.
  private func familyCurves(_ name: String, _ caption: String, _ families: [Family]) -> ReportFigure? {
    let families = families.filter { !$0.groups[0].epochs.isEmpty }.prefix(4)
    guard !families.isEmpty else { return nil }
    let names = uniqued(families.flatMap(\.names))
    let highest =
      families.flatMap(\.groups).flatMap { $0.epochs.joined().map(\.validationMeanIoU) }.max() ?? 1
    let panels = families.map { family in
      Plots.Panel(
        title: family.title, xLabel: say(\.epoch), yLabel: say(\.validationMeanIoULabel),
        yRange: "[0:\(max(highest, 0.01) * 1.05)]",
        series: zip(family.groups, family.names).map { group, name in
          let colour = Gnuplot.colours[(names.firstIndex(of: name) ?? 0) % Gnuplot.colours.count]
          return Plots.Series(
            name: name, colour: colour, points: Self.points(group, \.validationMeanIoU),
            event: Self.thaw(group))
        }, eventLabel: say(\.encoderThaws))
    }
    return ReportFigure(
      name: name, caption: PanelLetters.caption(caption, panels.map(\.title), in: language)
    ) { try Plots(panels: panels, language: language).draw(to: $0, name: $1) }
  }

  /// The last epoch that an encoder was frozen in, after whose value it learns; nil where it always learned or never did.
  private static func thaw(_ group: Group) -> Double? {
    let encoder = group.settings.encoder
    let last = group.epochs.map(\.count).max() ?? 0
    return encoder.unfreeze > 0 && (1..<max(1, last)).contains(encoder.freeze) ? Double(encoder.freeze) : nil
  }

  /// A value by epoch: its mean over the seeds that got there, and their range where there are several.
  private static func points(_ group: Group, _ value: (Epoch) -> Double) -> [Plots.Point] {
    let last = group.epochs.map(\.count).max() ?? 0
    return (0..<last).map { index in
      let values = group.epochs.compactMap { index < $0.count ? value($0[index]) : nil }
      return Plots.Point(
        x: Double(index + 1), y: values.mean, low: group.epochs.count > 1 ? values.min() : nil,
        high: group.epochs.count > 1 ? values.max() : nil)
    }
  }
}
