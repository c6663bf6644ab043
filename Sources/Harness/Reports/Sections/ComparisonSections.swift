import Foundation
import Scenes

extension Report {
  /// Groups that differ in one setting alone, the reference first.
  private func families(
    by key: WritableKeyPath<CellSettings, String>, reference: (Group) -> Bool
  ) -> [[Group]] {
    var order: [CellSettings] = []
    var families: [CellSettings: [Group]] = [:]
    // Of a grid that is selected from, losses and augmentations are compared at the best of each.
    let compared = shown.filter { $0.isNetwork }
    for group in compared {
      var common = group.settings(without: key)
      if index.select != nil {
        var reduced = CellSettings()
        (reduced.model, reduced.loss, reduced.augmentation) = (common.model, common.loss, common.augmentation)
        common = reduced
      }
      if families[common] == nil { order.append(common) }
      families[common, default: []].append(group)
    }
    return order.compactMap { key in
      let family = families[key] ?? []
      guard family.count > 1, let first = family.firstIndex(where: reference) else { return nil }
      return [family[first]] + family.indices.filter { $0 != first }.map { family[$0] }
    }
  }

  /// Families that differ in the loss; cross-entropy is the reference, or else the first loss.
  var lossFamilies: [[Group]] {
    let losses = shown.filter(\.isNetwork).map(\.settings.loss)
    let reference = losses.contains("ce") ? "ce" : losses.first
    return families(by: \.loss) { $0.settings.loss == reference }
  }

  /// Families that differ in the augmentation; none is the reference.
  var augmentationFamilies: [[Group]] { families(by: \.augmentation) { $0.settings.augmentation == "none" } }

  var lossesSection: ReportSection? {
    guard let reference = lossFamilies.first?.first?.settings.loss else { return nil }
    var note = say(
      "\(headlineNote) Each loss against `\(reference)`, all else equal.",
      "\(headlineNote) Chaque fonction de perte est comparée à `\(reference)`, toutes choses égales par ailleurs.")
    if lossFamilies.joined().contains(where: { $0.settings.loss == "kl" }) {
      note += say(
        " On one-hot targets the KL divergence equals cross-entropy (the entropy of the targets is zero) but for "
          + "clipping; a difference between the two is noise unless several seeds show otherwise.",
        " Pour des cibles one-hot, la divergence KL est égale à l'entropie croisée (l'entropie des cibles est nulle), à "
          + "l'écrêtage près ; un écart entre les deux n'est que du bruit, sauf si plusieurs graines montrent le "
          + "contraire.")
    }
    return ReportSection(
      title: say("Losses", "Fonctions de perte"),
      blocks: [
        .table(
          ReportTable(name: "losses", note: note, table: comparison(lossFamilies, varied: "loss") { $0.settings.loss }))
      ])
  }

  var augmentationsSection: ReportSection? {
    guard !augmentationFamilies.isEmpty else { return nil }
    let note = say(
      "\(headlineNote) Each augmentation against none, all else equal, tested on clear pictures.",
      "\(headlineNote) Chaque augmentation est comparée à `none`, toutes choses égales par ailleurs, sur des images de "
        + "test sans intempéries.")
    return ReportSection(
      title: "Augmentations",
      blocks: [
        .table(
          ReportTable(
            name: "augmentations", note: note,
            table: comparison(augmentationFamilies, varied: "augmentation") { $0.settings.augmentation }))
      ])
  }

  /// A row a group: its scores and its difference from its family's reference.
  private func comparison(_ families: [[Group]], varied: String, _ value: (Group) -> String) -> Table {
    let others = index.axes.filter { ![varied, "model", "seed"].contains($0) }
    var columns: [Table.Column] = [
      .init(title: say("Model", "Modèle"), key: "model"), .init(title: varied, key: varied),
    ]
    columns += others.map(Self.axisColumn)
    columns += [
      seedsColumn, fitTimeColumn, .estimate(title: say("Mean IoU", "IoU moyenne"), key: "mean_iou"),
      .estimate(title: say("Mean Dice", "Dice moyen"), key: "mean_dice"),
      .estimate(title: say("Accuracy", "Exactitude"), key: "accuracy"),
      .difference(title: say("Mean IoU gained", "Gain d'IoU moyenne"), key: "difference"),
      .init(title: "Verdict", key: "verdict"),
    ]
    let positions = index.groupAxes.enumerated()
      .filter { others.contains($0.element) }.map(\.offset)
    let rows = families.flatMap { family -> [[Table.Value]] in
      let metrics = [Metric.meanIoU, .meanDice, .accuracy].map { estimates(family, $0) }
      return family.enumerated().map { place, group in
        let difference = place == 0 ? nil : group.scores.difference(.meanIoU, from: family[0].scores)
        let verdict = place == 0 ? phrase("reference", "référence") : difference.map { phrase($0.verdict) }
        var row: [Table.Value] = [.text(group.model), .text(value(group))]
        row += positions.map { .text(group.axisValues[$0] ?? "–") }
        row += [.whole(group.records.count), .seconds(group.fitSeconds)]
        return row + metrics.map { $0[place] } + [.difference(difference), verdict ?? .text("–")]
      }
    }
    return Table(columns: columns, rows: rows)
  }

