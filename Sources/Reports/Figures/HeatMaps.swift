import Foundation
import Harness

/// Tables of shares of 0 to 1 as coloured squares, side by side.
struct HeatMaps {
  struct Panel {
    let title: String
    let rows, columns: [String]
    /// [row, column]; nil where there is nothing.
    let values: [[Double?]]
    /// Which values are set in bold, [row, column]; empty for none.
    var marked: [[Bool]] = []
  }

  let panels: [Panel]
  /// What rows and columns are.
  let rowTitle, columnTitle: String
  var digits = 2
  /// The values that are drawn lightest and darkest.
  var range = 0.0...1.0

  /// The squares: smaller where there are many, but never so small that their numbers couldn't be read.
  private var square: (width: Double, height: Double) {
    let width = min(46, max(26, 720 / Double(columnCount)))
    return (width, max(18, width * 30 / 46))
  }

  private var columnCount: Int { max(1, panels.map(\.columns.count).max() ?? 1) }

  /// As large as squares allow.
  private var numberSize: Double {
    min(11, (square.width - 4) / Canvas.width(String(repeating: "0", count: digits + 2), size: 1))
  }

  /// Two beside one another where both are small enough to be read in a column of text.
  private var panelsPerRow: Int { columnCount <= 12 ? 2 : 1 }

  /// Draws all panels as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    let names = panels.flatMap(\.rows) + [rowTitle]
    let squares = square.width * Double(columnCount)
    // By how much the longest title is wider than the squares that it stands above, a side.
    let overhang = max(0, ((panels.map { Canvas.width($0.title, size: 14) }.max() ?? 0) - squares) / 2)
    let left = max((names.map { Canvas.width($0, size: 11) }.max() ?? 0) + 30, overhang + 8)
    let top =
      (panels.contains { !$0.title.isEmpty } ? 34 : 8)
      + (panels.flatMap(\.columns).map { Canvas.width($0, size: 11) }.max() ?? 0) + 10
    let width = left + squares + max(14, overhang + 8)
    let height = top + square.height * Double(panels.map(\.rows.count).max() ?? 0) + 34
    let across = min(panelsPerRow, panels.count)
    let down = (panels.count + across - 1) / across
    var canvas = Canvas()
    for (index, panel) in panels.enumerated() {
      draw(
        panel, on: &canvas, x: width * Double(index % across), y: height * Double(index / across), left: left, top: top)
    }
    let total = (width: width * Double(across), height: height * Double(down))
    try Gnuplot.draw(
      canvas.script(width: total.width, height: total.height), width: total.width, height: total.height, to: folder,
      name: name)
  }

  private func draw(_ panel: Panel, on canvas: inout Canvas, x: Double, y: Double, left: Double, top: Double) {
    let (width, height) = square
    canvas.text(
      panel.title, x: x + left + width * Double(panel.columns.count) / 2, y: y + 14, anchor: .center, size: 13,
      isBold: true)
    for (column, name) in panel.columns.enumerated() {
      canvas.text(
        name, x: x + left + width * (Double(column) + 0.5), y: y + top - 8, size: 11, isUpright: true)
    }
    let bottom = y + top + height * Double(panel.rows.count)
    canvas.text(
      columnTitle, x: x + left + width * Double(panel.columns.count) / 2, y: bottom + 16, anchor: .center, size: 11,
      colour: "#444444")
    canvas.text(rowTitle, x: x + left - 8, y: y + top - 10, anchor: .right, size: 11, colour: "#444444")
    for (row, name) in panel.rows.enumerated() {
      let middle = y + top + height * (Double(row) + 0.5)
      canvas.text(name, x: x + left - 8, y: middle, anchor: .right, size: 11)
      for column in panel.columns.indices {
        let value = panel.values[row][column]
        let shade = value.map { min(1, max(0, ($0 - range.lowerBound) / (range.upperBound - range.lowerBound))) }
        canvas.rectangle(
          x: x + left + width * Double(column), y: middle - height / 2, width: width - 1, height: height - 1,
          fill: shade.map(Self.colour) ?? "#eeeeee")
        canvas.text(
          value.map { String(format: "%.\(digits)f", $0) } ?? "–", x: x + left + width * (Double(column) + 0.5),
          y: middle, anchor: .center, size: numberSize, colour: (shade ?? 0) > 0.6 ? "#ffffff" : "#000000",
          isBold: panel.marked.isEmpty ? false : panel.marked[row][column])
      }
    }
  }

  /// From white to Okabe and Ito's blue: one hue, so that dark is more for everyone.
  private static func colour(_ share: Double) -> String {
    func mixed(_ end: Double) -> Int { Int((255 + share * (end - 255)).rounded()) }
    return String(format: "#%02x%02x%02x", mixed(0), mixed(114), mixed(178))
  }
}
