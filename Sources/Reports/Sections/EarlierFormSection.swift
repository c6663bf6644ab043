import Foundation
import Harness

/// The table in the form that earlier reports had, with theirs where `beside` asks for it.
struct EarlierFormSection: ReportPart {
  static let key = "form"
  let subject: Report

  /// The name of the protocol that the earlier reports scored by.
  private let protocolName = ScoringProtocol.earlier.rawValue

  init(subject: Report) {
    self.subject = subject
  }

  func make() -> ReportSection? {
    let summary = classes.summary(of: .earlier, in: language)
    let note = say { $0.earlierFormNote(protocol: protocolName, summary: summary) }
    var tables = [ReportTable(name: "seed_protocol", note: note, table: ownTable)]
    if report.testsClaims {
      tables.append(ReportTable(name: "beside_seeds", note: say(\.besideNote), table: besideTable))
    }
    return ReportSection(title: say(\.earlierTitle), blocks: tables.map { .table($0) })
  }

  /// The columns that the earlier reports had beside the model.
  private func scoreColumns(iou: String, dice: String) -> [Table.Column] {
    [
      column(\.earlierFitTime, "fit_seconds"), .init(title: "IoU", key: iou), column(\.earlierDice, dice),
      column(\.earlierAccuracy, "accuracy"), column(\.meanIoU, "mean_iou"),
    ]
  }

  private var ownTable: Table {
    let columns: [Table.Column] =
      [column(\.earlierModel, "model")] + report.groupColumns.dropFirst()
      + scoreColumns(iou: "soft_flat_iou", dice: "soft_flat_dice") + [report.seedsColumn]
    let rows = shown.map { group in
      report.groupValues(group) + [.seconds(group.fitSeconds)] + scores(group) + [.whole(group.seedCount)]
    }
    return Table(columns: columns, rows: rows)
  }

  /// Flat IoU and Dice, accuracy and mean IoU by the earlier reports' protocol; the hard flat Dice is the accuracy.
  private func scores(_ group: Group, isHard: Bool = false) -> [Table.Value] {
    let flat: [(Scores) -> Double?] = isHard ? [\.flatIoU, \.accuracy] : [\.softFlatIoU, \.softFlatDice]
    return (flat + [\.accuracy, \.meanIoU]).map { .score(group.mean(.test, .earlier, $0)) }
  }

  private var besideTable: Table {
    let columns: [Table.Column] =
      [column(\.earlierModel, "model"), column(\.source, "source")] + scoreColumns(iou: "iou", dice: "dice")
      + [column(\.protocolName, "protocol")]
    let size = report.groups[0].settings.data.size
    var rows: [[Table.Value]] = []
    var paired: Set<String> = []
    for earlier in EarlierReports.all.results {
      rows.append(row(of: earlier))
      for group in shown where earlier.matches(group) && paired.insert(group.label).inserted {
        rows.append(
          [.text(group.label), phrase(\.thisExperiment), .seconds(group.fitSeconds)]
            + scores(group, isHard: earlier.isHard)
            + [phrase { $0.ownScoring(size: size.text($0), isHard: earlier.isHard, protocol: protocolName) }])
      }
    }
    return Table(columns: columns, rows: rows)
  }

  private func row(of earlier: EarlierResult) -> [Table.Value] {
    [
      earlier.description.value(in: language), phrase(\.earlierReport), .seconds(earlier.fitSeconds),
      .score(earlier.flatIoU), .score(earlier.flatDice), .score(earlier.accuracy), .score(earlier.meanIoU),
      phrase {
        $0.earlierScoring(
          photos: earlier.photos, size: earlier.size, isHard: earlier.isHard, protocol: protocolName)
      },
    ]
  }
}
