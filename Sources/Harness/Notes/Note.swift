import Compute
import Foundation
import Logging
import Scenes

/// The sections of a technical note, made from the stored runs of one or more experiments: approaches, protocols, models,
/// losses, augmentation, results, what became of the earlier reports' claims, limits.
public struct Note {
  let reports: [Report]
  let language: Language

  /// The folder that it is written to, within that of the reports.
  public static let folderName = "note"

  /// Reads the experiments of `stores`.
  ///
  /// - Throws: as `Report.init`; `HarnessError.invalid` where two experiments have one name, or that of the note.
  public init(_ stores: [RunStore], beside: Report.Beside? = nil, language: Language, logger: Logger) throws {
    self.language = language
    reports = try stores.map { try Report($0, beside: beside, language: language, logger: logger) }
    var names: Set<String> = [Self.folderName]
    for report in reports where !names.insert(report.experiment.name).inserted {
      throw HarnessError.invalid(
        key: "name", value: "'\(report.experiment.name)' of \(report.store.folder.path)",
        bound: "a name that no other experiment of the note has, nor the note itself")
    }
  }

  /// Writes the note, its tables and its figure to `reports/note`, and the experiments' reports, which it shows figures
  /// of and links to, to `reports/<experiment>`.
  ///
  /// - Parameter template: a user's own Mustache template; nil for the one that comes with the program.
  /// - Returns: the file of the note.
  public func write(to reportsFolder: URL, template: URL? = nil) throws -> URL {
    let template = try template.map(NoteTemplate.init(contentsOf:)) ?? NoteTemplate(.note, in: language)
    for report in reports { _ = try report.write(to: reportsFolder.appendingPathComponent(report.experiment.name)) }
    let folder = reportsFolder.appendingPathComponent(Self.folderName)
    for (name, text) in tableFiles { try Files.write(text, to: folder.appendingPathComponent(name)) }
    let hasFigures = Gnuplot.isInstalled
    if hasFigures, let figure = chosen?.architecture.figure {
      let figures = folder.appendingPathComponent("figures")
      try Files.makeFolder(figures)
      try figure.draw(figures, figure.fileName(in: language))
    }
    let file = folder.appendingPathComponent("note\(language.fileMark).md")
    try Files.write(template.text(context(hasFigures: hasFigures)), to: file)
    return file
  }

  /// The text as the program's own template makes it.
  package func markdown(hasFigures: Bool) throws -> String {
    try NoteTemplate(.note, in: language).text(context(hasFigures: hasFigures))
  }

  /// The path of each of the note's own CSV files within its folder, and its text; those of the experiments are their
  /// reports'.
  package var tableFiles: [(name: String, text: String)] {
    ([modelsTable, claimsTable, evidenceTable] + (chosen.map { [$0.architecture.table] } ?? []))
      .map { ("tables/\($0.name).csv", $0.table.csv) }
  }

  // MARK: What templates are filled with

  private func context(hasFigures: Bool) -> [String: Any] {
    func shown(_ table: ReportTable) -> String { ReportSection.markdown(.table(table), in: language, hasFigures: true) }
    let (evidence, chosen) = (evidenceTable, chosen)
    var context: [String: Any] = [
      "version": Environment.version, "experiments": reports.map { experiment($0, hasFigures: hasFigures) },
      "protocols": protocols.map { ["name": $0.rawValue, "summary": $0.summary(in: language)] },
      "models": shown(modelsTable), "claims": shown(claimsTable), "evidence": shown(evidence),
      "hasEvidence": !evidence.table.rows.isEmpty, "limits": reports.map(limits),
    ]
    if let chosen {
      context["architecture"] = [
        "model": chosen.architecture.model,
        "validation": "\(String(format: "%.4f", chosen.score)) (`\(chosen.report.experiment.name)`)",
        "figure": ReportSection.markdown(.figure(chosen.architecture.figure), in: language, hasFigures: hasFigures),
        "table": shown(chosen.architecture.table),
      ]
    }
    return context
  }

  private func experiment(_ report: Report, hasFigures: Bool) -> [String: Any] {
    let folder = "../\(report.experiment.name)/"
    var values: [String: Any] = [
      "name": report.experiment.name, "about": report.experiment.about, "scenes": report.scenes,
      "report": "\(folder)report\(language.fileMark).md",
    ]
    // Under a heading of the template's own, or with theirs.
    let plain = [
      "losses": report.lossesSection, "augmentations": report.augmentationsSection,
      "robustness": report.robustnessSection, "provenance": report.provenanceSection,
    ]
    let titled = [
      "missing": report.absenceSection, "results": report.resultsSection,
      "form": report.earlierFormSection, "categories": report.categoriesSection,
      "curves": report.curvesSection, "confusion": report.confusionSection, "masks": report.masksSection,
      "cost": report.costSection,
    ]
    for (key, section) in plain {
      values[key] = section.map { $0.body(in: language, hasFigures: hasFigures, folder: folder) }
    }
    for (key, section) in titled {
      values[key] = section.map {
        "#### \($0.title)\n\n" + $0.body(in: language, hasFigures: hasFigures, folder: folder)
      }
    }
    return values
  }

  /// The protocols that some table uses.
  private var protocols: [ScoringProtocol] {
    let headlines = Set(reports.map(\.index.headline))
    let hasBorders = reports.contains { $0.shown.contains { $0.borders != nil } }
    return ScoringProtocol.allCases.filter { headlines.contains($0) || $0 == .eight || ($0 == .borders && hasBorders) }
  }
}
