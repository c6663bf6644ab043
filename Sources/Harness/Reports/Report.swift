import Compute
import Foundation
import Logging
import Scenes

/// The report of one experiment, made from its stored runs alone: the same runs give the same bytes.
public struct Report {
  /// The language of all that is read; CSV is the same in every one.
  let language: Language
  let store: RunStore
  let experiment: Experiment
  let index: RunStore.Index
  /// All groups of finished cells.
  let groups: [Group]
  /// Those that tables and figures show: the best of each grid where the experiment selects, else all.
  let shown: [Group]
  /// The cells that are missing, with the reason where one is known.
  let absent: [AbsentCell]
  /// Whose figures stand beside the experiment's own; nil for nobody's.
  let beside: Beside?
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
  public init(_ store: RunStore, beside: Beside? = nil, language: Language = .english, logger: Logger) throws {
    self.language = language
    self.beside = beside
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
      absenceSection, resultsSection, earlierFormSection, categoriesSection, lossesSection,
      augmentationsSection, robustnessSection, claimsSection, gridSection, importancesSection, curvesSection,
      confusionSection,
      masksSection, costSection, provenanceSection,
    ].compactMap { $0 }
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

  /// The table called `name`, where the experiment has the data for it.
  func table(_ name: String) -> ReportTable? {
    sections.flatMap(\.tables).first { $0.name == name }
  }

  /// The name of the report's file: `report.md`, in French `report.fr.md`.
  package var fileName: String { "report\(language.fileMark).md" }

