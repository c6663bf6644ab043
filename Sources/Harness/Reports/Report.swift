import Compute
import Foundation
import Logging
import Scenes

/// The report of one experiment, made from its stored runs alone: the same runs give the same bytes.
public struct Report {
  private let experiment: Experiment
  private let index: RunStore.Index
  private let environment: RunEnvironment
  private let records: [RunStore.Record]
  private let store: RunStore
  private let logger: Logger

  typealias RunEnvironment = Environment

  /// Gathers the finished cells of `store`.
  ///
  /// - Throws: `HarnessError.noRun` where there are none.
  public init(_ store: RunStore, logger: Logger) throws {
    self.store = store
    self.logger = logger
    experiment = try store.experiment()
    index = try store.index()
    environment = try store.environment()
    records = try index.cells.compactMap(store.record(of:))
    guard !records.isEmpty else {
      throw HarnessError.noRun(folder: store.folder.path, reason: "no cell is finished yet")
    }
  }

  /// Writes `report.md`, `tables/*.csv` and `figures/`.
  ///
  /// - Returns: the file of the report.
  public func write(to folder: URL) throws -> URL {
    let figures = folder.appendingPathComponent("figures")
    try Files.makeFolder(figures)
    var text = heading
    for (title, name, note, table) in tables {
      text += "## \(title)\n\n\(note)\n\n\(table.markdown)\n[CSV](tables/\(name).csv)\n\n"
      try Files.write(table.csv, to: folder.appendingPathComponent("tables/\(name).csv"))
    }
    if Gnuplot.isInstalled {
      text += try drawFigures(in: figures)
    } else {
      logger.warning("gnuplot is not installed, so the report has no figures")
      text += "## Figures\n\nLeft out: gnuplot is not installed.\n\n"
    }
    text += provenance
    let file = folder.appendingPathComponent("report.md")
    try Files.write(text, to: file)
    return file
  }

  /// The results table for a terminal.
  public var summary: String { results.plain }

  // MARK: Text

  private var heading: String {
    let counts = index.sceneCounts
    let size = records[0].settings.data.size
    var text = "# \(experiment.name)\n\n"
    if !experiment.about.isEmpty { text += "\(experiment.about)\n\n" }
    text += "Scenes: \(counts[.training] ?? 0) for training, \(counts[.validation] ?? 0) for validation "
    text +=
      "(whole cities or sequences of their own), \(counts[.test] ?? 0) for the test (the dataset's own val split), "
    text += "all at \(size), the size at which scores are taken. "
    if index.skipped > 0 { text += "\(index.skipped) bad scenes were left out. " }
    text += "\(index.citation).\n\n"
    let missing = index.cells.count - records.count
    if missing > 0 { text += "**\(missing) of \(index.cells.count) cells are not finished and are missing here.**\n\n" }
    return text
  }

  private var provenance: String {
    let facts: [(String, String)] = [
      ("command", "`\(environment.command)`"), ("program", "segbench \(environment.programVersion)"),
      ("commit", environment.commit ?? "unknown"), ("data", environment.data),
      ("processor", "\(environment.processor), \(environment.cores) cores, \(environment.memoryGiB) GiB"),
      ("threads", "\(environment.threads)"), ("BLAS kernel", environment.blasKernel), ("system", environment.system),
    ]
    var text = "## How it was made\n\n| | |\n| --- | --- |\n"
    for (name, value) in facts { text += "| \(name) | \(value.replacingOccurrences(of: "|", with: "\\|")) |\n" }
    text += "\nEvery row comes from a run in `runs/\(experiment.name)/`:\n\n"
    for record in records { text += "- \(label(record)): `\(record.cell)`\n" }
    return text
  }

  // MARK: Tables

  /// Title, file name, note and contents of each table.
  private var tables: [(String, String, String, Table)] {
    let headline = index.headline
    return [
      (
        "Results", "results",
        "Protocol `\(headline.rawValue)`: \(headline.summary). Mean IoU and mean Dice are over the categories present "
          + "in truth or prediction; flat IoU is summed over categories (the flat Dice of hard masks equals the accuracy); "
          + "iIoU weighs every human and vehicle alike, whatever its size, where instance ids exist.",
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
    ]
  }

  private var results: Table {
    let shown = axes
    let columns =
      [Table.Column(title: "Model", key: "model")] + shown.map { Table.Column(title: $0, key: $0) }
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
    let rows = records.map { record -> [Table.Value] in
      let test = record.scores(.test, index.headline)
      let train = record.scores(.training, index.headline)
      return [.text(record.settings.model)] + axisValues(record)
        + [
          .seconds(record.fit.seconds), .score(test?.meanIoU), .score(test?.flatIoU), .score(test?.meanDice),
          .score(test?.accuracy), .score(test?.meanInstanceIoU), .whole(test?.categoriesAveraged),
          .score(train?.meanIoU), .score(train?.accuracy),
        ]
    }
    return Table(columns: columns, rows: rows)
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
    let rows = records.map { record -> [Table.Value] in
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
    let rows = records.map { record -> [Table.Value] in
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
  private func label(_ record: RunStore.Record) -> String {
    let values = axisValues(record).compactMap { value -> String? in
      if case .text(let text) = value, text != "–" { text } else { nil }
    }
    return ([record.settings.model] + values).joined(separator: " ")
  }

  // MARK: Figures

  private func drawFigures(in folder: URL) throws -> String {
    var text = ""
    if !index.panel.isEmpty {
      try Figures.masks(maskColumns(), to: folder.appendingPathComponent("masks.png"))
      text += "## Masks\n\nTest scenes: picture, truth, and what each model says"
      text += records.count > Set(records.map(\.settings.model)).count ? " (its best cell).\n\n" : ".\n\n"
      text += "![Picture, truth and masks of each model](figures/masks.png)\n\n"
    }
    let curves = try records.compactMap { record -> Figures.Curve? in
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
    for record in records where seen.insert(record.settings.model).inserted {
      let best = records.filter { $0.settings.model == record.settings.model }.max {
        ($0.scores(.test, index.headline)?.meanIoU ?? 0) < ($1.scores(.test, index.headline)?.meanIoU ?? 0)
      }
      let folder = store.predictions(of: (best ?? record).cell)
      columns.append((record.settings.model, try masks { folder.appendingPathComponent("\($0)_labelIds.png") }))
    }
    return columns
  }
}
