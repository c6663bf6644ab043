import Foundation
import Harness

/// Tables of numbers as coloured squares, below or beside one another, with bars that tell what the colours mean.
package struct HeatMaps {
  /// What values are drawn as.
  package enum Scale: Equatable {
    /// From white at the lowest to blue at the highest: one hue, so that dark is more for everyone.
    case sequential(ClosedRange<Double>)
    /// White at 0, orange below and blue above, which the colour-blind tell apart; darkest at `reach` and beyond.
    case diverging(reach: Double)

    var range: ClosedRange<Double> {
      switch self {
      case .sequential(let range): range
      case .diverging(let reach): -reach...reach
      }
    }

    /// How dark a value is, 0 to 1.
    package func depth(_ value: Double) -> Double {
      switch self {
      case .sequential(let range):
        min(1, max(0, (value - range.lowerBound) / (range.upperBound - range.lowerBound)))
      case .diverging(let reach): min(1, abs(value) / reach)
      }
    }

    /// Mixed from white and Okabe and Ito's blue or vermilion.
    package func colour(_ value: Double) -> String {
      let full = if case .diverging = self, value < 0 { (213.0, 94.0, 0.0) } else { (0.0, 114.0, 178.0) }
      let depth = depth(value)
      func mixed(_ end: Double) -> Int { Int((255 + depth * (end - 255)).rounded()) }
      return String(format: "#%02x%02x%02x", mixed(full.0), mixed(full.1), mixed(full.2))
    }
  }

  /// One square.
  struct Value {
    /// nil where there is nothing.
    let value: Double?
    /// How far its 95 % interval reaches on either side; nil where it isn't shown.
    var reach: Double?
    /// Whether it is set in bold.
    var isMarked = false
  }

  struct Panel {
    let title: String
    let rows, columns: [String]
    /// [row, column].
    let values: [[Value]]
    let scale: Scale
    /// What the colours stand for.
    let scaleTitle: String
    var digits = 2
  }

  let panels: [Panel]
  /// What rows and columns are.
  let rowTitle, columnTitle: String
  /// In which numbers are written.
  let language: Language
  /// Whether panels stand below one another even where two would fit side by side.
  var isStacked = false

  private static let size = Gnuplot.smallestFont
  private static let line = Gnuplot.smallestFont + 4
  private static let gap = 18.0

  private var columnCount: Int { max(1, panels.map(\.columns.count).max() ?? 1) }

  /// Room for the names of rows.
  private var left: Double {
    ((panels.flatMap(\.rows) + [rowTitle]).map { Canvas.width($0, size: Self.size) }.max() ?? 0) + 14
  }

  /// The width of squares where so many panels stand side by side; where names leave less, the figure is wider than a page.
  private func squareWidth(across: Int) -> Double {
    max(20, min(56, (Gnuplot.pageWidth / Double(across) - left - Self.gap) / Double(columnCount)))
  }

  /// As many side by side as leave squares whose numbers can be read.
  private var across: Int { !isStacked && panels.count > 1 && squareWidth(across: 2) >= 27 ? 2 : 1 }

  private var widest: Double { squareWidth(across: across) }
  private var columnWidth: Double {
    // Not so narrow that a bar of colours with its numbers wouldn't fit.
    across == 1 ? max(Self.barWidth + 80, left + widest * Double(columnCount) + Self.gap) : Gnuplot.pageWidth / 2
  }

  private func height(of panel: Panel) -> Double {
    panel.values.joined().contains { $0.reach != nil } ? 2 * Self.line + 2 : max(20, min(28, widest * 0.65))
  }

  private func title(_ panel: Panel, _ place: Int) -> [String] {
    Canvas.lines(PanelLetters.title(panel.title, place, of: panels.count), width: columnWidth - 12)
  }

  private var titleHeight: Double {
    Self.line * Double(panels.enumerated().map { title($1, $0).count }.max() ?? 0) + 6
  }

  private var namesHeight: Double {
    (panels.flatMap(\.columns).map { Canvas.width($0, size: Self.size) }.max() ?? 0) + 10
  }

  /// The height of a row of panels.
  private func height(row: ArraySlice<Panel>) -> Double {
    titleHeight + namesHeight + (row.map { height(of: $0) * Double($0.rows.count) }.max() ?? 0) + 2 * Self.line
      + (hasOwnBars ? Self.barHeight : 0)
  }

  /// Whether each panel has a bar of its own, since their scales differ.
  private var hasOwnBars: Bool { panels.contains { $0.scale != panels[0].scale } }

  private static let barHeight = 50.0
  private static let barWidth = 220.0

  /// Draws all panels as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    var canvas = Canvas()
    let width = columnWidth * Double(across)
    var y = 0.0
    for start in stride(from: 0, to: panels.count, by: across) {
      let row = panels[start..<min(start + across, panels.count)]
      for (place, panel) in zip(row.indices, row) {
        draw(panel, place, on: &canvas, x: columnWidth * Double(place - start), y: y)
      }
      y += height(row: row)
    }
    if !hasOwnBars {
      bar(of: panels[0], on: &canvas, x: (width - Self.barWidth) / 2, y: y)
      y += Self.barHeight
    }
    try Gnuplot.draw(canvas.script(width: width, height: y), width: width, height: y, to: folder, name: name)
  }

  private func draw(_ panel: Panel, _ place: Int, on canvas: inout Canvas, x: Double, y: Double) {
    let (width, height) = (widest, height(of: panel))
    let lines = title(panel, place)
    for (number, line) in lines.enumerated() {
      canvas.text(line, x: x + 6, y: y + 10 + Self.line * Double(number), isBold: true)
    }
    let top = y + titleHeight + namesHeight
    for (column, name) in panel.columns.enumerated() {
      canvas.text(
        name, x: x + left + width * (Double(column) + 0.5), y: top - 6, size: Self.size, isUpright: true)
    }
    let bottom = top + height * Double(panel.rows.count)
    let middle = x + left + width * Double(panel.columns.count) / 2
    canvas.text(columnTitle, x: middle, y: bottom + 12, anchor: .center, size: Self.size, colour: "#444444")
    canvas.text(rowTitle, x: x + left - 8, y: top - 10, anchor: .right, size: Self.size, colour: "#444444")
    for (row, name) in panel.rows.enumerated() {
      let middle = top + height * (Double(row) + 0.5)
      canvas.text(name, x: x + left - 8, y: middle, anchor: .right, size: Self.size)
      for (column, value) in panel.values[row].enumerated() {
        let isDark = value.value.map { panel.scale.depth($0) > 0.6 } ?? false
        canvas.rectangle(
          x: x + left + width * Double(column), y: middle - height / 2, width: width - 1, height: height - 1,
          fill: value.value.map(panel.scale.colour) ?? "#eeeeee")
        let texts = texts(value, panel)
        for (line, text) in texts.enumerated() {
          canvas.text(
            text, x: x + left + width * (Double(column) + 0.5),
            y: middle + Self.line * (Double(line) - Double(texts.count - 1) / 2), anchor: .center, size: Self.size,
            colour: isDark ? "#ffffff" : isNothing(value, panel) ? "#999999" : "#000000",
            isBold: value.isMarked && line == 0)
        }
      }
    }
    if hasOwnBars {
      bar(
        of: panel, on: &canvas, x: x + max(30, min(columnWidth - Self.barWidth - 30, middle - x - Self.barWidth / 2)),
        y: bottom + 1.8 * Self.line)
    }
  }

  /// Whether a share has zeros alone, which are paler, so that what isn't nothing stands out.
  private func isNothing(_ value: Value, _ panel: Panel) -> Bool {
    value.reach == nil && value.value.map { abs($0) < 0.5 * pow(10, -Double(panel.digits)) } ?? false
  }

  /// The number in a square, and below it how far its interval reaches; without the zero before the point where the square
  /// is narrow.
  private func texts(_ value: Value, _ panel: Panel) -> [String] {
    guard let number = value.value else { return ["–"] }
    let isDiverging = if case .diverging = panel.scale { true } else { false }
    var text = Table.shown(
      isDiverging ? .signed(number, digits: panel.digits) : .score(number, digits: panel.digits), language)
    let mark = language.say(\.decimalMark)
    if Canvas.width(text, size: Self.size) > widest { text.replace("0" + mark, with: mark, maxReplacements: 1) }
    return [text] + (value.reach.map { ["±" + Table.shown(.score($0, digits: panel.digits), language)] } ?? [])
  }

  /// The colours of a panel from the lowest to the highest, with numbers.
  private func bar(of panel: Panel, on canvas: inout Canvas, x: Double, y: Double) {
    let (range, steps, width) = (panel.scale.range, 44, Self.barWidth)
    canvas.text(panel.scaleTitle, x: x + width / 2, y: y + 6, anchor: .center, size: Self.size, colour: "#444444")
    func value(_ share: Double) -> Double { range.lowerBound + share * (range.upperBound - range.lowerBound) }
    canvas.rectangle(x: x - 0.5, y: y + 14.5, width: width + 1, height: 11, fill: "#ffffff", border: "#888888")
    for step in 0..<steps {
      canvas.rectangle(
        x: x + width * Double(step) / Double(steps), y: y + 15, width: width / Double(steps) + 0.3, height: 10,
        fill: panel.scale.colour(value((Double(step) + 0.5) / Double(steps))))
    }
    for share in [0, 0.5, 1] {
      let isDiverging = if case .diverging = panel.scale { true } else { false }
      let number =
        isDiverging
        ? Table.Value.signed(value(share), digits: panel.digits) : .score(value(share), digits: 2)
      canvas.text(
        Table.shown(number, language), x: x + width * share, y: y + 34, anchor: .center, size: Self.size,
        colour: "#444444")
    }
  }
}
