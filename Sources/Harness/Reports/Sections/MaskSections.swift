import Foundation
import Scenes

extension Report {
  /// The best group of each model by test mean IoU, in the order of the experiment.
  var bestByModel: [Group] {
    func score(_ group: Group) -> Double { group.scores.mean(.meanIoU) ?? -1 }
    return uniqued(shown.map(\.model)).compactMap { model in
      shown.filter { $0.model == model }.max { score($0) < score($1) }
    }
  }

  private var bestNote: String { shown.count > bestByModel.count ? " of the best row of each model" : "" }

  /// What truth is taken for what, as shares of the true pixels.
  var confusionSection: ReportSection? {
    let truths = index.headline.categories
    // Under a protocol that drops void truth, void can still be predicted by models that learn it.
    let sums = bestByModel.map { $0.confusion(index.headline) }
    let predictions = Category.allCases.filter { category in
      truths.contains(category) || sums.contains { $0.predicted(category) > 0 }
    }
    func shares(_ matrix: ConfusionMatrix) -> [[Double?]] {
      truths.map { truth in
        let total = matrix.truth(truth)
        return predictions.map { total > 0 ? Double(matrix[truth, $0]) / Double(total) : nil }
      }
    }
    let groups = bestByModel
    let panels = zip(groups, sums).map { group, matrix in
      HeatMaps.Panel(
        title: group.label, rows: truths.map(\.name), columns: predictions.map(\.name), values: shares(matrix))
    }
    let rows = zip(groups, sums).flatMap { group, matrix in
      zip(truths, shares(matrix)).map { truth, values in
        groupValues(group) + [.text(truth.name), .whole(matrix.truth(truth))] + values.map { .score($0, digits: 3) }
      }
    }
    let table = Table(
      columns: groupColumns + [.init(title: "Truth", key: "truth"), .init(title: "True pixels", key: "pixels")]
        + predictions.map { .init(title: $0.name, key: $0.name) }, rows: rows)
    let maps = HeatMaps(panels: panels, rowTitle: "truth", columnTitle: "predicted as")
    return ReportSection(
      title: "Confusion",
      blocks: [
        .figure(
          ReportFigure(
            name: "confusion",
            caption: "Shares of each category's true test pixels by what they were predicted as\(bestNote), all seeds "
              + "together, protocol \(index.headline.rawValue)"
          ) { try maps.draw(to: $0, name: $1) }),
        .table(
          ReportTable(
            name: "confusion",
            note:
              "The same as numbers: each row is the truth, and adds up to 1. Protocol `\(index.headline.rawValue)`.",
            table: table)),
      ])
  }

  /// Pictures, truths, masks and errors of the scenes whose pictures were stored; nil where any is gone.
  var masksSection: ReportSection? {
    guard !index.panel.isEmpty else { return nil }
    let (store, names, groups) = (store, index.panel, bestByModel)
    let columns = groups.map { group in (group.model, store.predictions(of: group.records[0].cell)) }
    let files =
      names.flatMap { name in
        ["picture", "truth"].map { store.panelFolder.appendingPathComponent("\(name)_\($0).png") }
      } + columns.flatMap { column in names.map { column.1.appendingPathComponent("\($0)_labelIds.png") } }
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else {
      return ReportSection(
        title: "Masks", blocks: [.text("Left out: stored pictures or predictions of the scenes to show are missing.")])
    }
    let figure = ReportFigure(
      name: "masks", format: .png,
      caption: "Test scenes: picture, truth and masks\(bestNote), and below each mask its wrong pixels; black there "
        + "is void truth, which isn't counted"
    ) { folder, name in
      func masks(_ file: (String) -> URL) throws -> [[UInt8]] {
        try names.map { try PNG.labels(at: file($0)).categories }
      }
      try MaskPanels(
        pictures: names.map { try PNG.picture(at: store.panelFolder.appendingPathComponent("\($0)_picture.png")) },
        truths: masks { store.panelFolder.appendingPathComponent("\($0)_truth.png") },
        columns: columns.map { title, folder in
          MaskPanels.Column(
            title: title, masks: try masks { folder.appendingPathComponent("\($0)_labelIds.png") })
        }
      ).draw(to: folder, name: name)
    }
    return ReportSection(title: "Masks", blocks: [.figure(figure)])
  }
}

extension LabelMap {
  /// The categories of Cityscapes label ids.
  fileprivate var categories: [UInt8] {
    labels.map { (LabelSet.cityscapes.categories[Int($0)] ?? .void).rawValue }
  }
}
