import Foundation
import Harness

/// Plots side by side, with one legend below or names beside points.
struct Plots {
  /// A value with the range around it.
  struct Point {
    let x, y: Double
    var low: Double?
    var high: Double?
    /// What is written beside it.
    var name = ""
  }

  struct Series {
    let name: String
    let colour: String
    let points: [Point]
    /// Where something happened to it, on the horizontal axis; nil for nowhere.
    var event: Double?
  }

  struct Panel {
    var title = ""
    let xLabel, yLabel: String
    /// Whether points are joined and their ranges drawn as a band, or each stands alone with an error bar.
    var isCurve = true
    var isLogarithmic = false
    /// As gnuplot writes it, such as `[0:1]`.
    var yRange = "[*:*]"
    let series: [Series]
    /// What happened where series have an event.
    var eventLabel = ""

    /// A place where something happened to series, and the colour of the line that marks it: that of the series where
    /// it is one of several.
    fileprivate var events: [(place: Double, colour: String)] {
      Set(series.compactMap(\.event)).sorted().map { place in
        let own = series.filter { $0.event == place }
        return (place, own.count == 1 && series.count > 1 ? own[0].colour : "#444444")
      }
    }

    fileprivate var points: [Point] { series.flatMap(\.points) }

    /// Whether the horizontal axis is drawn logarithmic: over less it would have hardly a round number.
    fileprivate var hasPowers: Bool {
      let values = points.map(\.x)
      return isLogarithmic && (values.max() ?? 1) >= 2 * (values.min() ?? 1)
    }

    /// As many decimals as tell the numbers of the vertical axis apart.
    fileprivate var decimals: Int {
      let values = points.flatMap { [$0.low ?? $0.y, $0.high ?? $0.y] }
      return (values.max() ?? 1) - (values.min() ?? 0) < 0.05 && yRange == "[*:*]" ? 3 : 2
    }

    /// Whether names can stand beside points: few, and short enough for `width`.
    fileprivate func hasNames(width: Double) -> Bool {
      let names = points.map(\.name).filter { !$0.isEmpty }
      return !isCurve && (1...10).contains(names.count)
        && names.allSatisfy { Canvas.width($0, size: Gnuplot.smallestFont) < 0.6 * width }
    }
  }

  let panels: [Panel]
  /// In which numbers are written.
  let language: Language

  private static let panelHeight = 250.0
  /// Room for the numbers and the name of each axis, and for a title.
  private static let margins = (left: 62.0, right: 14.0, top: 30.0, bottom: 52.0)

  private var columns: Int { min(2, panels.count) }
  private var width: Double { columns == 1 ? 0.75 * Gnuplot.pageWidth : Gnuplot.pageWidth }
  private var plot: (width: Double, height: Double) {
    (
      width / Double(columns) - Self.margins.left - Self.margins.right,
      Self.panelHeight - Self.margins.top - Self.margins.bottom
    )
  }

