import Scenes

extension Report {
  /// What the headline protocol is, for notes.
  var headlineNote: String {
    let (name, summary) = (index.headline.rawValue, index.headline.summary(in: language))
    return say("Test scenes, protocol `\(name)`: \(summary).", "Scènes de test, protocole `\(name)` : \(summary).")
  }

  /// The column of fit times.
  var fitTimeColumn: Table.Column { .init(title: say("Fit time", "Temps d'apprentissage"), key: "fit_seconds") }

  /// The column of how many seeds a row is of.
  var seedsColumn: Table.Column { .init(title: say("Seeds", "Graines"), key: "seeds") }

  /// The column of an axis: titles have the last part of its key, as sections would make them wide.
  static func axisColumn(_ axis: String) -> Table.Column {
    .init(title: axis.split(separator: ".").last.map(String.init) ?? axis, key: axis)
  }

  /// The columns that tell groups apart.
  var groupColumns: [Table.Column] {
    [.init(title: say("Model", "Modèle"), key: "model")]
      + index.groupAxes.map(Self.axisColumn)
  }

  /// The values of those columns.
  func groupValues(_ group: Group) -> [Table.Value] {
    [.text(group.model)] + group.axisValues.map { .text($0 ?? "–") }
  }

  /// The estimates of a metric, one a group; those that are best or tie with the best in bold.
  func estimates(_ groups: [Group], _ metric: Metric) -> [Table.Value] {
    let best = SeededScores.best(groups.map(\.scores), by: metric)
    return groups.indices.map { index in
      let value = Table.Value.estimate(groups[index].scores.estimate(metric))
      return best[index] && groups.count > 1 ? .bold(value) : value
    }
  }

  /// The mean IoU near borders, one a group; the best in bold where all have it.
  private func borderEstimates(_ groups: [Group]) -> [Table.Value] {
    let scores = groups.compactMap(\.borders)
    let best = scores.count == groups.count ? SeededScores.best(scores, by: .meanIoU) : groups.map { _ in false }
    return zip(groups, best).map { group, isBest in
      let value = Table.Value.estimate(group.borders?.estimate(.meanIoU))
      return isBest && groups.count > 1 ? .bold(value) : value
    }
  }

  var resultsSection: ReportSection? {
    var note = say(
      "\(headlineNote) Mean IoU and mean Dice are over the categories present in truth or prediction; flat IoU is "
        + "summed over categories (the flat Dice of hard masks equals the accuracy).",
      "\(headlineNote) L'IoU moyenne et le Dice moyen portent sur les catégories présentes dans la vérité terrain ou la "
        + "prédiction ; l'IoU globale se calcule sur les pixels de toutes les catégories réunies (le Dice global de "
        + "masques durs est égal à l'exactitude).")
    note += say(
      " Mean IoU at borders: protocol `borders`, \(ScoringProtocol.borders.summary(in: language)).",
      " IoU moyenne aux frontières : protocole `borders`, \(ScoringProtocol.borders.summary(in: language)).")
    if index.headline == .official {
      note += say(
        " iIoU weighs every human and vehicle alike, whatever its size.",
        " L'iIoU donne le même poids à chaque personne et à chaque véhicule, quelle que soit sa taille.")
    }
    return ReportSection(
      title: say("Results", "Résultats"),
      blocks: [.table(ReportTable(name: "results", note: note, table: resultsTable))])
  }

