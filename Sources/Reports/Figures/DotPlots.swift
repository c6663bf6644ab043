import Foundation
import Harness

/// Scores of trainings as dots in rows: a small one a seed, and their mean with its interval.
struct DotPlots {
  struct Row {
    let name: String
    /// One a seed.
    let values: [Double]
    let mean: Double
    let interval: Interval?
  }

  /// Rows that differ in one thing; the first is the reference, whose mean a line goes through.
  struct Panel {
    let title: String
    let rows: [Row]
  }

  let panels: [Panel]
  let axisTitle: String
  /// In which numbers are written.
  let language: Language

  private static let size = Gnuplot.smallestFont
  private static let rowHeight = 26.0
  private static let margins = (top: 30.0, bottom: 46.0, right: 18.0)

  private var left: Double {
    (panels.flatMap(\.rows).map { Canvas.width($0.name, size: Self.size) }.max() ?? 0) + 18
  }

  /// Two side by side where names leave room for dots.
  private var across: Int { panels.count > 1 && left < 0.2 * Gnuplot.pageWidth ? 2 : 1 }

  /// What all axes show: the same, so that panels compare.
  private var range: ClosedRange<Double> {
    let values = panels.flatMap(\.rows).flatMap { row in
      row.values + [row.mean] + (row.interval.map { [$0.low, $0.high] } ?? [])
    }
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let room = max(0.04 * (high - low), 0.002)
    return low - room...high + room
  }

  /// Draws all panels as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    var canvas = Canvas()
    var y = 0.0
    for start in stride(from: 0, to: panels.count, by: across) {
      let row = start..<min(start + across, panels.count)
      for place in row { draw(place, on: &canvas, x: width * Double(place - start), y: y) }
      y +=
        Self.margins.top + Self.margins.bottom + Self.rowHeight * Double(row.map { panels[$0].rows.count }.max() ?? 0)
    }
    let total = width * Double(across)
    try Gnuplot.draw(canvas.script(width: total, height: y), width: total, height: y, to: folder, name: name)
  }

  /// That of a panel.
  private var width: Double { Gnuplot.pageWidth / Double(across) }

  private func draw(_ place: Int, on canvas: inout Canvas, x: Double, y: Double) {
    let (panel, range) = (panels[place], range)
    let plot = width - left - Self.margins.right
    let (top, bottom) = (y + Self.margins.top, y + Self.margins.top + Self.rowHeight * Double(panel.rows.count))
    func across(_ value: Double) -> Double {
      x + left + plot * (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    canvas.text(PanelLetters.title(panel.title, place, of: panels.count), x: x + 6, y: y + 12, isBold: true)
    let ticks = Ticks.linear(range, most: Int(plot / 55))
    let decimals = ticks.allSatisfy { abs(100 * $0 - (100 * $0).rounded()) < 1e-6 } ? 2 : 3
    for tick in ticks {
      canvas.line(fromX: across(tick), y: top, toX: across(tick), y: bottom + 4, colour: "#dddddd", width: 1)
      canvas.text(
        Table.shown(.score(tick, digits: decimals), language), x: across(tick), y: bottom + 13, anchor: .center,
        size: Self.size,
        colour: "#444444")
    }
    canvas.line(fromX: x + left, y: bottom, toX: x + left + plot, y: bottom, colour: "#444444", width: 1)
    canvas.text(
      axisTitle, x: x + left + plot / 2, y: bottom + 30, anchor: .center, size: Self.size, colour: "#444444")
    let reference = across(panel.rows[0].mean)
    canvas.line(fromX: reference, y: top, toX: reference, y: bottom, colour: "#444444", width: 1, isDashed: true)
    for (number, row) in panel.rows.enumerated() {
      let middle = top + Self.rowHeight * (Double(number) + 0.5)
      let colour = number == 0 ? "#444444" : Gnuplot.colours[0]
      canvas.text(row.name, x: x + left - 10, y: middle, anchor: .right, size: Self.size)
      if let interval = row.interval {
        canvas.line(
          fromX: across(interval.low), y: middle, toX: across(interval.high), y: middle, colour: colour, width: 2)
      }
      canvas.disc(x: across(row.mean), y: middle, radius: 4.5, fill: colour)
      // Below the mean, which would cover them.
      for value in row.values { canvas.disc(x: across(value), y: middle + 8, radius: 2, fill: Gnuplot.colours[1]) }
    }
  }
}
