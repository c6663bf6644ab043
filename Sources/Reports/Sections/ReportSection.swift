import Foundation
import Harness

/// A table of a report with what a reader must know of it.
struct ReportTable {
  /// The name of its CSV file, and what it is asked for by.
  let name: String
  /// What its numbers are, its protocol among it.
  let note: String
  let table: Table
  /// The columns that slides have room for, which are all as wide; nil for all, none for a table that they don't show.
  var slideColumns: Set<String>?

  /// As slides show it; nil where they don't.
  var onSlides: Table? {
    guard let slideColumns else { return table }
    return slideColumns.isEmpty ? nil : table.keeping(slideColumns)
  }

  /// Its file for LaTeX's `\input`, with its note as a comment.
  func latexFile(in language: Language) -> (name: String, text: String) {
    let comment = note.split(separator: "\n").map { "% \($0)\n" }.joined()
    return (
      "tables/\(name)\(language.fileMark).tex", "% \\usepackage{booktabs}\n\(comment)\(table.latex(in: language))"
    )
  }
}

/// A figure of a report.
struct ReportFigure {
  /// The name of its English files, without their ending.
  let name: String
  /// The ending of the file that Markdown shows.
  var format = Gnuplot.Format.svg
  let caption: String
  /// Draws its files into a folder, under the name given without its ending.
  let draw: (URL, String) throws -> Void

  /// The name of its files in a language, without their ending: figures have words.
  func fileName(in language: Language) -> String { name + language.fileMark }
}

/// A part of a report, in the order in which it is read.
struct ReportSection {
  enum Block {
    case text(String)
    case table(ReportTable)
    case figure(ReportFigure)
  }

  let title: String
  let blocks: [Block]

  var texts: [String] {
    blocks.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }

  var tables: [ReportTable] {
    blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
  }

  var figures: [ReportFigure] {
    blocks.compactMap { if case .figure(let figure) = $0 { figure } else { nil } }
  }

  /// A link to the section of the same report that has this title, as GitHub names it.
  static func link(to title: String) -> String {
    let anchor = title.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
    return "[\(title)](#\(anchor.replacingOccurrences(of: " ", with: "-")))"
  }

  /// As Markdown under its title.
  ///
  /// - Parameter hasFigures: whether figures were drawn.
  func markdown(in language: Language, hasFigures: Bool) -> String {
    "## \(title)\n\n" + body(in: language, hasFigures: hasFigures)
  }

  /// As Markdown without its title.
  ///
  /// - Parameter folder: where the report lies as the text sees it, with a slash at the end; its links lead there.
  func body(in language: Language, hasFigures: Bool, folder: String = "") -> String {
    let text = blocks.map { Self.markdown($0, in: language, hasFigures: hasFigures) }.joined()
    guard !folder.isEmpty else { return text }
    return ["tables/", "figures/", "cards/"].reduce(text) {
      $0.replacingOccurrences(of: "](\($1)", with: "](\(folder)\($1)")
    }.replacingOccurrences(of: "](#", with: "](\(folder)report\(language.fileMark).md#")
  }

  /// One block as Markdown.
  static func markdown(_ block: Block, in language: Language, hasFigures: Bool) -> String {
    switch block {
    case .text(let paragraph): return "\(paragraph)\n\n"
    case .table(let table):
      return "\(table.note)\n\n\(table.table.markdown(in: language))\n[CSV](tables/\(table.name).csv)\n\n"
    case .figure(let figure):
      guard hasFigures else { return "" }
      let caption = figure.caption.replacingOccurrences(of: "]", with: "\\]")
      let file = "figures/\(figure.fileName(in: language)).\(figure.format.rawValue)"
      return "![\(caption)](\(file))\n\n*\(figure.caption)*\n\n"
    }
  }
}
