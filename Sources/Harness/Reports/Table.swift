import Foundation

/// A table with two faces: Markdown, rounded for reading, and CSV at full precision.
struct Table {
  /// One value.
  enum Value: Equatable {
    case text(String)
    case whole(Int?)
    /// A score of 0 to 1, shown to `digits` decimals; nil, where it isn't defined, as a dash.
    case score(Double?, digits: Int = 4)
    /// Seconds, shown as people say them.
    case seconds(Double)
  }

  /// The title in Markdown and the name in CSV.
  struct Column: Equatable {
    let title: String
    let key: String
    /// Whether the best score of the column is set in bold.
    var marksBest = false
  }

  let columns: [Column]
  let rows: [[Value]]

  init(columns: [Column], rows: [[Value]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "rows of other lengths than \(columns.count)")
    (self.columns, self.rows) = (columns, rows)
  }

  /// The table without the columns of scores in which no row has one.
  var withoutEmptyScores: Table {
    let kept = columns.indices.filter { index in
      !rows.allSatisfy { if case .score(nil, _) = $0[index] { true } else { false } }
    }
    return Table(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
  }

  /// A GitHub Markdown table; numbers to the right.
  var markdown: String {
    let best = columns.indices.map { index -> String? in
      guard columns[index].marksBest, rows.count > 1 else { return nil }
      return rows.compactMap { row in
        if case .score(let value?, _) = row[index] { (value, Self.shown(row[index])) } else { nil }
      }.max { $0.0 < $1.0 }?.1
    }
    func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
    var text = line(columns.map(\.title))
    text += line(
      columns.indices.map { index in
        if case .text? = rows.first?[index] { "---" } else { "---:" }
      })
    for row in rows {
      text += line(
        row.indices.map { index in
          let shown = Self.shown(row[index]).replacingOccurrences(of: "|", with: "\\|")
          return shown == best[index] ? "**\(shown)**" : shown
        })
    }
    return text
  }

  /// RFC 4180, full precision, undefined values empty.
  var csv: String {
    let lines = [columns.map { Self.quoted($0.key) }] + rows.map { $0.map(Self.exact) }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// Columns padded with spaces, for a terminal.
  var plain: String {
    let lines = [columns.map(\.title)] + rows.map { $0.map(Self.shown) }
    let widths = columns.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
    return lines.map { line in
      line.indices.map { index in
        let padding = String(repeating: " ", count: widths[index] - line[index].count)
        if case .text? = rows.first?[index] { return line[index] + padding } else { return padding + line[index] }
      }.joined(separator: "  ") + "\n"
    }.joined()
  }

  private static func shown(_ value: Value) -> String {
    switch value {
    case .text(let text): text
    case .whole(let number): number.map(grouped) ?? "–"
    case .score(let score, let digits): score.map { String(format: "%.\(digits)f", $0) } ?? "–"
    case .seconds(let seconds): duration(seconds)
    }
  }

  private static func exact(_ value: Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .whole(let number): number.map(String.init) ?? ""
    case .score(let score, _): score.map { "\($0)" } ?? ""
    case .seconds(let seconds): "\(seconds)"
    }
  }

  /// A CSV field.
  static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// A whole number with its thousands set apart.
  static func grouped(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
    return (number < 0 ? "-" : "") + String(digits)
  }
}
