import Foundation
import Harness

/// A figure that is laid out by hand, in points from its upper left corner.
struct Canvas {
  enum Anchor: String {
    case left, center, right
  }

  private var script = ""
  private var objects = 0

  /// A filled rectangle, with an outline where `border` names its colour.
  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: String, border: String? = nil) {
    objects += 1
    script += "set object \(objects) rectangle from \(x),\(y) to \(x + width),\(y + height) fc rgb '\(fill)' fs solid "
    script += border.map { "border lc rgb '\($0)' lw 2\n" } ?? "noborder\n"
  }

  /// A line of text whose middle is at height `y`.
  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .left, size: Double = 12, colour: String = "#000000",
    isBold: Bool = false, isUpright: Bool = false
  ) {
    let font = "Helvetica\(isBold ? " Bold" : ""),\(size)"
    script += "set label \(Gnuplot.quoted(text)) at \(x),\(y) \(anchor.rawValue) font '\(font)' "
    script += "tc rgb '\(colour)'\(isUpright ? " rotate by 90" : "")\n"
  }

  /// A straight line.
  mutating func line(fromX x0: Double, y y0: Double, toX x1: Double, y y1: Double, colour: String, width: Double) {
    script += "set arrow from \(x0),\(y0) to \(x1),\(y1) nohead lw \(width) lc rgb '\(colour)'\n"
  }

  /// A straight line with a head at its end.
  mutating func arrow(fromX x0: Double, y y0: Double, toX x1: Double, y y1: Double, colour: String) {
    script += "set arrow from \(x0),\(y0) to \(x1),\(y1) head filled size screen 0.008,20 lw 1.5 lc rgb '\(colour)'\n"
  }

  /// What gnuplot draws it from, as a figure of its own or as a strip of another: its lower edge at `bottom` and its
  /// height `share`, as parts of the whole.
  func script(width: Double, height: Double, bottom: Double = 0, share: Double = 1) -> String {
    """
    set origin 0,\(bottom); set size 1,\(share)
    set lmargin at screen 0; set rmargin at screen 1
    set bmargin at screen \(bottom); set tmargin at screen \(bottom + share)
    unset border; unset tics; unset key; unset xlabel; unset ylabel; unset title; unset logscale; unset colorbox
    set xrange [0:\(width)] noreverse; set yrange [\(height):0]
    \(script)plot NaN notitle
    unset label; unset object; unset arrow

    """
  }

  /// About how wide a text is.
  static func width(_ text: String, size: Double = 12) -> Double { 0.58 * size * Double(text.count) }
}

/// What the colours of a figure stand for: samples with names, in rows below it.
struct Legend {
  /// A name and its colour.
  typealias Entry = (name: String, colour: String)

  private let entries: [Entry]
  private let columns: Int
  private let step, left: Double

  /// Lays entries out in rows of at most `width`.
  init(_ entries: [Entry], width: Double) {
    self.entries = entries
    let widest = entries.map { Canvas.width($0.name) }.max() ?? 0
    step = widest + 60
    columns = max(1, min(entries.count, Int(width / step)))
    left = max(0, (width - step * Double(columns)) / 2)
  }

  var height: Double { 20 * Double((entries.count + columns - 1) / columns) + 8 }

  func draw(on canvas: inout Canvas, y: Double = 0) {
    for (index, entry) in entries.enumerated() {
      let x = left + step * Double(index % columns) + 10
      let middle = y + 20 * Double(index / columns) + 12
      canvas.line(fromX: x, y: middle, toX: x + 26, y: middle, colour: entry.colour, width: 3)
      canvas.text(entry.name, x: x + 32, y: middle)
    }
  }
}
