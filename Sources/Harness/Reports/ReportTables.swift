import Scenes

extension Report {
  /// Title, file name, note and contents of each table.
  var tables: [(String, String, String, Table)] {
    let headline = index.headline
    return [
      (
        "Results", "results",
        "Protocol `\(headline.rawValue)`: \(headline.summary). Mean IoU and mean Dice are over the categories present "
          + "in truth or prediction; flat IoU is summed over categories (the flat Dice of hard masks equals the accuracy)."
          + (headline == .official ? " iIoU weighs every human and vehicle alike, whatever its size." : ""),
        results
      ),
      (
        "In the form of the earlier reports", "seed_protocol",
        "Protocol `eight`: \(ScoringProtocol.eight.summary). IoU and Dice are the flat soft ones, from probabilities, "
          + "so a linear SVC has none.",
        seedProtocol
      ),
      (
        "IoU by category", "iou_by_category",
        "Test scenes, protocol `\(headline.rawValue)`. A dash: the category is neither in the truth nor predicted.",
        byCategory
      ),
    ] + optionalTables
  }

  /// The tables that only some experiments have the data for.
  private var optionalTables: [(String, String, String, Table)] {
    var tables: [(String, String, String, Table)] = []
    if index.select != nil {
      tables.append(
        (
          "The whole grid", "grid",
          "The tables above show the best cell of each grid by validation mean IoU; here are all of them, under protocol "
            + "`\(index.headline.rawValue)`.", grid
        ))
    }
    let forests = shown.filter { $0.fit.featureImportances != nil }
    if !forests.isEmpty {
      tables.append(
        (
          "Feature importances", "feature_importances",
          "The ten features with the largest share in a forest's decrease of Gini impurity.", importances(forests)
        ))
    }
    return tables
  }

  private var grid: Table {
    let columns =
      [Table.Column(title: "Model", key: "model")] + axes.map { Table.Column(title: $0, key: $0) }
      + [
        .init(title: "Fit time", key: "fit_seconds"),
        .init(title: "Validation mean IoU", key: "validation_mean_iou", marksBest: true),
        .init(title: "Test mean IoU", key: "test_mean_iou"),
      ]
    return Table(
      columns: columns,
      rows: records.map { record in
        [.text(record.settings.model)] + axisValues(record)
          + [
            .seconds(record.fit.seconds), .score(record.scores(.validation, index.headline)?.meanIoU),
            .score(record.scores(.test, index.headline)?.meanIoU),
          ]
      })
  }

  private func importances(_ forests: [RunStore.Record]) -> Table {
    let rows = forests.flatMap { record in
      (record.fit.featureImportances ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10).map {
        [Table.Value.text(label(record)), .text($0.key), .score($0.value)]
      }
    }
    return Table(
      columns: [
        .init(title: "Forest", key: "forest"), .init(title: "Feature", key: "feature"),
        .init(title: "Importance", key: "importance"),
      ], rows: rows)
  }

  var results: Table {
    let columns =
      [Table.Column(title: "Model", key: "model")] + axes.map { Table.Column(title: $0, key: $0) }
      + [
        .init(title: "Fit time", key: "fit_seconds"),
        .init(title: "Mean IoU", key: "mean_iou", marksBest: true),
        .init(title: "Flat IoU", key: "flat_iou", marksBest: true),
        .init(title: "Mean Dice", key: "mean_dice", marksBest: true),
        .init(title: "Accuracy", key: "accuracy", marksBest: true),
        .init(title: "iIoU", key: "mean_instance_iou", marksBest: true),
        .init(title: "Categories", key: "categories_averaged"),
        .init(title: "Train mean IoU", key: "train_mean_iou"),
        .init(title: "Train accuracy", key: "train_accuracy"),
      ]
    let rows = shown.map { record -> [Table.Value] in
      let test = record.scores(.test, index.headline)
      let train = record.scores(.training, index.headline)
      return [.text(record.settings.model)] + axisValues(record)
        + [
          .seconds(record.fit.seconds), .score(test?.meanIoU), .score(test?.flatIoU), .score(test?.meanDice),
          .score(test?.accuracy), .score(test?.meanInstanceIoU), .whole(test?.categoriesAveraged),
          .score(train?.meanIoU), .score(train?.accuracy),
        ]
    }
    return Table(columns: columns, rows: rows).withoutEmptyScores
  }

  private var seedProtocol: Table {
    let columns =
      [Table.Column(title: "Model", key: "model")] + axes.map { Table.Column(title: $0, key: $0) }
      + [
        .init(title: "Fit time", key: "fit_seconds"), .init(title: "IoU", key: "soft_flat_iou", marksBest: true),
        .init(title: "Dice", key: "soft_flat_dice", marksBest: true),
        .init(title: "Accuracy", key: "accuracy", marksBest: true),
        .init(title: "Mean IoU", key: "mean_iou", marksBest: true),
        .init(title: "Parameters", key: "parameters"), .init(title: "Epochs", key: "epochs"),
        .init(title: "Best epoch", key: "best_epoch"),
      ]
    let rows = shown.map { record -> [Table.Value] in
      let test = record.scores(.test, .eight)
      return [.text(record.settings.model)] + axisValues(record)
        + [
          .seconds(record.fit.seconds), .score(test?.softFlatIoU), .score(test?.softFlatDice), .score(test?.accuracy),
          .score(test?.meanIoU), .whole(record.fit.parameters), .whole(record.fit.epochs), .whole(record.fit.bestEpoch),
        ]
    }
    return Table(columns: columns, rows: rows)
  }

  private var byCategory: Table {
    let columns =
      [Table.Column(title: "Model", key: "model")] + axes.map { Table.Column(title: $0, key: $0) }
      + index.headline.categories.map { Table.Column(title: $0.name, key: $0.name, marksBest: true) }
    let rows = shown.map { record -> [Table.Value] in
      let scores = record.scores(.test, index.headline)
      let iou = scores?.iou ?? index.headline.categories.map { _ in nil }
      return [.text(record.settings.model)] + axisValues(record) + iou.map { .score($0, digits: 3) }
    }
    return Table(columns: columns, rows: rows)
  }

  /// The axes beside the model.
  private var axes: [String] { index.axes.filter { $0 != "model" } }

  private func axisValues(_ record: RunStore.Record) -> [Table.Value] {
    let definition = try? Models.named(record.settings.model)
    return axes.map { axis in
      let path = axis.split(separator: ".").map(String.init)
      let value = definition?.uses(path[0]) == true ? Experiment.value(at: path, of: record.settings) : nil
      return .text(value.map { "\($0)" } ?? "–")
    }
  }

  /// What tells a record apart in lists and legends.
  func label(_ record: RunStore.Record) -> String {
    let values = axisValues(record).compactMap { value -> String? in
      if case .text(let text) = value, text != "–" { text } else { nil }
    }
    return ([record.settings.model] + values).joined(separator: " ")
  }
}
