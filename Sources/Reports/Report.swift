import Compute
import Foundation
import Harness
import Logging
import Scenes
import Storage
import Streets

/// The report of one experiment, made from its stored runs alone: the same runs give the same bytes.
package struct Report {
  /// The language of all that is read; CSV is the same in every one.
  let language: Language
  private let runs: MergedRuns
  var store: RunStore { runs.store }
  package var experiment: Experiment { runs.experiment }
  var index: RunStore.Index { runs.index }
  /// All groups of finished cells.
  let groups: [Group]
  /// Those that tables and figures show: the best of each grid where the experiment selects, else all.
  let shown: [Group]
  /// The order and the drives of the test pictures.
  let test: TestOrder
  /// All differences on clear pictures that are judged, together.
  private(set) var judged: JudgedContrasts
  /// What augmentations gain and how models stand under weather, judged together by themselves.
  private(set) var judgedUnderWeather: JudgedContrasts
  /// Those of all models, where they were measured together.
  let frameTimes: FrameTimes?
  /// The cells that are missing, with the reason where one is known.
  let absent: [AbsentCell]
  /// Whose figures stand beside the experiment's own; nil for nobody's.
  let beside: Beside?
  /// The names of the experiments that it is of.
  var experimentNames: [String] { runs.experimentNames }
  /// The name of the experiment that a cell is of.
  func experimentName(of cell: String) -> String { runs.experimentName(of: cell) }
  /// The classes of the scenes.
  var classes: ClassSet { index.classes }
  /// What is read, in order.
  private(set) var parts: [MadeSection<Report>] = []
  private let logger: Logger

  /// Figures of other reports that can stand beside an experiment's own.
  package enum Beside: String, CaseIterable, Sendable {
    /// Those of the earlier reports that this program's protocols and recipes come from.
    case seeds
  }

  /// Gathers the finished cells of `store`; one that is damaged is named and left out.
  ///
  /// - Throws: `HarnessError.noRun` where there are none; errors of the experiment's own files.
  package init(_ store: RunStore, beside: Beside? = nil, language: Language = .english, logger: Logger) throws {
    try self.init(MergedRuns([store]), beside: beside, language: language, logger: logger)
  }

  /// Gathers the finished cells of one or several experiments.
  ///
  /// - Throws: as `init(_:beside:language:logger:)` of a store.
  package init(_ runs: MergedRuns, beside: Beside? = nil, language: Language = .english, logger: Logger) throws {
    self.language = language
    self.beside = beside
    self.runs = runs
    self.logger = logger
    let (store, experiment, index) = (runs.store, runs.experiment, runs.index)
    var reader = try ReportReader(store, index, store.frameTimes())
    groups = reader.groups()
    absent = reader.absent
    frameTimes = reader.frameTimes
    for cell in absent where cell.state == .damaged { logger.warning("left out: \(cell.cell): \(cell.reason)") }
    guard !groups.isEmpty else {
      throw HarnessError.noRun(
        folder: store.folder.path,
        reason: absent.first { $0.state == .damaged }.map { "no cell can be used; \($0.cell): \($0.reason)" }
          ?? "no cell is finished yet")
    }
    guard let test = reader.test else { preconditionFailure("groups of cells without test pictures") }
    self.test = test
    shown = index.select == nil ? groups : Self.best(groups, under: index.headline)
    judged = JudgedContrasts([], margin: experiment.margin)
    judgedUnderWeather = judged
    judged = JudgedContrasts(contrasts, margin: experiment.margin)
    judgedUnderWeather = JudgedContrasts(weatherContrasts, margin: experiment.margin)
    parts = MadeSection.all(Self.sectionTypes, of: self)
  }

  /// The best by validation mean IoU of the groups that share model, loss and augmentation, in their order.
  private static func best(_ groups: [Group], under headline: ScoringProtocol) -> [Group] {
    var order: [[String]] = []
    var chosen: [[String]: Group] = [:]
    for group in groups {
      let key = group.selectionKey
      guard let rival = chosen[key] else {
        order.append(key)
        chosen[key] = group
        continue
      }
      if group.validationScore(headline) > rival.validationScore(headline) { chosen[key] = group }
    }
    return order.compactMap { chosen[$0] }
  }

  private var sections: [ReportSection] { parts.map(\.section) }

  /// The name of the report's file: `report.md`, in French `report.fr.md`.
  package var fileName: String { "report\(language.fileMark).md" }

  /// Writes the report's file, `tables/*.csv` and `.tex`, `figures/` and `cards/`. Reports in several languages share a
  /// folder and its CSV.
  ///
  /// - Returns: the file of the report.
  package func write(to folder: URL) throws -> URL {
    let files = try tableFiles + latexFiles + cards()
    for (name, text) in files { try Files.write(text, to: folder.appendingPathComponent(name)) }
    // What was missing in an earlier report and isn't in this one.
    for missing in ["tables/\(MissingSection.key).csv", "tables/\(MissingSection.key)\(language.fileMark).tex"]
    where !files.contains(where: { $0.0 == missing }) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(missing))
    }
    let hasFigures = Gnuplot.isInstalled
    if hasFigures {
      let figures = folder.appendingPathComponent("figures")
      try Files.makeFolder(figures)
      let all = sections.flatMap(\.figures)
      nonisolated(unsafe) let drawn = all
      _ = try Parallel.map(drawn.count) { [language] in try drawn[$0].draw(figures, drawn[$0].fileName(in: language)) }
    } else {
      logger.warning("gnuplot is not installed, so the report has no figures")
    }
    let file = folder.appendingPathComponent(fileName)
    try Files.write(markdown(hasFigures: hasFigures), to: file)
    return file
  }

  /// The text of the report's file.
  package func markdown(hasFigures: Bool) -> String {
    var text = heading
    if !hasFigures { text += say(\.figuresLeftOut) + "\n\n" }
    text += sections.map { $0.markdown(in: language, hasFigures: hasFigures) }.joined()
    return text.trimmingCharacters(in: .newlines) + "\n"
  }

  /// The path of each CSV file within the report's folder, and its text.
  package var tableFiles: [(name: String, text: String)] {
    sections.flatMap(\.tables).map { ("tables/\($0.name).csv", $0.table.csv) } + [("tables/cells.csv", cellsTable.csv)]
  }

  /// Each table for LaTeX, in the report's language.
  package var latexFiles: [(name: String, text: String)] {
    sections.flatMap(\.tables).map { $0.latexFile(in: language) }
  }

  /// The results for a terminal: a line a row, then what they say.
  package var summary: String {
    let results = ResultsSection(subject: self)
    let said = results.sentences.joined(separator: " ")
    return results.summary.plain(in: language, within: Table.terminalWidth)
      + (said.isEmpty ? "" : "\n\(paragraph(said, width: Table.terminalWidth))\n")
  }

  private var heading: String {
    var text = "# \(experiment.name)\n\n"
    if !about.isEmpty { text += "\(about)\n\n" }
    return text + scenes + "\n\n" + statistics + "\n\n"
  }

  /// What the experiment is.
  var about: String { language.typeset(experiment.about(in: language.code)) }

  /// How many scenes there are for what, at which size, and where they come from.
  var scenes: String {
    var sentences = [sceneCounts]
    if let leftOut = index.division?.leftOut { sentences.append(say { $0.leftOut(leftOut) }) }
    for leak in index.division?.leaks ?? [] { sentences.append(say { $0.leak(leak) }) }
    if index.skipped > 0 { sentences.append(say { $0.badScenes(index.skipped) }) }
    return (sentences + ["\(citation)."]).joined(separator: " ")
  }

  /// How many scenes each part has, and of which size.
  var sceneCounts: String {
    let size = groups[0].settings.data.size.text(in: language)
    let (training, validation) = (index.range(.training), index.range(.validation))
    let (test, division) = (index.sceneCounts[.test] ?? 0, index.division ?? Division())
    guard let folds = division.folds, let drives = index.testPictures?.drives else {
      return say { $0.scenes(training: training, validation: validation, test: test, division, size: size) }
    }
    return say {
      $0.scenes(
        training: training, validation: validation, test: test, drives: drives.count,
        folds: Set(drives.map(\.fold)).count, of: folds, size: size)
    }
  }

  /// Where the scenes come from; only what isn't a reference to literature is translated.
  var citation: String {
    index.citation == Dataset.syntheticCitation ? say(\.syntheticStreets) : index.citation
  }

  /// A video worth fewer pictures is a clip as short as what its frames share, of which no method knows how it would
  /// go on: a hundred frames at 15 a second are worth 3 to 9, at one a second 8 to 34.
  private static let shortClip = 7.0

  /// How intervals and marks are meant; every table's note relies on it.
  private var statistics: String {
    let facts = IntervalFacts(test)
    var sentences = [say { $0.intervals(facts) }]
    let worths = shown.compactMap(\.scores.worth)
    if !worths.isEmpty, worths.mean < Self.shortClip {
      sentences.append(say { $0.shortClip(worth: Int(worths.mean.rounded())) })
    }
    // Rows without chance, or whose trainings differ by fold, hold all noise of training with one seed.
    let counts = Set(shown.filter { $0.scores.hasChance }.map(\.seedCount))
    let holdsTrainings = facts.isClustered && facts.folds > 0
    if counts == [1], !holdsTrainings { sentences.append(say(\.oneSeed)) }
    if counts.contains(where: { $0 > 1 }) {
      sentences.append(say { $0.severalSeeds(someHaveOne: counts.contains(1) && !holdsTrainings) })
    }
    let count = judged.count
    if count > 0 { sentences.append(say { $0.judged(count, margin: judged.margin) }) }
    if let coverage = coverage(facts, seeds: counts.min() ?? 1) { sentences.append(coverage) }
    return (sentences + [say(\.bold)]).joined(separator: " ")
  }

  /// How often such intervals held the truth in simulations; nil where none was like this.
  private func coverage(_ facts: IntervalFacts, seeds: Int) -> String? {
    guard facts.pictures > 1 else { return nil }
    let measured = Coverage.measured
    if facts.isClustered {
      return measured.streets(like: facts, seeds: seeds).map { streets in say { $0.coverage(of: streets) } }
    }
    guard let difference = measured.record(.difference, like: facts, seeds: seeds),
      let score = measured.record(.score, like: facts, seeds: seeds)
    else { return nil }
    let falseClaims = judged.count > 0 && seeds > 1 ? measured.falseClaims(like: facts, seeds: seeds) : nil
    return say { $0.coverage(difference: difference, score: score, falseClaims) }
  }

  /// Whether the earlier reports' claims are tested: where they are asked for, and never on drawn streets, of which they
  /// say nothing.
  var testsClaims: Bool { beside == .seeds && index.citation != Dataset.syntheticCitation }

  /// All differences that sections judge, some more than once.
  private var contrasts: [Contrast] {
    (lossFamilies + augmentationFamilies + ablationFamilies + sizeFamilies).flatMap(\.contrasts)
      + rankingContrasts + (testsClaims ? Claim.all.filter(\.isOfScores).flatMap { $0.contrasts(of: self) } : [])
  }

  /// What augmentations gain under each condition, and how other models stand to the leading row there.
  private var weatherContrasts: [Contrast] {
    (augmentationFamilies.flatMap(\.pairs) + rankingContrasts.map { ($0.worse, $0.better) }).flatMap {
      group, reference in
      inOrder(group.conditions.keys).compactMap { Contrast(group, reference, .under($0)) }
    }
  }

  /// Names of conditions in the experiment's order, those that it no longer has behind them.
  func inOrder(_ conditions: some Sequence<String>) -> [String] {
    let all = Set(conditions)
    let named = experiment.conditions.map(\.name).filter(all.contains)
    return named + all.subtracting(named).sorted()
  }

  /// A text of the catalogue in the report's language.
  func say(_ text: (any Catalogue) -> String) -> String { language.say(text) }

  /// Words of the catalogue in a cell of a table; English in CSV.
  func phrase(_ text: (any Catalogue) -> String) -> Table.Value { .phrase(in: language, text) }
}
