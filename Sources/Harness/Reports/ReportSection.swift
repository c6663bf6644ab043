import Foundation

/// A table of a report with what a reader must know of it.
struct ReportTable {
  /// The name of its CSV file, and what it is asked for by.
  let name: String
  /// What its numbers are, its protocol among it.
  let note: String
  let table: Table
}

/// A figure of a report.
struct ReportFigure {
  /// The name of its files.
  let name: String
  /// The ending of the file that Markdown shows.
  var format = Gnuplot.Format.svg
  let caption: String
  /// Draws its files into a folder.
  let draw: (URL, String) throws -> Void
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

  var tables: [ReportTable] {
    blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
  }

  var figures: [ReportFigure] {
    blocks.compactMap { if case .figure(let figure) = $0 { figure } else { nil } }
  }

  /// As Markdown.
  ///
  /// - Parameter hasFigures: whether figures were drawn.
  func markdown(hasFigures: Bool) -> String {
    var text = "## \(title)\n\n"
    for block in blocks {
      switch block {
      case .text(let paragraph): text += "\(paragraph)\n\n"
      case .table(let table):
        text += "\(table.note)\n\n\(table.table.markdown)\n[CSV](tables/\(table.name).csv)\n\n"
      case .figure(let figure):
        guard hasFigures else { continue }
        let caption = figure.caption.replacingOccurrences(of: "]", with: "\\]")
        text += "![\(caption)](figures/\(figure.name).\(figure.format.rawValue))\n\n*\(figure.caption)*\n\n"
      }
    }
    return text
  }
}
