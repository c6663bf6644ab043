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
    let meaning = say(
      "Means over seeds, bands from the lowest to the highest; a mean is over the seeds that had not stopped. The weights "
        + "of the best epoch by validation mean IoU are the ones scored.",
      "Moyennes sur les graines, bandes du minimum au maximum ; une moyenne porte sur les graines dont "
        + "l'apprentissage n'était pas terminé. Les poids évalués sont ceux de la meilleure époque selon l'IoU moyenne de "
        + "validation.")
    var figures = [modelCurves(trained)]
    for (name, versus, families, value) in [
      (
        "losses", say("loss against loss", "par fonction de perte"), lossFamilies,
        { (group: Group) in group.settings.loss }
      ),
      (
        "augmentations", say("augmentation against none", "avec et sans augmentation"), augmentationFamilies,
        { (group: Group) in group.settings.augmentation }
      ),
    ] {
      // Curves of equal kind beside one another; four families are enough for the eye, the tables hold all.
      guard !families.isEmpty else { continue }
      let names = uniqued(families.joined().map(value))
      let highest = families.prefix(4).joined().flatMap { $0.epochs.joined().map(\.validationMeanIoU) }.max() ?? 1
      let panels = families.prefix(4).map { family in
        Plots.Panel(
          title: familyTitle(family, value), xLabel: epochLabel, yLabel: validationLabel,
          yRange: "[0:\(max(highest, 0.01) * 1.05)]",
          series: family.map { group in
            let colour = Gnuplot.colours[(names.firstIndex(of: value(group)) ?? 0) % Gnuplot.colours.count]
            return Plots.Series(name: value(group), colour: colour, points: Self.points(group, \.validationMeanIoU))
          })
      }
      figures.append(
        ReportFigure(
          name: "curves_\(name)",
          caption: say(
            "Validation mean IoU over epochs, \(versus)", "IoU moyenne de validation au fil des époques, \(versus)")
        ) { try Plots(panels: Array(panels)).draw(to: $0, name: $1) })
    }
    return ReportSection(
      title: say("Learning curves", "Courbes d'apprentissage"),
      blocks: [.text(meaning)] + figures.map { .figure($0) })
  }

  private var epochLabel: String { say("epoch", "époque") }
  private var validationLabel: String { say("validation mean IoU", "IoU moyenne de validation") }

  /// One curve a model: that of its first loss and augmentation, so that models are compared alike.
  private func modelCurves(_ trained: [Group]) -> ReportFigure {
    let first = uniqued(trained.map(\.model)).compactMap { model in trained.first { $0.model == model } }
    func panel(_ label: String, _ value: @escaping (Epoch) -> Double) -> Plots.Panel {
      Plots.Panel(
        xLabel: epochLabel, yLabel: label, yRange: "[0:*]",
        series: first.map {
          Plots.Series(name: $0.label, colour: Self.colour(of: $0.model), points: Self.points($0, value))
        })
    }
    var panels = [panel(validationLabel, \.validationMeanIoU)]
    // Values of unlike losses don't compare.
    if Set(first.map(\.settings.loss)).count == 1 {
      panels.append(panel(say("training loss", "perte d'apprentissage"), \.loss))
    }
    return ReportFigure(
      name: "curves",
      caption: panels.count > 1
        ? say(
          "Validation mean IoU and training loss over epochs, by model",
          "IoU moyenne de validation et perte d'apprentissage au fil des époques, par modèle")
        : say(
          "Validation mean IoU over epochs, by model", "IoU moyenne de validation au fil des époques, par modèle")
    ) { try Plots(panels: panels).draw(to: $0, name: $1) }
  }

  private func familyTitle(_ family: [Group], _ value: (Group) -> String) -> String {
    let own = Set(family.map(value))
    return ([family[0].model] + family[0].ownValues.filter { !own.contains($0) })
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
