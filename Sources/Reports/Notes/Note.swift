import Compute
import Foundation
import Harness
import Logging
import Scenes
import Settings
import Storage

/// The sections of a technical note, made from the stored runs of one or more experiments: approaches, protocols, models,
/// losses, augmentation, results, what became of the earlier reports' claims, limits.
package struct Note {
  let reports: [Report]
  let language: Language
  private let frontMatter: FrontMatter?
  /// The sections beside those of the reports.
  private(set) var parts: [MadeSection<Note>] = []

  /// The folder that it is written to, within that of the reports.
  package static let folderName = "note"

  /// Reads the experiments of `stores`.
  ///
  /// - Throws: as `Report.init`; `SettingError.invalid` where two experiments have one name, or that of the note.
  package init(
    _ stores: [RunStore], beside: Report.Beside? = nil, frontMatter: FrontMatter? = nil, language: Language,
    logger: Logger
  ) throws {
    (self.language, self.frontMatter) = (language, frontMatter)
    reports = try stores.map { try Report($0, beside: beside, language: language, logger: logger) }
    var names: Set<String> = [Self.folderName]
    for report in reports where !names.insert(report.experiment.name).inserted {
      throw SettingError.invalid(
        setting: "name", value: "'\(report.experiment.name)' of \(report.store.folder.path)",
        bound: "a name that no other experiment of the note has, nor the note itself")
    }
    parts = MadeSection.all(Self.sectionTypes, of: self)
  }

  /// Writes the note, its tables and its figure to `reports/note`, and the experiments' reports, which it shows figures
  /// of and links to, to `reports/<experiment>`.
  ///
  /// - Parameters:
  ///   - reportsFolder: the folder of reports, which is made where it is missing.
  ///   - template: a user's own Mustache template; nil for the one that comes with the program.
  /// - Returns: the file of the note.
  package func write(to reportsFolder: URL, template: URL? = nil) throws -> URL {
    let template = try template.map(NoteTemplate.init(contentsOf:)) ?? NoteTemplate.note(in: language)
    for report in reports { _ = try report.write(to: reportsFolder.appendingPathComponent(report.experiment.name)) }
    let folder = reportsFolder.appendingPathComponent(Self.folderName)
    for (name, text) in tableFiles + latexFiles { try Files.write(text, to: folder.appendingPathComponent(name)) }
    try drawFigures(in: folder)
    let file = folder.appendingPathComponent("note\(language.fileMark).md")
    try Files.write(template.text(context(hasFigures: Gnuplot.isInstalled)), to: file)
    return file
  }

  /// Writes slides for pandoc to `reports/slides`, and the experiments' reports, whose figures they show.
  ///
  /// - Returns: the file of the slides.
  package func writeSlides(to reportsFolder: URL) throws -> URL {
    for report in reports { _ = try report.write(to: reportsFolder.appendingPathComponent(report.experiment.name)) }
    let folder = reportsFolder.appendingPathComponent("slides")
    try drawFigures(in: folder)
    let file = folder.appendingPathComponent("slides\(language.fileMark).md")
    try Files.write(slides(hasFigures: Gnuplot.isInstalled), to: file)
    return file
  }

  /// The text of the slides.
  package func slides(hasFigures: Bool) throws -> String {
    try NoteTemplate.slides(in: language).text(context(hasFigures: hasFigures))
  }

  private func drawFigures(in folder: URL) throws {
    let drawn = parts.flatMap(\.section.figures)
    guard Gnuplot.isInstalled, !drawn.isEmpty else { return }
    let figures = folder.appendingPathComponent("figures")
    try Files.makeFolder(figures)
    for figure in drawn { try figure.draw(figures, figure.fileName(in: language)) }
  }

  /// The text as the program's own template makes it.
  package func markdown(hasFigures: Bool) throws -> String {
    try NoteTemplate.note(in: language).text(context(hasFigures: hasFigures))
  }

  /// The path of each of the note's own CSV files within its folder, and its text; those of the experiments are their
  /// reports'.
  package var tableFiles: [(name: String, text: String)] {
    parts.flatMap(\.section.tables).map { ("tables/\($0.name).csv", $0.table.csv) }
  }

  /// Each of the note's own tables for LaTeX, in its language.
  package var latexFiles: [(name: String, text: String)] {
    parts.flatMap(\.section.tables).map { $0.latexFile(in: language) }
  }

  /// The versions of the program that the runs are of, the earliest first.
  private var versions: [String] {
    Set(reports.flatMap { $0.groups.flatMap { $0.records.map(\.environment.programVersion) } })
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
  }

  // MARK: What templates are filled with

  private func context(hasFigures: Bool) -> [String: Any] {
    var context: [String: Any] = [
      "versions": language.say { $0.list(versions) },
      "experiments": reports.enumerated().map { place, report in
        // What slides show of one experiment alone.
        experiment(report, hasFigures: hasFigures).merging(place == 0 ? ["isFirst": true] : [:]) { $1 }
      },
      "protocols": protocols, "classSets": classSets,
    ]
    for (key, text) in [
      ("title", frontMatter?.title), ("author", frontMatter?.author), ("date", frontMatter?.date),
      ("client", frontMatter?.client), ("context", frontMatter?.context),
    ] {
      if let text { context[key] = text }
    }
    for part in parts + MadeSection.all(Self.ownBriefTypes, of: self) {
      context[part.key] = part.templateValue { $0.body(in: language, hasFigures: hasFigures) }
      context.merge(pieces(of: part, in: "", hasFigures: hasFigures)) { $1 }
    }
    context["hasEvidence"] = parts.contains { part in
      part.key == EvidenceSection.key && part.section.tables.contains { !$0.table.rows.isEmpty }
    }
    return context
  }

  private func experiment(_ report: Report, hasFigures: Bool) -> [String: Any] {
    let folder = "../\(report.experiment.name)/"
    var values: [String: Any] = [
      "name": report.experiment.name, "about": report.about, "scenes": report.scenes,
      "sceneCounts": report.sceneCounts, "summarySlides": Self.slides(report.summaryPoints),
      "report": "\(folder)report\(language.fileMark).md",
    ]
    for part in report.parts + MadeSection.all(Self.briefTypes, of: report) {
      values[part.key] = part.templateValue { $0.body(in: language, hasFigures: hasFigures, folder: folder) }
      values.merge(pieces(of: part, in: folder, hasFigures: hasFigures)) { $1 }
    }
    return values
  }

  /// A section in pieces, as slides need them: its sentences, a list a slide; its tables; its figures, which are PNG, as
  /// pandoc takes them everywhere.
  private func pieces<Subject>(of part: MadeSection<Subject>, in folder: String, hasFigures: Bool) -> [String: Any] {
    let figures = hasFigures ? part.section.figures : []
    return [
      "\(part.key)Slides": Self.slides(part.maker.points),
      "\(part.key)Tables": part.section.tables.compactMap { $0.onSlides?.markdown(in: language) },
      "\(part.key)Figures": figures.map { "![](\(folder)figures/\($0.fileName(in: language)).png)" },
    ]
  }

  /// How many lines of how many letters a slide has room for.
  private static let slideRoom = (lines: 13, letters: 72)

  /// Points in order, as many on a slide as it has room for, as a list for each.
  static func slides(_ points: [String]) -> [String] {
    var slides: [[String]] = []
    func lines(_ point: String) -> Int { (point.count + slideRoom.letters - 1) / slideRoom.letters }
    for point in points {
      if let last = slides.last, (last + [point]).reduce(0, { $0 + lines($1) }) <= slideRoom.lines {
        slides[slides.count - 1].append(point)
      } else {
        slides.append([point])
      }
    }
    return slides.map { $0.map { "- \($0)" }.joined(separator: "\n") }
  }

  /// What the class sets of the experiments are, each once.
  private var classSets: [String] {
    uniqued(
      reports.map(\.classes).map { classes in
        let void: String? = classes.voidName
        return language.say {
          $0.classSet(classes.name, classes: classes.names.filter { $0 != void }, void: void)
        }
      })
  }

  /// The protocols that some table uses, and what they count.
  private var protocols: [[String: String]] {
    let headlines = Set(reports.map(\.index.headline))
    let hasBorders = reports.contains { $0.shown.contains { $0.borders != nil } }
    let used = ScoringProtocol.allCases.filter {
      headlines.contains($0) || $0 == .earlier || ($0 == .borders && hasBorders)
    }
    return used.map { ["name": $0.rawValue, "summary": reports[0].classes.summary(of: $0, in: language)] }
  }
}
