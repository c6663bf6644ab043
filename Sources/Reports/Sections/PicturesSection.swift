import Foundation
import Harness
import Scenes

/// Scores of pictures one by one, and the worst pictures of the cell that validation chose.
struct PicturesSection: ReportPart {
  static let key = "pictures"
  let subject: Report

  func make() -> ReportSection? {
    guard let any = shown.first?.facts.first?.fineGrained, any.pictureCount > 0 else { return nil }
    let note = say { $0.picturesNote(headline: headlineNote, pictures: any.pictureCount) }
    let occurrences = zip(classes.names(of: any.places), any.occurrences).map { ($0, $1) }
    var blocks: [ReportSection.Block] = [
      .table(ReportTable(name: "pictures", note: note, table: table)),
      .text(say { $0.occurrences(occurrences, of: any.pictureCount) }),
    ]
    if let chosen { blocks += worst(of: chosen) }
    return ReportSection(title: say(\.picturesTitle), blocks: blocks)
  }

  private var table: Table {
    let columns =
      report.groupColumns + [
        report.seedsColumn, column(\.byPicture, "mean_iou_by_picture"),
        column(\.worstByPicture, "mean_iou_by_picture_worst"), column(\.byClass, "mean_iou_by_class"),
        column(\.worstByClass, "mean_iou_by_class_worst"),
      ]
    let rows = shown.map { group -> [Table.Value] in
      report.groupValues(group) + [.whole(group.seedCount)]
        + [
          group.mean(\.fineGrained.byPicture), group.mean(\.fineGrained.worstByPicture),
          group.mean(\.fineGrained.byClass), group.mean(\.fineGrained.worstByClass),
        ].map { .score($0) }
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  /// A cell whose failures are shown.
  private struct Chosen {
    let label: String
    let record: RunStore.Record
    let worst: [FineGrained.Picture]
  }

  /// The cell with the best validation mean IoU, as `Comparison` chose it.
  private var chosen: Chosen? {
    let places = Dictionary(zip(index.cells, 0...)) { first, _ in first }
    let cells = report.groups.flatMap { group in
      zip(group.records, group.cellFacts).map { Chosen(label: group.label, record: $0, worst: $1.fineGrained.worst) }
    }.sorted { (places[$0.record.cell] ?? 0) < (places[$1.record.cell] ?? 0) }
    let best = cells.map(\.record).bestByValidation(under: headline)
    return cells.first { $0.record.cell == best?.cell }
  }

  private func worst(of chosen: Chosen) -> [ReportSection.Block] {
    let seed = chosen.record.settings.seed
    let table = Table(
      columns: [
        column(\.pictureName, "picture"), column(\.meanIoU, "mean_iou"), column(\.classesAveraged, "classes"),
        column(\.worstClass, "worst_class"), column(\.itsIoU, "worst_class_iou"),
      ],
      rows: chosen.worst.map { picture in
        [
          .text(picture.name), .score(picture.meanIoU), .whole(picture.classCount),
          classes.value(of: picture.worstClass, in: language), .score(picture.worstIoU),
        ]
      })
    let note = say { $0.worstPicturesNote(label: chosen.label, seed: seed) }
    return [.table(ReportTable(name: "worst_pictures", note: note, table: table))] + figure(of: chosen)
  }

  /// Nothing where the pictures weren't stored, or those of another cell were.
  private func figure(of chosen: Chosen) -> [ReportSection.Block] {
    let names = chosen.worst.map(\.name)
    guard let worst = index.worst, worst.cell == chosen.record.cell, worst.pictures == names else { return [] }
    let store = report.store
    let predictions = store.predictions(of: worst.cell, under: .clean)
    let masks = names.map { predictions.appendingPathComponent("\($0)_labelIds.png") }
    let (pictures, truths) = (names.map { store.panelPicture($0, under: .clean) }, names.map(store.panelTruth))
    guard (pictures + truths + masks).allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else {
      return [.text(say(\.masksLeftOut))]
    }
    let (classes, language, title) = (report.classes, report.language, report.title(of: chosen.record))
    let void: String? = classes.voidName
    let caption = say { $0.worstPicturesCaption(label: chosen.label, void: void) }
    return [
      .figure(
        ReportFigure(name: "worst_pictures", format: .png, caption: caption) { folder, name in
          func read(_ files: [URL]) throws -> [[UInt8]] { try files.map { classes.mask(try PNG.labels(at: $0)) } }
          try MaskPanels(
            classes: classes, pictures: pictures.map(PNG.picture), truths: read(truths),
            models: [
              MaskPanels.Model(title: title, masks: read(masks), scores: chosen.worst.map(\.meanIoU))
            ], language: language
          ).draw(to: folder, name: name)
        })
    ]
  }
}
