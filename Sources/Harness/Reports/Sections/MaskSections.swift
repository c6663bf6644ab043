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

  private var bestNote: String {
    shown.count > bestByModel.count
      ? say(" of the best row of each model", " de la meilleure ligne de chaque modèle") : ""
  }

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
      columns: groupColumns
        + [
          .init(title: say("Truth", "Vérité terrain"), key: "truth"),
          .init(title: say("True pixels", "Pixels de vérité terrain"), key: "pixels"),
        ] + predictions.map { .init(title: $0.name, key: $0.name) }, rows: rows)
    let maps = HeatMaps(
      panels: panels, rowTitle: say("truth", "vérité terrain"), columnTitle: say("predicted as", "prédit comme"))
    return ReportSection(
      title: say("Confusion", "Matrices de confusion"),
      blocks: [
        .figure(
          ReportFigure(
            name: "confusion",
            caption: say(
              "Shares of each category's true test pixels by what they were predicted as\(bestNote), all seeds together, "
                + "protocol \(index.headline.rawValue)",
              "Répartition des pixels de test de chaque catégorie de la vérité terrain selon les prédictions\(bestNote), "
                + "toutes graines réunies, protocole \(index.headline.rawValue)")
          ) { try maps.draw(to: $0, name: $1) }),
        .table(
          ReportTable(
            name: "confusion",
            note: say(
              "The same as numbers: each row is the truth, and adds up to 1. Protocol `\(index.headline.rawValue)`.",
              "Les mêmes valeurs en chiffres : chaque ligne est une catégorie de la vérité terrain, et sa somme vaut 1. "
                + "Protocole `\(index.headline.rawValue)`."),
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
        title: masksTitle,
        blocks: [
          .text(
            say(
              "Left out: stored pictures or predictions of the scenes to show are missing.",
              "Figure omise : il manque des images ou des prédictions enregistrées pour les scènes à montrer."))
        ])
    }
    let figure = ReportFigure(
      name: "masks", format: .png,
      caption: say(
        "Test scenes: picture, truth and masks\(bestNote), and below each mask its wrong pixels; black there is void "
          + "truth, which isn't counted",
        "Scènes de test : image, vérité terrain et masques\(bestNote) et, sous chaque masque, ses pixels erronés ; les "
          + "pixels void de la vérité terrain, qui ne comptent pas, y sont en noir")
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
        }, language: language
      ).draw(to: folder, name: name)
    }
    return ReportSection(title: masksTitle, blocks: [.figure(figure)])
  }

  private var masksTitle: String { say("Masks", "Masques") }
}

extension LabelMap {
  /// The categories of Cityscapes label ids.
  fileprivate var categories: [UInt8] {
    labels.map { (LabelSet.cityscapes.categories[Int($0)] ?? .void).rawValue }
  }
}