  /// Draws all panels as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    let rows = (panels.count + columns - 1) / columns
    let hasNames = panels.allSatisfy { $0.hasNames(width: plot.width) }
    var seen: Set<String> = []
    let entries = panels.flatMap(\.series).filter { seen.insert($0.name).inserted }.map { ($0.name, $0.colour) }
    let legend = Legend(hasNames ? [] : entries, width: width)
    let height = Self.panelHeight * Double(rows) + legend.height
    var script = "set decimalsign '\(language.say(\.decimalMark))'; set multiplot\n"
    for (index, panel) in panels.enumerated() {
      let left = width / Double(columns) * Double(index % columns)
      let top = Self.panelHeight * Double(index / columns)
      script += "set lmargin at screen \((left + Self.margins.left) / width)\n"
      script += "set rmargin at screen \((left + Self.margins.left + plot.width) / width)\n"
      script += "set tmargin at screen \(1 - (top + Self.margins.top) / height)\n"
      script += "set bmargin at screen \(1 - (top + Self.margins.top + plot.height) / height)\n"
      script += self.script(panel, index, hasNames: hasNames)
    }
    var strip = Canvas()
    legend.draw(on: &strip)
    script += strip.script(width: width, height: legend.height, share: legend.height / height)
    try Gnuplot.draw(script + "unset multiplot\n", width: width, height: height, to: folder, name: name)
  }

  private func script(_ panel: Panel, _ index: Int, hasNames: Bool) -> String {
    let title = PanelLetters.title(panel.title, index, of: panels.count)
    var script = """
      set border 3 lc rgb '#444444'; set tics nomirror; set grid lc rgb '#dddddd' lt 1; unset key
      set title \(Gnuplot.quoted(title)) offset 0,\(panel.events.isEmpty ? -0.5 : 0.1) font 'Helvetica Bold,12'
      set xlabel \(Gnuplot.quoted(panel.xLabel)); set ylabel \(Gnuplot.quoted(panel.yLabel)) offset -0.3,0
      set xrange [*:*] noreverse; set yrange \(panel.yRange) noreverse
      set autoscale xfix; set format y '%.\(panel.decimals)f'; set xtics autofreq
      \(panel.hasPowers ? "set logscale x" : "unset logscale")
      \(panel.isCurve ? "set offsets 0,0,0,0" : "set offsets graph 0.08,graph 0.08,graph 0.05,graph 0.05")

      """
    // Between few epochs there are none.
    if panel.isCurve, !panel.hasPowers, panel.points.allSatisfy({ $0.x == $0.x.rounded() && $0.x <= 8 }) {
      script += "set xtics 1\n"
    }
    if panel.hasPowers || hasNames { script += axes(panel, hasNames: hasNames) }
    for (place, colour) in panel.events {
      script += "set arrow from \(place),graph 0 to \(place),graph 1 nohead dt 2 lw 1 lc rgb '\(colour)'\n"
    }
    if let first = panel.events.first {
      // Above the plot, where no curve runs, and inwards from the line; those that follow are known by the first.
      let middle = (panel.points.map(\.x).max() ?? 0) / 2
      script += "set label \(Gnuplot.quoted(panel.eventLabel)) at \(first.place),graph 1 "
      script += "\(first.place < middle ? "left" : "right") offset 0,0.45 font 'Helvetica,11' tc rgb '#444444'\n"
    }
    var plots: [String] = []
    for (number, series) in panel.series.enumerated() {
      let block = "$p\(index)_\(number)"
      script += "\(block) << END\n"
      for point in series.points {
        script += "\(point.x) \(point.y) \(point.low ?? point.y) \(point.high ?? point.y)\n"
      }
      script += "END\n"
      let colour = "lc rgb '\(series.colour)'"
      if panel.isCurve {
        if series.points.contains(where: { $0.low != nil }) {
          plots.append("\(block) using 1:3:4 with filledcurves fs transparent solid 0.18 noborder \(colour) notitle")
        }
        plots.append("\(block) using 1:2 with linespoints lw 2 pt 7 ps 0.3 \(colour) notitle")
      } else {
        plots.append("\(block) using 1:2:3:4 with yerrorbars lw 2 pt 7 ps 0.9 \(colour) notitle")
      }
    }
    return script + "plot \(plots.joined(separator: ", \\\n  "))\nset offsets 0,0,0,0\nunset arrow; unset label\n"
  }

  /// Ranges and numbers of axes that aren't left to gnuplot, and the names beside points, which need them.
  private func axes(_ panel: Panel, hasNames: Bool) -> String {
    let points = panel.points
    let scaled: (Double) -> Double = panel.hasPowers ? { log10($0) } : { $0 }
    func padded(_ values: [Double], by share: Double) -> ClosedRange<Double> {
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let room = max((high - low) * share, 1e-3)
      return low - room...high + room
    }
    let x = padded(points.map { scaled($0.x) }, by: hasNames ? 0.12 : panel.isCurve ? 0 : 0.08)
    let shown = panel.hasPowers ? pow(10, x.lowerBound)...pow(10, x.upperBound) : x
    var script = "set xrange [\(shown.lowerBound):\(shown.upperBound)]\n"
    if panel.hasPowers {
      let mark = language.say(\.decimalMark)
      let ticks = Ticks.logarithmic(shown, most: 7).map { tick in
        "'\(String(format: "%g", tick).replacingOccurrences(of: ".", with: mark))' \(tick)"
      }
      script += "set xtics (\(ticks.joined(separator: ", ")))\n"
    }
    guard hasNames else { return script }
    let y = padded(points.flatMap { [$0.low ?? $0.y, $0.high ?? $0.y] }, by: 0.08)
    script += "set yrange [\(y.lowerBound):\(y.upperBound)]\nset offsets 0,0,0,0\n"
    let (width, height) = plot
    func place(_ point: Point, _ value: Double) -> (x: Double, y: Double) {
      (
        width * (scaled(point.x) - x.lowerBound) / (x.upperBound - x.lowerBound),
        height * (y.upperBound - value) / (y.upperBound - y.lowerBound)
      )
    }
    let names = NamesBesidePoints(
      marks: points.map { point in
        let (x, y) = place(point, point.y)
        return .init(
          name: point.name, x: x, y: y, top: place(point, point.high ?? point.y).y,
          bottom: place(point, point.low ?? point.y).y)
      }, width: width, height: height)
    for (mark, name) in zip(names.marks, names.places) {
      let colour = panel.series.first { $0.points.contains { $0.name == mark.name } }?.colour ?? "#000000"
      func graph(_ x: Double, _ y: Double) -> String { "graph \(x / width),graph \(1 - y / height)" }
      script += "set label \(Gnuplot.quoted(mark.name)) at \(graph(name.x, name.y)) "
      script += "\(name.isRight ? "left" : "right") font 'Helvetica,\(Gnuplot.smallestFont)' front\n"
      if name.isAside {
        let end = graph(name.x + (name.isRight ? -2 : 2), name.y)
        script += "set arrow from \(graph(mark.x, mark.y)) to \(end) nohead lw 1 lc rgb '\(colour)'\n"
      }
    }
    return script
  }
}

