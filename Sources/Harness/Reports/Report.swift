import Compute
import Foundation
import Logging
import Scenes

/// The report of one experiment, made from its stored runs alone: the same runs give the same bytes.
public struct Report {
  let experiment: Experiment
  let index: RunStore.Index
  private let environment: Environment
  /// All finished cells.
  let records: [RunStore.Record]
  /// Those that tables and figures show: the best of each grid where the experiment selects, else all.
  let shown: [RunStore.Record]
  let store: RunStore
  private let logger: Logger

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
    shown = index.select == nil ? records : Self.best(records, under: index.headline)
  }

  /// The best by validation mean IoU of the cells that share model, loss, augmentation and seed, in their order.
  private static func best(_ records: [RunStore.Record], under headline: ScoringProtocol) -> [RunStore.Record] {
    func score(_ record: RunStore.Record) -> Double { record.scores(.validation, headline)?.meanIoU ?? -1 }
    var chosen: [RunStore.Record] = []
    for record in records {
      let twin = chosen.firstIndex {
        let (a, b) = ($0.settings, record.settings)
        return a.model == b.model && a.loss == b.loss && a.augmentation == b.augmentation && a.seed == b.seed
      }
      if let twin {
        if score(record) > score(chosen[twin]) { chosen[twin] = record }
      } else {
        chosen.append(record)
      }
    }
    return chosen
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
    for record in records {
      text += "- \(label(record)): `\(record.cell)`, \(Table.grouped(record.fit.pixels)) training pixels"
      let isClassifier = (try? Models.named(record.settings.model).family) == .classifier
      text += isClassifier ? " (sampling \(record.settings.features.sampling))\n" : "\n"
    }
    return text
  }
}