  var resultsTable: Table {
    let columns =
      groupColumns + [
        seedsColumn, fitTimeColumn, .estimate(title: say("Mean IoU", "IoU moyenne"), key: "mean_iou"),
        .estimate(title: say("Flat IoU", "IoU globale"), key: "flat_iou"),
        .estimate(title: say("Mean Dice", "Dice moyen"), key: "mean_dice"),
        .estimate(title: say("Accuracy", "Exactitude"), key: "accuracy"),
        .estimate(title: say("Mean IoU at borders", "IoU moyenne aux frontières"), key: "border_mean_iou"),
        .init(title: "iIoU", key: "mean_instance_iou"),
        .init(title: say("Categories", "Catégories"), key: "categories_averaged"),
        .init(title: say("Train mean IoU", "IoU moyenne d'apprentissage"), key: "train_mean_iou"),
        .init(title: say("Train accuracy", "Exactitude d'apprentissage"), key: "train_accuracy"),
      ]
    let metrics = [Metric.meanIoU, .flatIoU, .meanDice, .accuracy].map { estimates(shown, $0) }
    let borders = borderEstimates(shown)
    let headline = index.headline
    let rows = shown.enumerated().map { place, group -> [Table.Value] in
      groupValues(group) + [.whole(group.records.count), .seconds(group.fitSeconds)] + metrics.map { $0[place] } + [
        borders[place], .score(group.mean(.test, headline, \.meanInstanceIoU)),
        .whole(group.records[0].scores(.test, headline)?.categoriesAveraged),
        .score(group.mean(.training, headline, \.meanIoU)), .score(group.mean(.training, headline, \.accuracy)),
      ]
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  var categoriesSection: ReportSection? {
    let categories = index.headline.categories
    let marks = categories.map { SeededScores.best(shown.map(\.scores), by: .iou($0)) }
    let rows = shown.enumerated().map { place, group -> [Table.Value] in
      groupValues(group)
        + categories.indices.map { category in
          let value = Table.Value.score(group.scores.mean(.iou(categories[category])), digits: 3)
          return marks[category][place] && shown.count > 1 ? .bold(value) : value
        }
    }
    let table = Table(
      columns: groupColumns + categories.map { .init(title: $0.name, key: $0.name) }, rows: rows)
    let note = say(
      "\(headlineNote) Means over seeds. A dash: the category is neither in the truth nor predicted.",
      "\(headlineNote) Moyennes sur les graines. Un tiret : la catégorie n'est ni dans la vérité terrain ni dans la "
        + "prédiction.")
    return ReportSection(
      title: say("IoU by category", "IoU par catégorie"),
      blocks: [.table(ReportTable(name: "iou_by_category", note: note, table: table))])
  }

  /// The whole grid, where tables show the best of it alone.
  var gridSection: ReportSection? {
    guard index.select != nil else { return nil }
    let columns =
      groupColumns + [
        fitTimeColumn,
        .init(title: say("Validation mean IoU", "IoU moyenne de validation"), key: "validation_mean_iou"),
        .estimate(title: say("Test mean IoU", "IoU moyenne de test"), key: "test_mean_iou"),
        .difference(
          title: say("Test mean IoU against the selected", "Écart d'IoU moyenne de test avec la cellule retenue"),
          key: "difference"),
        seedsColumn,
      ]
    let rows = groups.map { group -> [Table.Value] in
      let selected = shown.first { $0.selectionKey == group.selectionKey }
      let isSelected = selected.map { $0.settings == group.settings } ?? false
      let validation = Table.Value.score(group.mean(.validation, index.headline, \.meanIoU))
      return groupValues(group) + [
        .seconds(group.fitSeconds), isSelected ? .bold(validation) : validation,
        .estimate(group.scores.estimate(.meanIoU)),
        .difference(isSelected ? nil : selected.flatMap { group.scores.difference(.meanIoU, from: $0.scores) }),
        .whole(group.records.count),
      ]
    }
    let note = say(
      "The tables above show, of the cells that differ in hyperparameters alone, the one with the best validation mean "
        + "IoU, in bold here; this is all of them. Protocol `\(index.headline.rawValue)`.",
      "Parmi les cellules qui ne diffèrent que par leurs hyperparamètres, les tableaux ci-dessus montrent celle qui a la "
        + "meilleure IoU moyenne de validation, en gras ici ; les voici toutes. Protocole `\(index.headline.rawValue)`."
    )
    return ReportSection(
      title: say("The whole grid", "Grille complète"),
      blocks: [.table(ReportTable(name: "grid", note: note, table: Table(columns: columns, rows: rows)))])
  }

  var importancesSection: ReportSection? {
    let forests = shown.filter { $0.records[0].fit.featureImportances != nil }
    guard !forests.isEmpty else { return nil }
    let rows = forests.flatMap { group in
      let names = (group.records[0].fit.featureImportances ?? [:]).keys
      let means = names.map { name in (name, group.mean { $0.fit.featureImportances?[name] } ?? 0) }
      return means.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(10).map {
        [Table.Value.text(group.label), .text($0.0), .score($0.1)]
      }
    }
    let table = Table(
      columns: [
        .init(title: say("Forest", "Forêt"), key: "forest"),
        .init(title: say("Feature", "Caractéristique"), key: "feature"),
        .init(title: "Importance", key: "importance"),
      ], rows: rows)
    let note = say(
      "The ten features with the largest share in a forest's decrease of Gini impurity.",
      "Les dix caractéristiques qui contribuent le plus à la diminution de l'impureté de Gini dans une forêt.")
    return ReportSection(
      title: say("Feature importances", "Importance des caractéristiques"),
      blocks: [.table(ReportTable(name: "feature_importances", note: note, table: table))])
  }
}
