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

  /// A filled disc.
  mutating func disc(x: Double, y: Double, radius: Double, fill: String) {
    objects += 1
    script += "set object \(objects) circle at \(x),\(y) size \(radius) fc rgb '\(fill)' fs solid noborder\n"
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
  mutating func line(
    fromX x0: Double, y y0: Double, toX x1: Double, y y1: Double, colour: String, width: Double, isDashed: Bool = false
  ) {
    script += "set arrow from \(x0),\(y0) to \(x1),\(y1) nohead lw \(width) lc rgb '\(colour)'"
    script += "\(isDashed ? " dt 2" : "")\n"
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

  /// A text in lines of at most `width`, broken after spaces, hyphens, slashes, plus and equals signs, and anywhere in a
  /// part that is wider by itself.
  static func lines(_ text: String, width: Double, size: Double = 12) -> [String] {
    var parts = [""]
    for character in text {
      if Self.width(parts[parts.count - 1] + "\(character)", size: size) > width { parts.append("") }
      parts[parts.count - 1].append(character)
      if " -/+=".contains(character) { parts.append("") }
    }
    return parts.reduce(into: [String]()) { lines, part in
      if let last = lines.last, Self.width(last + part.trimmingCharacters(in: .whitespaces), size: size) <= width {
        lines[lines.count - 1] += part
      } else {
        lines.append(part)
      }
    }.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}

/// The letters of a figure's panels, where it has several.
enum PanelLetters {
  /// That of a panel, such as `(a)`.
  static func letter(_ place: Int) -> String { "(\(Character(UnicodeScalar(UInt8(97 + place % 26)))))" }

  /// A panel's title with its letter.
  static func title(_ title: String, _ place: Int, of count: Int) -> String {
    count > 1 ? [letter(place), title].filter { !$0.isEmpty }.joined(separator: " ") : title
  }

  /// A caption that says which panel is which.
  static func caption(_ caption: String, _ panels: [String], in language: Language) -> String {
    guard panels.count > 1 else { return caption }
    let names = panels.enumerated().map { "\(letter($0)) \($1)" }
    return caption + language.say(\.separator) + names.joined(separator: ", ")
  }
}

/// Round numbers along an axis.
package enum Ticks {
  /// At most `most` multiples of 1, 2 or 5 times a power of ten within a range.
  package static func linear(_ range: ClosedRange<Double>, most: Int) -> [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0 else { return [range.lowerBound] }
    let power = pow(10, (log10(span / Double(most))).rounded(.down))
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { span / $0 < Double(most) } ?? 10 * power
    let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step).rounded(.down))
    return first > last ? [] : (Int(first)...Int(last)).map { Double($0) * step }
  }

  /// Round multiples of powers of ten within a range, or powers of ten alone where those are many.
  package static func logarithmic(_ range: ClosedRange<Double>, most: Int) -> [Double] {
    let powers = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
    func ticks(_ factors: [Double]) -> [Double] {
      powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }.filter(range.contains)
    }
    return [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3]].map(ticks).first { $0.count <= most } ?? ticks([1])
  }
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
    let widest = entries.map { Canvas.width($0.name, size: Gnuplot.smallestFont) }.max() ?? 0
    step = widest + 46
    columns = max(1, min(entries.count, Int(width / step)))
    left = max(0, (width - step * Double(columns)) / 2)
  }

  var height: Double { 20 * Double((entries.count + columns - 1) / columns) + 8 }

  func draw(on canvas: inout Canvas, y: Double = 0) {
    for (index, entry) in entries.enumerated() {
      let x = left + step * Double(index % columns) + 10
      let middle = y + 20 * Double(index / columns) + 12
      canvas.line(fromX: x, y: middle, toX: x + 26, y: middle, colour: entry.colour, width: 3)
      canvas.text(entry.name, x: x + 32, y: middle, size: Gnuplot.smallestFont)
    }
  }
}
