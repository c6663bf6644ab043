import Foundation
import Harness
import Storage

/// A table with two faces: Markdown, rounded for reading, and CSV at full precision.
struct Table: Equatable {
  /// One value.
  indirect enum Value: Equatable {
    case text(String)
    /// Words that are shown in the report's language; CSV has the first, so that it is the same in all languages.
    case phrase(String, shown: String)
    case whole(Int?)
    /// A score of 0 to 1, shown to `digits` decimals; nil, where it isn't defined, as a dash.
    case score(Double?, digits: Int = 4)
    /// A score with its deviation over seeds and its interval, as far as there are any: `0.51 ± 0.01 [0.48, 0.54]`.
    case estimate(Estimate?, digits: Int = 4)
    /// A difference with its interval: `+0.012 [+0.004, +0.020]`.
    case difference(Estimate?, digits: Int = 4)
    /// A difference without an interval, with its sign.
    case signed(Double?, digits: Int = 4)
    /// Seconds, shown as people say them.
    case seconds(Double?)
    /// Bytes, shown in GiB.
    case bytes(Int?)
    /// A value set in bold, such as the best of its column.
    case bold(Value)
  }

  /// The title in Markdown, in the report's language, and the name in CSV.
  struct Column: Equatable {
    let title: String
    /// The name of each field that a value of the column takes in CSV.
    let keys: [String]

    init(title: String, key: String) {
      (self.title, keys) = (title, [key])
    }

    /// A column of estimates: value, deviation and both ends of the interval in CSV.
    static func estimate(title: String, key: String) -> Column {
      Column(title: title, keys: [key, "\(key)_deviation", "\(key)_low", "\(key)_high"])
    }

    /// A column of differences: value and both ends of the interval in CSV.
    static func difference(title: String, key: String) -> Column {
      Column(title: title, keys: [key, "\(key)_low", "\(key)_high"])
    }

    private init(title: String, keys: [String]) {
      (self.title, self.keys) = (title, keys)
    }
  }

  let columns: [Column]
  let rows: [[Value]]

  init(columns: [Column], rows: [[Value]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "rows of other lengths than \(columns.count)")
    (self.columns, self.rows) = (columns, rows)
  }

  /// The table without the columns in which no row has a value.
  var withoutEmptyColumns: Table { withoutEmptyColumns(but: []) }

