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
    return ReportSection(title: say(\.masksTitle), blocks: [.figure(figure)])
  }

  private var pictures: [URL] { panel("picture") }
  private var truths: [URL] { panel("truth") }

  private func panel(_ kind: String) -> [URL] {
    index.panel.map { report.store.panelFolder.appendingPathComponent("\($0)_\(kind).png") }
  }

  /// The chosen group of each model, with a mask a scene: those of the first cell that tested the scenes, as one of another fold
  /// didn't.
  private var columns: [(title: String, files: [URL])] {
    report.chosenByModel.map { group in
      let candidates = group.records.map { record in
        let folder = report.store.predictions(of: record.cell)
        return index.panel.map { folder.appendingPathComponent("\($0)_labelIds.png") }
      }
      let complete = candidates.first { $0.allSatisfy { FileManager.default.fileExists(atPath: $0.path) } }
      return (group.model, complete ?? candidates[0])
    }
  }

  private var figure: ReportFigure {
    let (classes, pictures, truths, columns, language) = (report.classes, pictures, truths, columns, report.language)
    let void: String? = classes.voidName
    let caption = say { $0.masksCaption(rows: report.chosenNote, void: void) }
    return ReportFigure(name: "masks", format: .png, caption: caption) { folder, name in
      func masks(_ files: [URL]) throws -> [[UInt8]] { try files.map { classes.mask(try PNG.labels(at: $0)) } }
      try MaskPanels(
        classes: classes, pictures: pictures.map(PNG.picture), truths: masks(truths),
        columns: columns.map { MaskPanels.Column(title: $0.title, masks: try masks($0.files)) }, language: language
      ).draw(to: folder, name: name)
    }
  }
}
