import Foundation
import Harness

/// What truth is taken for what, as shares of the true pixels.
struct ConfusionSection: ReportPart {
  static let key = "confusion"
  let subject: Report

  func make() -> ReportSection? {
    let groups = report.chosenByModel
    let matrices = groups.map { $0.confusion(headline) }
    let truths = classes.scored(under: headline)
    // Under a protocol that drops void truth, void can still be predicted by models that learn it.
    let predictions = (0..<classes.count).filter { index in
      truths.contains(index) || matrices.contains { $0.predicted(index) > 0 }
    }
    let shares = matrices.map { Self.shares($0, truths, predictions) }
    let maps = maps(
      groups, shares, classes.titles(of: truths, in: language), classes.titles(of: predictions, in: language))
    let rows = groups.indices.flatMap { place in
      truths.indices.map { truth -> [Table.Value] in
        report.groupValues(groups[place])
          + [classes.value(of: truths[truth], in: language), .whole(matrices[place].truth(truths[truth]))]
          + shares[place][truth].map { .score($0, digits: 3) }
      }
    }
    let table = Table(
      columns: report.groupColumns + [column(\.truth, "truth"), column(\.truePixels, "pixels")]
        + classes.columns(of: predictions, in: language), rows: rows)
    let caption = PanelLetters.caption(
      say { $0.confusionCaption(rows: report.chosenNote, protocol: headline.rawValue) }, groups.map(\.label),
      in: language)
    let note = say { $0.confusionNote(protocol: headline.rawValue) }
    return ReportSection(
      title: say(\.confusionTitle),
      blocks: [
        .figure(ReportFigure(name: "confusion", caption: caption) { try maps.draw(to: $0, name: $1) }),
        .table(ReportTable(name: "confusion", note: note, table: table)),
      ])
  }

  /// A panel a group, without a column of void that would show zeros alone.
  private func maps(_ groups: [Group], _ shares: [[[Double?]]], _ truths: [String], _ predictions: [String]) -> HeatMaps
  {
    let columns = predictions.indices.filter { column in
      truths.contains(predictions[column]) || shares.joined().contains { ($0[column] ?? 0) >= 0.005 }
    }
    return HeatMaps(
      panels: zip(groups, shares).map { group, rows in
        .init(
          title: group.label, rows: truths, columns: columns.map { predictions[$0] },
          values: rows.map { row in columns.map { .init(value: row[$0]) } }, scale: .sequential(0...1),
          scaleTitle: say(\.shareOfTruth))
      }, rowTitle: say(\.truthLabel), columnTitle: say(\.predictedAs), language: language)
  }

  /// [truth, prediction]; nil where no pixel has the truth.
  private static func shares(_ matrix: ConfusionMatrix, _ truths: [Int], _ predictions: [Int]) -> [[Double?]] {
    truths.map { truth in
      let total = matrix.truth(truth)
      return predictions.map { total > 0 ? Double(matrix[truth, $0]) / Double(total) : nil }
    }
  }
}
