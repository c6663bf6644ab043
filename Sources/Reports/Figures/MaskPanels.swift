import Compute
import Foundation
import Harness
import Scenes

/// Test scenes in rows: picture, truth and the mask of each model in columns, and below or beside each mask where it is
/// wrong.
struct MaskPanels {
  struct Column {
    let title: String
    /// One mask a scene: the class of every pixel.
    let masks: [[UInt8]]
  }

  let classes: ClassSet
  let pictures: [Picture]
  /// One mask a scene.
  let truths: [[UInt8]]
  let columns: [Column]
  /// The language of titles and legend.
  let language: Language
  /// Whether a mask's wrong pixels stand in the column after it, which leaves no gaps where there is one model; else below.
  var errorsAreBeside = false

  private var rowsPerScene: Int { errorsAreBeside ? 1 : 2 }

  private static let cellWidth = 260.0
  private static let titleHeight = 30.0
  private static let gap = 4.0
  private static let wrong = RGB(213, 94, 0)
  private static let right = RGB(225, 225, 225)

  /// Draws them as `folder/name.png`.
  func draw(to folder: URL, name: String) throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    // All cells have the shape of the tallest picture; others have room above and below.
    let tallest = pictures.map(\.size).reduce(pictures[0].size) {
      $1.height * $0.width > $0.height * $1.width ? $1 : $0
    }
    let cellHeight = Self.cellWidth * Double(tallest.height) / Double(tallest.width)
    let width = Self.cellWidth * Double(2 + (errorsAreBeside ? 2 : 1) * columns.count)
    let samples = samples(width: width)
    let height = Self.titleHeight + cellHeight * Double(rowsPerScene * pictures.count) + samples.height
    var script = "set multiplot\n" + strips(samples, width: width, height: height, cellHeight: cellHeight)
    func place(_ picture: Picture, column: Int, row: Int) throws {
      let file = scratch.appendingPathComponent("\(column)-\(row).png")
      try PNG.write(picture, to: file)
      let left = Self.cellWidth * Double(column)
      let top = Self.titleHeight + cellHeight * Double(row)
      let room = Double(picture.width * tallest.height - picture.height * tallest.width) / Double(2 * tallest.width)
      let (right, low, high) = (Double(picture.width) - 0.5, -0.5 - room, Double(picture.height) - 0.5 + room)
      script += """
        set lmargin at screen \((left + Self.gap / 2) / width)
        set rmargin at screen \((left + Self.cellWidth - Self.gap / 2) / width)
        set tmargin at screen \(1 - (top + Self.gap / 2) / height)
        set bmargin at screen \(1 - (top + cellHeight - Self.gap / 2) / height)
        set xrange [-0.5:\(right)] noreverse; set yrange [\(low):\(high)] noreverse
        plot \(Gnuplot.quoted(file.path)) binary filetype=png using 1:2:3 with rgbimage notitle

        """
    }
    for row in pictures.indices {
      let size = pictures[row].size
      let top = rowsPerScene * row
      try place(pictures[row], column: 0, row: top)
      try place(classes.picture(of: truths[row], width: size.width, height: size.height), column: 1, row: top)
      for (index, column) in columns.enumerated() {
        let mask = column.masks[row]
        try place(
          classes.picture(of: mask, width: size.width, height: size.height),
          column: (errorsAreBeside ? 2 : 1) * index + 2, row: top)
        try place(
          errors(of: mask, scene: row), column: errorsAreBeside ? 2 * index + 3 : index + 2,
          row: errorsAreBeside ? top : top + 1)
      }
    }
    try Gnuplot.draw(
      script + "unset multiplot\n", width: width / 1.5, height: height / 1.5, formats: [.png], to: folder, name: name)
  }

  /// Where a mask is wrong: void truth is black, as it doesn't count.
  private func errors(of mask: [UInt8], scene: Int) -> Picture {
    var picture = Picture(width: pictures[scene].width, height: pictures[scene].height)
    for (pixel, truth) in truths[scene].enumerated() where truth != classes.void {
      let colour = mask[pixel] == truth ? Self.right : Self.wrong
      picture[pixel % picture.width, pixel / picture.width] = colour
    }
    return picture
  }

  /// Titles above and what the colours mean below.
  private func strips(_ samples: Samples, width: Double, height: Double, cellHeight: Double) -> String {
    var canvas = Canvas()
    let titles =
      [language.say(\.picture), language.say(\.truthLabel)]
      + columns.flatMap { errorsAreBeside ? [$0.title, language.say(\.wrong)] : [$0.title] }
    for (index, title) in titles.enumerated() {
      canvas.text(
        title, x: Self.cellWidth * (Double(index) + 0.5), y: Self.titleHeight / 2, anchor: .center, size: 11)
    }
    for row in pictures.indices where !errorsAreBeside {
      canvas.text(
        language.say(\.wrongPixels), x: 2 * Self.cellWidth - 12,
        y: Self.titleHeight + cellHeight * (2 * Double(row) + 1.5), anchor: .right, size: 11)
    }
    for (index, entry) in samples.entries.enumerated() {
      let x = samples.step * Double(index % samples.perRow) + 10
      let y = height - samples.height + 18 + 22 * Double(index / samples.perRow)
      canvas.rectangle(x: x, y: y - 8, width: 22, height: 16, fill: entry.colour)
      canvas.text(entry.name, x: x + 30, y: y, size: 11)
    }
    return canvas.script(width: width, height: height)
  }

  /// What the colours mean: samples with names, in as many rows as they need.
  private struct Samples {
    let entries: [(name: String, colour: String)]
    let perRow: Int
    let step: Double

    var height: Double { 22 * Double((entries.count + perRow - 1) / perRow) + 12 }
  }

  private func samples(width: Double) -> Samples {
    func hex(_ colour: RGB) -> String { String(format: "#%02x%02x%02x", colour.red, colour.green, colour.blue) }
    let entries =
      classes.classes.map { ($0.name, hex($0.colour)) } + [
        (language.say(\.wrong), hex(Self.wrong)), (language.say(\.right), hex(Self.right)),
      ]
    // The figure is drawn at two thirds of its size, but not its texts.
    let widest = entries.map { Canvas.width($0.0, size: 1.5 * 11) }.max() ?? 0
    let most = max(1, min(entries.count, Int(width / (widest + 50))))
    // Rows of about equal length.
    let rows = (entries.count + most - 1) / most
    let perRow = (entries.count + rows - 1) / rows
    return Samples(entries: entries, perRow: perRow, step: width / Double(perRow))
  }
}
