import Foundation
import Harness
import Scenes

/// Pictures, truths, masks and errors of the scenes whose pictures were stored.
struct MasksSection: ReportPart {
  static let key = "masks"
  let subject: Report

  func make() -> ReportSection? {
    guard !index.panel.isEmpty else { return nil }
    let files = pictures + truths + columns.flatMap(\.files)
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else {
      return ReportSection(title: say(\.masksTitle), blocks: [.text(say(\.masksLeftOut))])
    }
    return ReportSection(title: say(\.masksTitle), blocks: [.figure(gallery), .figure(figure)])
  }

  private var pictures: [URL] { index.panel.map { report.store.panelPicture($0, under: .clean) } }
  private var truths: [URL] { index.panel.map(report.store.panelTruth) }

  /// The masks of a training, and its score on each of the scenes.
  private struct Column {
    let title: [String]
    let files: [URL]
    let scores: [Double?]
  }

  /// The chosen group of each model, with a mask a scene: those of the first cell that tested the scenes, as one of another fold
  /// didn't.
  private var columns: [Column] {
    report.chosenByModel.map { group in
      let candidates = zip(group.records, group.cellFacts).map { record, facts in
        let folder = report.store.predictions(of: record.cell, under: .clean)
        return Column(
          title: report.title(of: record),
          files: index.panel.map { folder.appendingPathComponent("\($0)_labelIds.png") },
          scores: index.panel.map { facts.ofPanel[$0] })
      }
      let complete = candidates.first { column in
        column.files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
      }
      return complete ?? candidates[0]
    }
  }

  /// Two scenes, large.
  var gallery: ReportFigure {
    let caption = say { $0.galleryCaption(rows: report.chosenNote) }
    return figure("mask_gallery", caption, scenes: 2, layout: .gallery)
  }

  private var figure: ReportFigure {
    let void: String? = report.classes.voidName
    return figure("masks", say { $0.masksCaption(rows: report.chosenNote, void: void) }, layout: .rows)
  }

  private func figure(
    _ name: String, _ caption: String, scenes most: Int = .max, layout: MaskPanels.Layout
  ) -> ReportFigure {
    let (classes, pictures, truths, columns, language) = (report.classes, pictures, truths, columns, report.language)
    return ReportFigure(name: name, format: .png, caption: caption) { folder, name in
      func masks(_ files: [URL]) throws -> [[UInt8]] {
        try files.prefix(most).map { classes.mask(try PNG.labels(at: $0)) }
      }
      try MaskPanels(
        classes: classes, pictures: pictures.prefix(most).map(PNG.picture), truths: masks(truths),
        models: columns.map { MaskPanels.Model(title: $0.title, masks: try masks($0.files), scores: $0.scores) },
        language: language, layout: layout
      ).draw(to: folder, name: name)
    }
  }
}

extension Report {
  /// The training of a record in a figure, in lines: model, then loss, augmentation where there is one, and seed.
  func title(of record: RunStore.Record) -> [String] {
    let settings = record.settings
    let isNetwork = (try? Estimators.named(settings.model).family) == .network
    let augmentation = "\(settings.augmentation)"
    let recipe = isNetwork ? ["\(settings.loss)"] + (augmentation == "none" ? [] : [augmentation]) : []
    return [settings.model, (recipe + [say { $0.seed(settings.seed) }]).joined(separator: ", ")]
  }
}