  private func phrase(_ verdict: Difference.Verdict) -> Table.Value {
    switch verdict {
    case .gain: phrase(verdict.rawValue, "gain")
    case .drop: phrase(verdict.rawValue, "perte")
    case .undecided: phrase(verdict.rawValue, "indécis")
    }
  }

  // MARK: Robustness

  /// The names of all conditions that some group has been tested under, clear weather first.
  var testedConditions: [String] { ["clean"] + Set(shown.flatMap(\.conditions.keys)).sorted() }

  func scores(_ group: Group, under condition: String) -> SeededScores? {
    condition == "clean" ? group.scores : group.conditions[condition]
  }

  var robustnessSection: ReportSection? {
    let conditions = testedConditions
    guard conditions.count > 1 else { return nil }
    let models = uniqued(shown.map(\.model))
    var marks: [[Bool]] = shown.map { _ in conditions.map { _ in false } }
    for model in models {
      for (column, condition) in conditions.enumerated() {
        let tested = shown.indices.filter { shown[$0].model == model && scores(shown[$0], under: condition) != nil }
        let best = SeededScores.best(tested.compactMap { scores(shown[$0], under: condition) }, by: .meanIoU)
        for (place, row) in tested.enumerated() { marks[row][column] = best[place] && tested.count > 1 }
      }
    }
    let rows = shown.enumerated().map { row, group in
      groupValues(group) + [.whole(group.records.count)]
        + conditions.enumerated().map { column, condition -> Table.Value in
          let value = Table.Value.estimate(scores(group, under: condition)?.estimate(.meanIoU), digits: 3)
          return marks[row][column] ? .bold(value) : value
        }
    }
    let table = Table(
      columns: groupColumns + [seedsColumn] + conditions.map { .estimate(title: $0, key: $0) }, rows: rows)
    let note = say(
      "Mean IoU by what a model was trained with (rows) and tested under (columns). \(headlineNote) Conditions change the "
        + "test pictures alone, the same way for every model. Bold by model and condition.",
      "IoU moyenne selon l'apprentissage (lignes) et la condition de test (colonnes). \(headlineNote) Les conditions ne "
        + "modifient que les images de test, de la même façon pour tous les modèles. Le gras départage, sous chaque "
        + "condition, les lignes d'un même modèle.")
    return ReportSection(
      title: say("Robustness", "Robustesse"),
      blocks: [
        .table(ReportTable(name: "robustness", note: note, table: table)), .figure(robustnessFigure(marks)),
      ])
  }

  private func robustnessFigure(_ marks: [[Bool]]) -> ReportFigure {
    let conditions = testedConditions
    let panel = HeatMaps.Panel(
      title: "", rows: shown.map(\.label), columns: conditions,
      values: shown.map { group in conditions.map { scores(group, under: $0)?.mean(.meanIoU) } }, marked: marks)
    let all = panel.values.joined().compactMap { $0 }
    let range = (all.min() ?? 0)...max((all.max() ?? 1), (all.min() ?? 0) + 0.01)
    let maps = HeatMaps(
      panels: [panel], rowTitle: say("trained with", "entraîné avec"), columnTitle: say("tested under", "testé sous"),
      range: range)
    return ReportFigure(
      name: "robustness",
      caption: say(
        "Test mean IoU by training (rows) and test condition (columns), protocol \(index.headline.rawValue); bold: the "
          + "best of each model in a column, and what can't be told from it",
        "IoU moyenne de test selon l'apprentissage (lignes) et la condition de test (colonnes), protocole "
          + "\(index.headline.rawValue) ; en gras, la meilleure valeur de chaque modèle dans une colonne et celles qui "
          + "ne s'en distinguent pas")
    ) { try maps.draw(to: $0, name: $1) }
  }

  /// The values, each at its first place alone.
  func uniqued(_ values: [String]) -> [String] {
    var seen: Set<String> = []
    return values.filter { seen.insert($0).inserted }
  }
}