  /// Writes the report's file, `tables/*.csv`, `figures/` and `cards/`. Reports in several languages share a folder and its tables.
  ///
  /// - Returns: the file of the report.
  public func write(to folder: URL) throws -> URL {
    for (name, text) in try tableFiles + cards() { try Files.write(text, to: folder.appendingPathComponent(name)) }
    let hasFigures = Gnuplot.isInstalled
    if hasFigures {
      let figures = folder.appendingPathComponent("figures")
      try Files.makeFolder(figures)
      let all = sections.flatMap(\.figures)
      nonisolated(unsafe) let drawn = all
      _ = try Parallel.map(drawn.count) { try drawn[$0].draw(figures, drawn[$0].fileName(in: language)) }
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
    if !hasFigures {
      text += say(
        "Figures are left out: gnuplot is not installed.", "Les figures sont omises : gnuplot n'est pas installé.")
      text += "\n\n"
    }
    text += sections.map { $0.markdown(in: language, hasFigures: hasFigures) }.joined()
    return text.trimmingCharacters(in: .newlines) + "\n"
  }

  /// The path of each CSV file within the report's folder, and its text.
  package var tableFiles: [(name: String, text: String)] {
    sections.flatMap(\.tables).map { ("tables/\($0.name).csv", $0.table.csv) } + [("tables/cells.csv", cellsTable.csv)]
  }

  /// The results table for a terminal.
  public var summary: String { resultsTable.plain(in: language) }

  private var heading: String {
    var text = "# \(experiment.name)\n\n"
    if !experiment.about.isEmpty { text += "\(experiment.about)\n\n" }
    return text + scenes + "\n\n" + statistics + "\n\n"
  }

  /// How many scenes there are for what, at which size, and where they come from.
  var scenes: String {
    func count(_ part: Part) -> String { Table.grouped(index.sceneCounts[part] ?? 0, in: language) }
    let size = groups[0].settings.data.size
    var text = say(
      "Scenes: \(count(.training)) for training, \(count(.validation)) for validation (whole cities or sequences of "
        + "their own), \(count(.test)) for the test (the dataset's own val split), all at \(size), the size at which "
        + "scores are taken. ",
      "Scènes : \(count(.training)) pour l'apprentissage, \(count(.validation)) pour la validation (villes ou séquences "
        + "entières, absentes de l'apprentissage), \(count(.test)) pour le test (la partition `val` du jeu de données), "
        + "toutes en \(size), taille à laquelle les scores sont calculés. ")
    if index.skipped > 0 {
      text += say(
        "\(index.skipped) bad scenes were left out. ", "Scènes défectueuses laissées de côté : \(index.skipped). ")
    }
    return text + "\(citation)."
  }

  /// Where the scenes come from; only what isn't a reference to literature is translated.
  var citation: String {
    index.citation == Dataset.syntheticCitation
      ? say(index.citation, "Rues synthétiques dessinées par segbench") : index.citation
  }

  /// How intervals and marks are meant; every table's note relies on it.
  private var statistics: String {
    let resamples = Table.grouped(Bootstrap.standardResamples, in: language)
    return say(
      "Brackets hold 95 % intervals: percentiles of \(resamples) bootstrap resamples of the test scenes, each scored as "
        + "one confusion matrix. ",
      "Les crochets donnent des intervalles à 95 % : percentiles de \(resamples) rééchantillonnages bootstrap des scènes "
        + "de test, chacun évalué comme une seule matrice de confusion. ")
      + seedStatistics + fewScenes
      + say(
        "Differences are paired: both sides see the same resamples. One is called a gain or a drop only where its "
          + "interval excludes zero. Bold are the best of a column and all that can't be told from it. Intervals are not "
          + "widened for the number of comparisons.",
        "Les différences sont appariées : les deux termes sont évalués sur les mêmes rééchantillonnages. Une différence "
          + "n'est qualifiée de gain ou de perte que si son intervalle exclut zéro. Sont en gras la meilleure valeur "
          + "d'une colonne et toutes celles qui ne s'en distinguent pas. Les intervalles ne sont pas élargis pour tenir "
          + "compte du nombre de comparaisons.")
  }

  private var seedStatistics: String {
    let counts = Set(shown.map(\.records.count))
    guard counts != [1] else {
      return say(
        "Every row is one seed, so **the noise between seeds is not in the intervals**: another seed may move a score by "
          + "more than they say. ",
        "Chaque ligne repose sur une seule graine : **le bruit entre graines n'est pas compris dans les intervalles**, et "
          + "une autre graine peut déplacer un score de plus qu'ils ne l'indiquent. ")
    }
    return say(
      "Scores are means over seeds, ± their standard deviation, and resamples draw seeds too",
      "Les scores sont des moyennes sur les graines, ± leur écart-type, et les rééchantillonnages tirent aussi les graines"
    )
      + (counts.contains(1)
        ? say(
          "; a row of one seed has no noise of seeds in its interval. ",
          " ; l'intervalle d'une ligne à graine unique ne comprend pas le bruit entre graines. ") : ". ")
  }

  private var fewScenes: String {
    guard let tested = index.sceneCounts[.test], tested < 60 else { return "" }
    return say(
      "With only \(tested) test scenes intervals are somewhat too narrow: in simulations those of 20 pictures held the "
        + "truth in 87 of 100 experiments, those of 100 in 91, of 300 in 94. ",
      "Avec seulement \(tested) scènes de test, les intervalles sont un peu trop étroits : en simulation, ceux de 20 images "
        + "contenaient la vraie valeur dans 87 expériences sur 100, ceux de 100 images dans 91, ceux de 300 dans 94. ")
  }

  /// The absent cells, where there are any.
  var absenceSection: ReportSection? {
    guard !absent.isEmpty else { return nil }
    let table = Table(
      columns: [
        .init(title: say("Cell", "Cellule"), key: "cell"), .init(title: say("State", "État"), key: "state"),
        .init(title: say("Why", "Raison"), key: "reason"),
      ],
      rows: absent.map { [.text($0.cell), phrase($0.state), .text($0.reason.isEmpty ? "–" : $0.reason)] })
    var note = say(
      "**\(absent.count) of \(index.cells.count) cells are not in this report.**",
      "**Cellules absentes de ce rapport : \(absent.count) sur \(index.cells.count).**")
    if groups.contains(where: { $0.records.count < (groups.map(\.records.count).max() ?? 0) }) {
      note += say(
        " Rows with fewer seeds than others are incomplete.",
        " Les lignes qui ont moins de graines que les autres sont incomplètes.")
    }
    if absent.contains(where: { !$0.reason.isEmpty }) {
      note += say("", " Les raisons sont les messages du programme, qui sont en anglais.")
    }
    return ReportSection(
      title: say("What is missing", "Ce qui manque"),
      blocks: [.table(ReportTable(name: "missing", note: note, table: table))])
  }
}

// MARK: Words

extension Report {
  /// The one of two texts that is in the report's language.
  func say(_ english: String, _ french: String) -> String { language.say(english, french) }

  /// A cell of a table with the one of two texts that is in the report's language; English in CSV.
  func phrase(_ english: String, _ french: String) -> Table.Value {
    .phrase(english, shown: say(english, french))
  }

  private func phrase(_ state: AbsentCell.State) -> Table.Value {
    switch state {
    case .unfinished: phrase(state.rawValue, "inachevée")
    case .failed: phrase(state.rawValue, "en échec")
    case .damaged: phrase(state.rawValue, "endommagée")
    }
  }
}
