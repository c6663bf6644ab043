import Foundation
import Harness

/// Plots side by side with one legend below.
struct Plots {
  /// A value with the range around it.
  struct Point {
    let x, y: Double
    var low: Double?
    var high: Double?
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

    /// Whether the horizontal axis is drawn logarithmic: over less than a power of ten it would have no numbers.
    fileprivate var hasPowers: Bool {
      let values = series.flatMap(\.points).map(\.x)
      return isLogarithmic && (values.max() ?? 1) >= 10 * (values.min() ?? 1)
    }

    /// As many decimals as tell the numbers of the vertical axis apart.
    fileprivate var decimals: Int {
      let values = series.flatMap(\.points).flatMap { [$0.low ?? $0.y, $0.high ?? $0.y] }
      return (values.max() ?? 1) - (values.min() ?? 0) < 0.05 && yRange == "[*:*]" ? 3 : 2
    }
  }

  let panels: [Panel]

  private static let panelSize = (width: 480.0, height: 330.0)

  /// Draws all panels as `folder/name.svg` and `.png`.
  func draw(to folder: URL, name: String) throws {
    let columns = min(2, panels.count)
    let rows = (panels.count + columns - 1) / columns
    let width = Self.panelSize.width * Double(max(columns, 2)) * (columns == 1 ? 0.7 : 1)
    var seen: Set<String> = []
    let entries = panels.flatMap(\.series).filter { seen.insert($0.name).inserted }.map { ($0.name, $0.colour) }
    let legend = Legend(entries, width: width)
    let height = Self.panelSize.height * Double(rows) + legend.height
    var script = "set multiplot\n"
    for (index, panel) in panels.enumerated() {
      let left = width / Double(columns) * Double(index % columns)
      let top = Self.panelSize.height * Double(index / columns)
      // Room for the numbers and the name of each axis.
      script += "set lmargin at screen \((left + 78) / width)\n"
      script += "set rmargin at screen \((left + width / Double(columns) - 22) / width)\n"
      script += "set tmargin at screen \(1 - (top + 30) / height)\n"
      script += "set bmargin at screen \(1 - (top + Self.panelSize.height - 64) / height)\n"
      script += Self.script(panel, index)
    }
    var strip = Canvas()
    legend.draw(on: &strip)
    script += strip.script(width: width, height: legend.height, share: legend.height / height)
    try Gnuplot.draw(script + "unset multiplot\n", width: width, height: height, to: folder, name: name)
  }

  private static func script(_ panel: Panel, _ index: Int) -> String {
    var script = """
      set border 3 lc rgb '#444444'; set tics nomirror; set grid lc rgb '#dddddd' lt 1; unset key
      set title \(Gnuplot.quoted(panel.title)) offset 0,\(panel.events.isEmpty ? -0.5 : 0.1)
      set xlabel \(Gnuplot.quoted(panel.xLabel)); set ylabel \(Gnuplot.quoted(panel.yLabel)) offset -0.3,0
      set xrange [*:*] noreverse; set yrange \(panel.yRange) noreverse
      set autoscale xfix; set format y '%.\(panel.decimals)f'
      \(panel.hasPowers ? "set logscale x" : "unset logscale")
      \(panel.isCurve ? "set offsets 0,0,0,0" : "set offsets graph 0.08,graph 0.08,graph 0.05,graph 0.05")

      """
    for (place, colour) in panel.events {
      script += "set arrow from \(place),graph 0 to \(place),graph 1 nohead dt 2 lw 1 lc rgb '\(colour)'\n"
    }
    if let first = panel.events.first {
      // Above the plot, where no curve runs, and inwards from the line; those that follow are known by the first.
      let middle = (panel.series.flatMap(\.points).map(\.x).max() ?? 0) / 2
      script += "set label \(Gnuplot.quoted(panel.eventLabel)) at \(first.place),graph 1 "
      script += "\(first.place < middle ? "left" : "right") offset 0,0.45 font 'Helvetica,10' tc rgb '#444444'\n"
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
}
