import Foundation
import Harness

/// How far the rows' probabilities can be believed, in clear weather and under other conditions.
struct CalibrationSection: ReportPart {
  static let key = "calibration"
  let subject: Report

  func make() -> ReportSection? {
    let groups = shown.filter { $0.calibration != nil }
    guard !groups.isEmpty else { return nil }
    let note = say { $0.calibrationNote(protocol: ScoringProtocol.withoutVoid.rawValue) }
    return ReportSection(
      title: say(\.calibrationTitle),
      blocks: [
        .table(ReportTable(name: "calibration", note: note, table: table(groups))), .figure(figure(groups)),
      ])
  }

  private func table(_ groups: [Group]) -> Table {
    let conditions = report.inOrder(groups.flatMap(\.conditionCalibrations.keys))
    let columns =
      report.groupColumns + [
        report.seedsColumn, column(\.calibrationError, "ece"), column(\.overconfidence, "overconfidence"),
        column(\.brierScore, "brier_score"), column(\.validationCalibrationError, "validation_ece"),
      ]
      + conditions.map { condition in
        Table.Column(title: say { $0.calibrationError(under: condition) }, key: "\(condition)_ece")
      }
    let rows = groups.map { group -> [Table.Value] in
      let (clean, others) = (group.calibration, group.conditionCalibrations)
      let errors =
        [group.calibration(\.validationCalibration)?.expectedError] + conditions.map { others[$0]?.expectedError }
      return report.groupValues(group) + [.whole(group.seedCount)]
        + ([clean?.expectedError, clean?.overconfidence, clean?.brierScore] + errors).map { .score($0) }
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  /// A reliability diagram of clear weather, and one of the condition that costs most mean IoU.
  private func figure(_ groups: [Group]) -> ReportFigure {
    let chosen = report.chosenByModel(of: groups)
    let condition = worstCondition(chosen)
    func panel(_ title: String, _ calibration: (Group) -> Calibration?) -> Plots.Panel {
      let diagonal = Plots.Series(
        name: say(\.probabilitiesAreFrequencies), colour: "#999999",
        points: [Plots.Point(x: 0, y: 0), Plots.Point(x: 1, y: 1)])
      return Plots.Panel(
        title: title, xLabel: say(\.confidenceLabel), yLabel: say(\.shareRight), yRange: "[0:1]",
        series: [diagonal]
          + chosen.compactMap { group in
            calibration(group).map {
              Plots.Series(name: group.label, colour: report.colour(of: group.model), points: Self.points($0))
            }
          })
    }
    var panels = [panel(condition == nil ? "" : "clean", \.calibration)]
    if let condition { panels.append(panel(condition) { $0.conditionCalibrations[condition] }) }
    let rows = groups.count > chosen.count ? say(\.ofChosenRows) : ""
    let caption = PanelLetters.caption(
      say { $0.reliabilityCaption(rows: rows, condition: condition) }, panels.map(\.title), in: language)
    return ReportFigure(name: "reliability", caption: caption) {
      try Plots(panels: panels, language: language).draw(to: $0, name: $1)
    }
  }

  /// The condition with the lowest mean IoU, over the groups; nil without any that all have been tested under.
  private func worstCondition(_ groups: [Group]) -> String? {
    let tested = Set(groups.flatMap(\.conditionCalibrations.keys)).sorted()
    let scored = tested.compactMap { condition -> (name: String, meanIoU: Double)? in
      let scores = groups.compactMap { $0.conditions[condition]?.mean(.meanIoU) }
      return scores.count == groups.count ? (condition, scores.mean) : nil
    }
    return scored.min { $0.meanIoU < $1.meanIoU }?.name
  }

  /// How often the predicted class is right by its probability; bins of next to no pixels would be noise.
  private static func points(_ calibration: Calibration) -> [Plots.Point] {
    calibration.bins.filter { 1000 * $0.pixels >= calibration.pixels }.compactMap { bin in
      guard let confidence = bin.meanConfidence, let accuracy = bin.accuracy else { return nil }
      return Plots.Point(x: confidence, y: accuracy)
    }
  }
}