/// Where names stand beside the points of a plot, so that none covers another, a point or an error bar as far as there is
/// room.
package struct NamesBesidePoints {
  /// A point with its error bar, in points from the upper left corner of the plot.
  package struct Mark {
    package let name: String
    package let x, y: Double
    let top, bottom: Double

    package init(name: String, x: Double, y: Double, top: Double, bottom: Double) {
      (self.name, self.x, self.y, self.top, self.bottom) = (name, x, y, top, bottom)
    }
  }

  /// Where a name begins, or ends where it stands to the left of its point, and the height of its middle.
  package struct Place: Equatable {
    package let x, y: Double
    package let isRight: Bool
    /// Whether a line leads to it, since it isn't level with its point.
    let isAside: Bool

    package init(x: Double, y: Double, isRight: Bool, isAside: Bool) {
      (self.x, self.y, self.isRight, self.isAside) = (x, y, isRight, isAside)
    }
  }

  private struct Box {
    let left, right, top, bottom: Double

    /// The area that both cover.
    func overlap(_ other: Box) -> Double {
      max(0, min(right, other.right) - max(left, other.left)) * max(0, min(bottom, other.bottom) - max(top, other.top))
    }
  }

  let marks: [Mark]
  package private(set) var places: [Place] = []

  /// How wide a name is taken for.
  package static func width(of name: String) -> Double { Canvas.width(name, size: Gnuplot.smallestFont) }

  /// - Parameters:
  ///   - marks: the points.
  ///   - width: that of the plot.
  ///   - height: that of the plot.
  package init(marks: [Mark], width: Double, height: Double) {
    self.marks = marks
    let bars = marks.flatMap { mark in
      [
        Box(left: mark.x - 4, right: mark.x + 4, top: mark.top, bottom: mark.bottom),
        Box(left: mark.x - 6, right: mark.x + 6, top: mark.y - 6, bottom: mark.y + 6),
      ]
    }
    let line = Gnuplot.smallestFont + 3
    var taken: [Box] = []
    for mark in marks {
      let own = Self.width(of: mark.name)
      var best: (cost: Double, place: Place, box: Box)?
      for step in 0..<24 {
        let rise = Double((step + 1) / 2) * (step % 2 == 0 ? -0.5 : 0.5) * line
        for isRight in [true, false] {
          let left = isRight ? mark.x + 8 : mark.x - 8 - own
          let middle = mark.y + rise
          let box = Box(left: left, right: left + own, top: middle - line / 2, bottom: middle + line / 2)
          let inside = Box(left: 0, right: width, top: 0, bottom: height)
          let outside = own * line - box.overlap(inside)
          let cost =
            20 * outside + 10 * taken.reduce(0) { $0 + $1.overlap(box) } + 3 * bars.reduce(0) { $0 + $1.overlap(box) }
            + 2 * abs(rise) + (isRight ? 0 : 1)
          if cost < best?.cost ?? .infinity {
            let place = Place(
              x: isRight ? left : left + own, y: middle, isRight: isRight, isAside: abs(rise) > line / 2)
            best = (cost, place, box)
          }
        }
      }
      guard let best else { continue }
      places.append(best.place)
      taken.append(best.box)
    }
  }
}
