import Compute
import Foundation
import Logging
import Scenes

/// The report of one experiment, made from its stored runs alone: the same runs give the same bytes.
public struct Report {
  let store: RunStore
  let experiment: Experiment
  let index: RunStore.Index
  /// All groups of finished cells.
  let groups: [Group]
  /// Those that tables and figures show: the best of each grid where the experiment selects, else all.
  let shown: [Group]
  /// The cells that are missing, with the reason where one is known.
  let absent: [AbsentCell]
  /// What is read, in order.
  private(set) var sections: [ReportSection] = []
  private let logger: Logger

  /// Figures of other reports that can stand beside an experiment's own.
  public enum Beside: String, CaseIterable, Sendable {
    /// Those of the earlier reports that this program's protocols and recipes come from.
    case seeds
  }

  /// Gathers the finished cells of `store`; one that is damaged is named and left out.
  ///
  /// - Throws: `HarnessError.noRun` where there are none; errors of the experiment's own files.
  public init(_ store: RunStore, beside: Beside? = nil, logger: Logger) throws {
    self.store = store
    self.logger = logger
    experiment = try store.experiment()
    index = try store.index()
    var reader = ReportReader(store, index)
    groups = reader.groups()
    absent = reader.absent
    for cell in absent where cell.state == .damaged { logger.warning("left out: \(cell.cell): \(cell.reason)") }
    guard !groups.isEmpty else {
      throw HarnessError.noRun(
        folder: store.folder.path,
        reason: absent.first { $0.state == .damaged }.map { "no cell can be used; \($0.cell): \($0.reason)" }
          ?? "no cell is finished yet")
    }
    shown = index.select == nil ? groups : Self.best(groups, under: index.headline)
    sections = [
      absenceSection, resultsSection, earlierFormSection(beside), categoriesSection, lossesSection,
      augmentationsSection, robustnessSection, gridSection, importancesSection, curvesSection, confusionSection,
      masksSection, costSection, provenanceSection,
    ].compactMap { $0 }
  }

  /// The best by validation mean IoU of the groups that share model, loss and augmentation, in their order.
  private static func best(_ groups: [Group], under headline: ScoringProtocol) -> [Group] {
    func score(_ group: Group) -> Double { group.mean(.validation, headline, \.meanIoU) ?? -1 }
    var order: [[String]] = []
    var chosen: [[String]: Group] = [:]
    for group in groups {
      let key = group.selectionKey
      guard let rival = chosen[key] else {
        order.append(key)
        chosen[key] = group
        continue
      }
      if score(group) > score(rival) { chosen[key] = group }
    }
    return order.compactMap { chosen[$0] }
  }

  /// The table called `name`, where the experiment has the data for it.
  func table(_ name: String) -> ReportTable? {
    sections.flatMap(\.tables).first { $0.name == name }
  }

  /// Writes `report.md`, `tables/*.csv` and `figures/`.
  ///
  /// - Returns: the file of the report.
  public func write(to folder: URL) throws -> URL {
    for (name, text) in tableFiles { try Files.write(text, to: folder.appendingPathComponent(name)) }
    let hasFigures = Gnuplot.isInstalled
    if hasFigures {
      let figures = folder.appendingPathComponent("figures")
      try Files.makeFolder(figures)
      let all = sections.flatMap(\.figures)
      nonisolated(unsafe) let drawn = all
      _ = try Parallel.map(drawn.count) { try drawn[$0].draw(figures, drawn[$0].name) }
    } else {
      logger.warning("gnuplot is not installed, so the report has no figures")
    }
    let file = folder.appendingPathComponent("report.md")
    try Files.write(markdown(hasFigures: hasFigures), to: file)
    return file
  }

  /// The text of `report.md`.
  package func markdown(hasFigures: Bool) -> String {
    var text = heading
    if !hasFigures { text += "Figures are left out: gnuplot is not installed.\n\n" }
    text += sections.map { $0.markdown(hasFigures: hasFigures) }.joined()
    return text.trimmingCharacters(in: .newlines) + "\n"
  }

  /// The path of each CSV file within the report's folder, and its text.
  package var tableFiles: [(name: String, text: String)] {
    sections.flatMap(\.tables).map { ("tables/\($0.name).csv", $0.table.csv) } + [("tables/cells.csv", cellsTable.csv)]
  }

  /// The results table for a terminal.
  public var summary: String { resultsTable.plain }

  private var heading: String {
    let counts = index.sceneCounts
    var text = "# \(experiment.name)\n\n"
    if !experiment.about.isEmpty { text += "\(experiment.about)\n\n" }
    text += "Scenes: \(counts[.training] ?? 0) for training, \(counts[.validation] ?? 0) for validation "
    text +=
      "(whole cities or sequences of their own), \(counts[.test] ?? 0) for the test (the dataset's own val split), "
    text += "all at \(groups[0].settings.data.size), the size at which scores are taken. "
    if index.skipped > 0 { text += "\(index.skipped) bad scenes were left out. " }
    return text + "\(index.citation).\n\n" + statistics + "\n\n"
  }

  /// How intervals and marks are meant; every table's note relies on it.
  private var statistics: String {
    var text =
      "Brackets hold 95 % intervals: percentiles of \(Table.grouped(Bootstrap.standardResamples)) bootstrap resamples of the "
    text += "test scenes, each scored as one confusion matrix. "
    let counts = Set(shown.map(\.records.count))
    if counts == [1] {
      text += "Every row is one seed, so **the noise between seeds is not in the intervals**: another seed may move a "
      text += "score by more than they say. "
    } else {
      text += "Scores are means over seeds, ± their standard deviation, and resamples draw seeds too"
      text += counts.contains(1) ? "; a row of one seed has no noise of seeds in its interval. " : ". "
    }
    if let tested = index.sceneCounts[.test], tested < 60 {
      text +=
        "With only \(tested) test scenes intervals are somewhat too narrow: in simulations those of 20 pictures held "
      text += "the truth in 87 of 100 experiments, those of 100 in 91, of 300 in 94. "
    }
    text += "Differences are paired: both sides see the same resamples. One is called a gain or a drop only where its "
    text +=
      "interval excludes zero. Bold are the best of a column and all that can't be told from it. Intervals are not "
    return text + "widened for the number of comparisons."
  }

  /// The absent cells, where there are any.
  private var absenceSection: ReportSection? {
    guard !absent.isEmpty else { return nil }
    let table = Table(
      columns: [
        .init(title: "Cell", key: "cell"), .init(title: "State", key: "state"), .init(title: "Why", key: "reason"),
      ],
      rows: absent.map { [.text($0.cell), .text($0.state.rawValue), .text($0.reason.isEmpty ? "–" : $0.reason)] })
    let note =
      "**\(absent.count) of \(index.cells.count) cells are not in this report.**"
      + (groups.contains { $0.records.count < (groups.map(\.records.count).max() ?? 0) }
        ? " Rows with fewer seeds than others are incomplete." : "")
    return ReportSection(
      title: "What is missing", blocks: [.table(ReportTable(name: "missing", note: note, table: table))])
  }
}
