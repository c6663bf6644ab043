import Foundation
import Harness
import Storage

/// Draws figures with gnuplot.
enum Gnuplot {
  /// Okabe and Ito's eight colours, distinct for the colour-blind (Wong 2011, doi:10.1038/nmeth.1618).
  static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]

  /// How wide figures are, in points: scaled to a column of 16 cm, `smallestFont` is 8 points there.
  static let pageWidth = 620.0
  static let smallestFont = 11.0
  /// How many pixels a point of PNG has a side.
  static let pixelsPerPoint = 2.0

  /// Whether gnuplot can be run.
  static var isInstalled: Bool { ChildProcess.file(of: "gnuplot") != nil }

  /// The kinds of files that figures are drawn to.
  enum Format: String, CaseIterable {
    case svg, png

    /// The terminal for a figure of a size in points; PNG has `pixelsPerPoint`.
    func terminal(width: Double, height: Double) -> String {
      switch self {
      case .svg: "svg size \(Int(width)),\(Int(height)) font 'Helvetica,12' background '#ffffff'"
      case .png:
        "pngcairo size \(Int(pixelsPerPoint * width)),\(Int(pixelsPerPoint * height)) font 'Helvetica,12' "
          + "fontscale \(0.75 * pixelsPerPoint) linewidth \(pixelsPerPoint) pointscale \(pixelsPerPoint) "
          + "background '#ffffff'"
      }
    }
  }

  /// Draws a script, which sets no terminal, to `folder/name.svg` and `.png`, in one run of gnuplot.
  ///
  /// - Throws: `HarnessError.figure` with gnuplot's own words.
  static func draw(
    _ script: String, width: Double, height: Double, formats: [Format] = Format.allCases, to folder: URL, name: String
  ) throws {
    let files = formats.map { folder.appendingPathComponent("\(name).\($0.rawValue)") }
    let asides = files.map { $0.deletingLastPathComponent().appendingPathComponent(".\($0.lastPathComponent)") }
    defer { for aside in asides { try? FileManager.default.removeItem(at: aside) } }
    var text = ""
    for (format, aside) in zip(formats, asides) {
      text += "reset\nset terminal \(format.terminal(width: width, height: height))\n"
      text += "set output \(quoted(aside.path))\nset termoption noenhanced\n\(script)\nset output\n"
    }
    try run(text, drawing: files[0])
    for (file, aside) in zip(files, asides) {
      guard rename(aside.path, file.path) == 0 else {
        throw HarnessError.figure(file: file.path, reason: String(cString: strerror(errno)))
      }
    }
  }

  private static func run(_ script: String, drawing file: URL) throws {
    let outcome = try ChildProcess.run("gnuplot", ["-"], input: Data(script.utf8))
    guard let outcome, outcome.status == 0 else {
      throw HarnessError.figure(file: file.path, reason: outcome?.complaint ?? "it isn't installed")
    }
  }

  /// A text as gnuplot's single quotes take it: on one line, since the next would be a command.
  static func quoted(_ text: String) -> String {
    "'" + text.split(whereSeparator: \.isNewline).joined(separator: " ").replacingOccurrences(of: "'", with: "''") + "'"
  }
}
