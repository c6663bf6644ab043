import Compute
import Foundation
import Scenes

extension Report {
  func drawFigures(in folder: URL) throws -> String {
    var text = ""
    if !index.panel.isEmpty {
      try Figures.masks(maskColumns(), to: folder.appendingPathComponent("masks.png"))
      text += "## Masks\n\nTest scenes: picture, truth, and what each model says"
      text += shown.count > Set(shown.map(\.settings.model)).count ? " (its best cell).\n\n" : ".\n\n"
      text += "![Picture, truth and masks of each model](figures/masks.png)\n\n"
    }
    let curves = try shown.compactMap { record -> Figures.Curve? in
      guard record.fit.epochs != nil else { return nil }
      return Figures.Curve(name: label(record), points: try EpochTable.read(store.folder(of: record.cell)))
    }
    if !curves.isEmpty {
      try Figures.curves(curves, to: folder.appendingPathComponent("curves.svg"))
      text += "## Training curves\n\nThe weights of the best epoch by validation mean IoU are the ones scored.\n\n"
      text += "![Validation mean IoU and training loss over epochs](figures/curves.svg)\n\n"
    }
    return text
  }

  private func maskColumns() throws -> [(title: String, pictures: [Picture])] {
    func masks(_ file: (String) -> URL) throws -> [Picture] {
      try index.panel.map { name in
        let labels = try PNG.labels(at: file(name))
        let table = LabelSet.cityscapes.categories
        return Picture(
          categories: labels.labels.map { (table[Int($0)] ?? .void).rawValue }, width: labels.width,
          height: labels.height)
      }
    }
    var columns: [(title: String, pictures: [Picture])] = [
      (
        "picture",
        try index.panel.map { try PNG.picture(at: store.panelFolder.appendingPathComponent("\($0)_picture.png")) }
      ),
      ("truth", try masks { store.panelFolder.appendingPathComponent("\($0)_truth.png") }),
    ]
    var seen: Set<String> = []
    for record in shown where seen.insert(record.settings.model).inserted {
      let best = shown.filter { $0.settings.model == record.settings.model }.max {
        ($0.scores(.test, index.headline)?.meanIoU ?? 0) < ($1.scores(.test, index.headline)?.meanIoU ?? 0)
      }
      let folder = store.predictions(of: (best ?? record).cell)
      columns.append((record.settings.model, try masks { folder.appendingPathComponent("\($0)_labelIds.png") }))
    }
    return columns
  }
}
