import Foundation
import Scenes

extension Report {
  /// The colour of a model in every figure.
  static func colour(of model: String) -> String {
    let place = Models.all.firstIndex { $0.name == model } ?? 0
    return Gnuplot.colours[place % Gnuplot.colours.count]
  }

  var curvesSection: ReportSection? {
    let trained = shown.filter { !$0.epochs.isEmpty }
    guard !trained.isEmpty else { return nil }
    let meaning =
      "Means over seeds, bands from the lowest to the highest; a mean is over the seeds that had not stopped. "
    var figures = [modelCurves(trained)]
    for (name, families, value) in [
      ("losses", lossFamilies, { (group: Group) in group.settings.loss }),
      ("augmentations", augmentationFamilies, { (group: Group) in group.settings.augmentation }),
    ] {
      // Curves of equal kind beside one another; four families are enough for the eye, the tables hold all.
      guard !families.isEmpty else { continue }
      let names = uniqued(families.joined().map(value))
      let highest = families.prefix(4).joined().flatMap { $0.epochs.joined().map(\.validationMeanIoU) }.max() ?? 1
      let panels = families.prefix(4).map { family in
        Plots.Panel(
          title: familyTitle(family, value), xLabel: "epoch", yLabel: "validation mean IoU",
          yRange: "[0:\(max(highest, 0.01) * 1.05)]",
          series: family.map { group in
            let colour = Gnuplot.colours[(names.firstIndex(of: value(group)) ?? 0) % Gnuplot.colours.count]
            return Plots.Series(name: value(group), colour: colour, points: Self.points(group, \.validationMeanIoU))
          })
      }
      figures.append(
        ReportFigure(
          name: "curves_\(name)",
          caption:
            "Validation mean IoU over epochs, \(name == "losses" ? "loss against loss" : "augmentation against none")"
        ) { try Plots(panels: Array(panels)).draw(to: $0, name: $1) })
    }
    return ReportSection(
      title: "Learning curves",
      blocks: [
        .text(meaning + "The weights of the best epoch by validation mean IoU are the ones scored.")
      ] + figures.map { .figure($0) })
  }

  /// One curve a model: that of its first loss and augmentation, so that models are compared alike.
  private func modelCurves(_ trained: [Group]) -> ReportFigure {
    let first = uniqued(trained.map(\.model)).compactMap { model in trained.first { $0.model == model } }
    func panel(_ label: String, _ value: @escaping (Epoch) -> Double) -> Plots.Panel {
      Plots.Panel(
        xLabel: "epoch", yLabel: label, yRange: "[0:*]",
        series: first.map {
          Plots.Series(name: $0.label, colour: Self.colour(of: $0.model), points: Self.points($0, value))
        })
    }
    var panels = [panel("validation mean IoU", \.validationMeanIoU)]
    // Values of unlike losses don't compare.
    if Set(first.map(\.settings.loss)).count == 1 { panels.append(panel("training loss", \.loss)) }
    return ReportFigure(
      name: "curves",
      caption: "Validation mean IoU\(panels.count > 1 ? " and training loss" : "") over epochs, by model"
    ) { try Plots(panels: panels).draw(to: $0, name: $1) }
  }

  private func familyTitle(_ family: [Group], _ value: (Group) -> String) -> String {
    let own = Set(family.map(value))
    return ([family[0].model] + family[0].axisValues.compactMap { $0 }.filter { !own.contains($0) })
      .joined(separator: " ")
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