  /// As `withoutEmptyColumns`, with those of some keys even where they are empty.
  func withoutEmptyColumns(but kept: Set<String>) -> Table {
    let kept = columns.indices.filter { index in
      !kept.isDisjoint(with: columns[index].keys) || !rows.allSatisfy { Self.exact($0[index]).allSatisfy(\.isEmpty) }
    }
    return Table(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
  }

  /// The table with no more than the columns of some keys.
  func keeping(_ keys: Set<String>) -> Table {
    let kept = columns.indices.filter { !keys.isDisjoint(with: columns[$0].keys) }
    return Table(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
  }

  /// A GitHub Markdown table; numbers to the right.
  func markdown(in language: Language) -> String {
    func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
    var text = line(columns.map { Self.escaped($0.title) })
    text += line(columns.indices.map { isText($0) ? "---" : "---:" })
    for row in rows {
      text += line(
        row.map { value in
          let shown = Self.escaped(Self.shown(value, language))
          if case .bold = value { return "**\(shown)**" } else { return shown }
        })
    }
    return text
  }

  /// A `tabular` of LaTeX with the rules of the package booktabs; numbers to the right.
  func latex(in language: Language) -> String {
    func line(_ cells: [String]) -> String { "\(cells.joined(separator: " & ")) \\\\\n" }
    let alignment = columns.indices.map { isText($0) ? "l" : "r" }.joined()
    var text = "\\begin{tabular}{\(alignment)}\n\\toprule\n"
    text += line(columns.map { Self.latex($0.title) }) + "\\midrule\n"
    for row in rows {
      text += line(
        row.map { value in
          let shown = Self.latex(Self.shown(value, language))
          if case .bold = value { return "\\textbf{\(shown)}" } else { return shown }
        })
    }
    return text + "\\bottomrule\n\\end{tabular}\n"
  }

  /// RFC 4180, full precision, undefined values empty.
  var csv: String {
    let lines = [columns.flatMap(\.keys).map(CSV.quoted)] + rows.map { $0.flatMap(Self.exact) }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// Columns padded with spaces, for a terminal.
  var plain: String { plain(in: .english) }

  /// The characters of a line that a terminal has room for.
  static let terminalWidth = 100

  /// As `plain`, with numbers as they are written in a language.
  ///
  /// What is best is bold where standard output is a terminal.
  ///
  /// - Parameter width: the most characters of a line; where a row has more, its first value stands above the others.
  func plain(in language: Language = .english, within width: Int = .max) -> String {
    let lines = [columns.map(\.title)] + rows.map { $0.map { Self.shown($0, language) } }
    var widths = columns.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
    let room = width - widths.dropFirst().reduce(0) { $0 + $1 + 2 }
    let isTooWide = widths[0] > room
    if isTooWide { widths[0] = max(2, lines.map { $0[0].count }.filter { $0 <= room }.max() ?? 0) }
    return lines.enumerated().map { place, line in
      var (line, above) = (line, "")
      if line[0].count > widths[0] { (above, line[0]) = ("\(line[0])\n", "") }
      return above
        + line.indices.map { index in
          let padding = String(repeating: " ", count: widths[index] - line[index].count)
          let isBest = if place > 0, case .bold = rows[place - 1][index] { true } else { false }
          let text = isBest ? Terminal.styled(line[index], .bold, on: STDOUT_FILENO) : line[index]
          return isText(index) ? text + padding : padding + text
        }.joined(separator: "  ") + "\n"
    }.joined()
  }

  private func isText(_ column: Int) -> Bool {
    switch rows.first?[column] {
    case .text, .phrase, .bold(.text), .bold(.phrase): true
    default: false
    }
  }

  static func shown(_ value: Value, _ language: Language) -> String {
    switch value {
    case .text(let text), .phrase(_, let text): return text
    case .whole(let number): return number.map { language.number($0) } ?? "–"
    case .score(let score, let digits):
      return score.map { number in language.say { $0.decimal(number, digits: digits) } } ?? "–"
    case .estimate(let estimate, let digits):
      return estimate.map { estimate in language.say { $0.estimate(estimate, digits: digits) } } ?? "–"
    case .difference(let difference, let digits):
      return difference.map { difference in language.say { $0.difference(difference, digits: digits) } } ?? "–"
    case .signed(let difference, let digits):
      return difference.map { difference in language.say { $0.signed(difference, digits: digits) } } ?? "–"
    case .seconds(let seconds): return seconds.map { seconds in language.say { $0.duration(seconds) } } ?? "–"
    case .bytes(let bytes):
      return bytes.map { bytes in language.say { "\($0.decimal(Double(bytes) / 0x1p30, digits: 2)) \($0.gibibytes)" } }
        ?? "–"
    case .bold(let value): return shown(value, language)
    }
  }

  /// The fields of a value in CSV.
  private static func exact(_ value: Value) -> [String] {
    func field(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    switch value {
    case .text(let text), .phrase(let text, _): return [CSV.quoted(text)]
    case .whole(let number), .bytes(let number): return [number.map(String.init) ?? ""]
    case .score(let score, _), .signed(let score, _): return [field(score)]
    case .estimate(let estimate, _):
      return [estimate?.value, estimate?.deviation, estimate?.interval?.low, estimate?.interval?.high].map(field)
    case .difference(let difference, _):
      return [difference?.value, difference?.interval?.low, difference?.interval?.high].map(field)
    case .seconds(let seconds): return [field(seconds)]
    case .bold(let value): return exact(value)
    }
  }

  /// A text as a cell of Markdown takes it.
  static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
  }

  /// A text as a cell of LaTeX takes it; what Markdown sets as code is in `\texttt`.
  static func latex(_ text: String) -> String {
    let parts = text.components(separatedBy: "`")
    // A bracket that begins a row would be read as an option of the line's end before it.
    let start = text.hasPrefix("[") ? "{}" : ""
    return start
      + parts.enumerated().map { place, part in
        let plain = part.map(latex).joined()
        return place % 2 == 1 && place < parts.count - 1 ? "\\texttt{\(plain)}" : plain
      }.joined()
  }

  private static func latex(_ character: Character) -> String {
    switch character {
    case "\\": "\\textbackslash{}"
    case "~": "\\textasciitilde{}"
    case "^": "\\textasciicircum{}"
    case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
    case "\u{2212}": "$-$"
    case "\u{A0}", "\u{202F}": "~"
    case "\n": " "
    default: String(character)
    }
  }
}
