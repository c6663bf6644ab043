import Compute
import Foundation
import Harness
import Scenes

/// Test scenes: picture, truth, and of each model its mask and where that is wrong. Classes are told apart by lines and
/// numbers, too.
struct MaskPanels {
  struct Model {
    /// What was trained, in lines.
    let title: [String]
    /// One mask a scene: the class of every pixel.
    let masks: [[UInt8]]
    /// The mean IoU of each scene; nil where it isn't known.
    let scores: [Double?]
  }

  let classes: ClassSet
  let pictures: [Picture]
  /// One mask a scene; none where the truth isn't shown.
  let truths: [[UInt8]]
  let models: [Model]
  /// The language of titles and legend.
  let language: Language
  var layout = Layout.rows

  enum Layout {
    /// A row for the pictures, the truths, and of each model for masks and for errors; a column a scene.
    case rows
    /// Scene after scene, picture, truth and masks as they come, at most five in a row, titles above them.
    case gallery
    /// One scene, a column for each condition that it is seen under: a row for what is seen, and of each model for masks.
    case conditions([String])

    /// Whether rows have their titles beside them, as columns are scenes or conditions.
    var isGrid: Bool { if case .gallery = self { false } else { true } }
    /// Whether the truth stands between pictures and masks.
    var hasTruth: Bool { if case .conditions = self { false } else { true } }
    /// Whether errors stand below each mask.
    var hasErrors: Bool { if case .rows = self { true } else { false } }
  }

  private static let titleWidth = 118.0
  private static let gap = 3.0
  private static let line = 14.0
  /// What fits on a page with its caption, so that many models make small cells.
  private static let mostHeight = 830.0
  private static let wrong = RGB(213, 94, 0)
  private static let right = RGB(225, 225, 225)

  /// How many of picture, truth, masks and errors a scene has.
  private var itemCount: Int { item(of: models.count) }

  /// The place of a model's masks among them.
  private func item(of model: Int) -> Int { (layout.hasTruth ? 2 : 1) + (layout.hasErrors ? 2 : 1) * model }

  /// Of a gallery: how many rows a scene has, and how many stand in each, so that rows are about as long.
  private var rowsPerScene: Int { (itemCount + 4) / 5 }
  private var across: Int { (itemCount + rowsPerScene - 1) / rowsPerScene }
  private static let headHeight = 2 * line + 2

  /// The names of columns; none where scenes need none.
  private var columnTitles: [String] { if case .conditions(let names) = layout { names } else { [] } }
  /// The height of their row.
  private var columnHeight: Double { columnTitles.isEmpty ? 0 : Self.line + 2 }

  /// The upper left corner of an item's cell.
  private func origin(_ item: Int, scene: Int) -> (x: Double, y: Double) {
    switch layout {
    case .rows, .conditions:
      (left + cell.width * Double(scene), columnHeight + cell.height * Double(item))
    case .gallery:
      (
        left + cell.width * Double(item % across),
        (cell.height + Self.headHeight) * Double(scene * rowsPerScene + item / across) + Self.headHeight
      )
    }
  }

  /// The height of all cells and their titles.
  private var bodyHeight: Double {
    switch layout {
    case .rows, .conditions: columnHeight + cell.height * Double(itemCount)
    case .gallery: (cell.height + Self.headHeight) * Double(pictures.count * rowsPerScene)
    }
  }

  /// All cells have the shape of the tallest picture; others have room above and below.
  private var tallest: PixelSize {
    pictures.map(\.size).reduce(pictures[0].size) { $1.height * $0.width > $0.height * $1.width ? $1 : $0 }
  }

  private var cell: (width: Double, height: Double) {
    let shape = Double(tallest.height) / Double(tallest.width)
    guard layout.isGrid else {
      let width = Gnuplot.pageWidth / Double(max(4, across))
      return (width, width * shape)
    }
    let width = (Gnuplot.pageWidth - Self.titleWidth) / Double(max(3, pictures.count))
    // Not so low that titles run into one another.
    let height = max(min(width * shape, Self.mostHeight / Double(itemCount)), min(width * shape, 2.5 * Self.line))
    return (height / shape, height)
  }

  /// Where cells begin: they, with their titles, stand in the middle of the page.
  private var left: Double {
    layout.isGrid
      ? (Gnuplot.pageWidth + Self.titleWidth - cell.width * Double(pictures.count)) / 2
      : (Gnuplot.pageWidth - cell.width * Double(across)) / 2
  }

  /// Draws them as `folder/name.png`.
  func draw(to folder: URL, name: String) throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let cell = cell
    let width = Gnuplot.pageWidth
    let legend = Samples(entries, width: width)
    let height = bodyHeight + legend.height
    var script = "set multiplot\nunset border; unset tics\n"
    var canvas = Canvas()
    func place(_ picture: Picture, scene: Int, item: Int) throws {
      let file = scratch.appendingPathComponent("\(scene)-\(item).png")
      try PNG.write(picture, to: file)
      let (left, top) = origin(item, scene: scene)
      let room = Double(picture.width * tallest.height - picture.height * tallest.width) / Double(2 * tallest.width)
      let (right, low, high) = (Double(picture.width) - 0.5, -0.5 - room, Double(picture.height) - 0.5 + room)
      script += """
        set lmargin at screen \((left + Self.gap / 2) / width)
        set rmargin at screen \((left + cell.width - Self.gap / 2) / width)
        set tmargin at screen \(1 - (top + Self.gap / 2) / height)
        set bmargin at screen \(1 - (top + cell.height - Self.gap / 2) / height)
        set xrange [-0.5:\(right)] noreverse; set yrange [\(low):\(high)] noreverse
        plot \(Gnuplot.quoted(file.path)) binary filetype=png using 1:2:3 with rgbimage notitle

        """
    }
    for (scene, picture) in pictures.enumerated() {
      try place(picture, scene: scene, item: 0)
      if layout.hasTruth {
        let truth = drawn(truths[scene], scene: scene)
        try place(truth.picture(in: classes), scene: scene, item: 1)
        numbers(of: truth, scene: scene, item: 1, besideScore: false, on: &canvas)
      }
      for (number, model) in models.enumerated() {
        let mask = drawn(model.masks[scene], scene: scene)
        let item = item(of: number)
        try place(mask.picture(in: classes), scene: scene, item: item)
        let score = model.scores[scene]
        numbers(of: mask, scene: scene, item: item, besideScore: score != nil, on: &canvas)
        if let score { self.score(score, scene: scene, item: item, on: &canvas) }
        if layout.hasErrors {
          try place(errors(of: model.masks[scene], scene: scene), scene: scene, item: item + 1)
        }
      }
    }
    titles(on: &canvas)
    legend.draw(on: &canvas, y: bodyHeight)
    script += canvas.script(width: width, height: height) + "unset multiplot\n"
    try Gnuplot.draw(script, width: width, height: height, formats: [.png], to: folder, name: name)
  }

  /// A mask at as many pixels as its cell will have.
  private func drawn(_ mask: [UInt8], scene: Int) -> DrawnMask {
    let size = pictures[scene].size
    let scale = min(
      (cell.width - Self.gap) / Double(size.width), (cell.height - Self.gap) / Double(size.height))
    return DrawnMask(mask, width: size.width, height: size.height, scale: Gnuplot.pixelsPerPoint * scale)
  }

  /// The number of each class on its largest area, where that has room: colours alone don't tell them apart for everyone.
  private func numbers(of mask: DrawnMask, scene: Int, item: Int, besideScore: Bool, on canvas: inout Canvas) {
    let corner = origin(item, scene: scene)
    let left = corner.x + cell.width / 2 - Double(mask.width) / Gnuplot.pixelsPerPoint / 2
    let top = corner.y + cell.height / 2 - Double(mask.height) / Gnuplot.pixelsPerPoint / 2
    let reach = Int(Gnuplot.pixelsPerPoint * Gnuplot.smallestFont * 0.6)
    let taken = [Self.scoreSize.width, Self.scoreSize.height].map { Int(Gnuplot.pixelsPerPoint * ($0 + 2)) }
    let covered = besideScore ? (taken[0], taken[1]) : (0, 0)
    for (place, spot) in mask.widestSpots(atLeast: reach, outside: covered) {
      canvas.text(
        "\(place)", x: left + Double(spot.x) / Gnuplot.pixelsPerPoint, y: top + Double(spot.y) / Gnuplot.pixelsPerPoint,
        anchor: .center, size: Gnuplot.smallestFont, colour: Self.legible(on: classes.classes[Int(place)].colour),
        isBold: true)
    }
  }

  private static let scoreSize = (width: 29.0, height: 14.0)

  /// The score in the corner of a mask.
  private func score(_ score: Double, scene: Int, item: Int, on canvas: inout Canvas) {
    let corner = origin(item, scene: scene)
    let (x, y) = (corner.x + 3, corner.y + 3)
    let (width, height) = Self.scoreSize
    canvas.rectangle(x: x, y: y, width: width, height: height, fill: "#ffffff")
    canvas.text(
      Table.shown(.score(score, digits: 2), language), x: x + width / 2, y: y + height / 2, anchor: .center,
      size: Gnuplot.smallestFont)
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

  /// What each row is, to its left; in a gallery, what each cell is, above it.
  private func titles(on canvas: inout Canvas) {
    let errors = layout.hasErrors ? [[language.say(\.wrongPixels)]] : []
    let titles =
      [[language.say(\.picture)]] + (layout.hasTruth ? [[language.say(\.truthLabel)]] : [])
      + models.flatMap { [$0.title] + errors }
    guard layout.isGrid else {
      for scene in pictures.indices {
        for (item, title) in titles.enumerated() {
          let (x, y) = origin(item, scene: scene)
          for (number, text) in title.reversed().prefix(2).enumerated() {
            canvas.text(
              text, x: x + cell.width / 2, y: y - Self.line * (Double(number) + 0.5), anchor: .center,
              size: Gnuplot.smallestFont)
          }
        }
      }
      return
    }
    for (row, title) in titles.enumerated() {
      let lines = title.flatMap { Canvas.lines($0, width: Self.titleWidth - 10, size: Gnuplot.smallestFont) }
      for (number, line) in lines.enumerated() {
        canvas.text(
          line, x: left - 6,
          y: columnHeight + cell.height * (Double(row) + 0.5) + Self.line
            * (Double(number) - Double(lines.count - 1) / 2),
          anchor: .right, size: Gnuplot.smallestFont)
      }
    }
    for (place, title) in columnTitles.enumerated() {
      canvas.text(
        title, x: left + cell.width * (Double(place) + 0.5), y: Self.line / 2, anchor: .center,
        size: Gnuplot.smallestFont)
    }
  }

  /// Black or white, whichever stands out.
  private static func legible(on colour: RGB) -> String {
    299 * Int(colour.red) + 587 * Int(colour.green) + 114 * Int(colour.blue) > 140_000 ? "#000000" : "#ffffff"
  }

  /// What the colours mean, classes with their numbers.
  private var entries: [Samples.Entry] {
    func hex(_ colour: RGB) -> String { String(format: "#%02x%02x%02x", colour.red, colour.green, colour.blue) }
    return classes.classes.enumerated().map { place, own in
      Samples.Entry(
        name: language.say { $0.className(own.name) }, colour: hex(own.colour), number: "\(place)",
        numberColour: Self.legible(on: own.colour))
    }
      + (layout.hasErrors
        ? [
          .init(name: language.say(\.wrong), colour: hex(Self.wrong)),
          .init(name: language.say(\.right), colour: hex(Self.right)),
        ] : [])
  }

  /// Coloured samples with names, in as many rows as they need.
  private struct Samples {
    struct Entry {
      let name, colour: String
      var number = ""
      var numberColour = "#000000"
    }

    let entries: [Entry]
    let perRow: Int
    let step: Double

    init(_ entries: [Entry], width: Double) {
      let widest = entries.map { Canvas.width($0.name, size: Gnuplot.smallestFont) }.max() ?? 0
      let most = max(1, min(entries.count, Int(width / (widest + 38))))
      // Rows of about equal length.
      let rows = (entries.count + most - 1) / most
      self.entries = entries
      perRow = (entries.count + rows - 1) / rows
      step = width / Double(perRow)
    }

    var height: Double { 20 * Double((entries.count + perRow - 1) / perRow) + 10 }

    func draw(on canvas: inout Canvas, y: Double) {
      for (index, entry) in entries.enumerated() {
        let x = step * Double(index % perRow) + 4
        let middle = y + 16 + 20 * Double(index / perRow)
        canvas.rectangle(x: x, y: middle - 8, width: 22, height: 16, fill: entry.colour)
        canvas.text(
          entry.number, x: x + 11, y: middle, anchor: .center, size: Gnuplot.smallestFont, colour: entry.numberColour,
          isBold: true)
        canvas.text(entry.name, x: x + 28, y: middle, size: Gnuplot.smallestFont)
      }
    }
  }
}

/// A mask at the size that it is drawn at.
package struct DrawnMask {
  package let width, height: Int
  /// [height, width].
  package let classes: [UInt8]

  /// `mask` at `scale` times its size, each pixel that of the nearest.
  package init(_ mask: [UInt8], width: Int, height: Int, scale: Double) {
    let (across, down) = (
      max(1, Int((Double(width) * scale).rounded())), max(1, Int((Double(height) * scale).rounded()))
    )
    classes = (0..<down).flatMap { y in
      (0..<across).map { x in mask[(2 * y + 1) * height / (2 * down) * width + (2 * x + 1) * width / (2 * across)] }
    }
    (self.width, self.height) = (across, down)
  }

  /// In the colours of classes, with a white line between any two.
  package func picture(in set: ClassSet) -> Picture {
    var picture = set.picture(of: classes, width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        let (own, index) = (classes[y * width + x], y * width + x)
        if (x + 1 < width && classes[index + 1] != own) || (y + 1 < height && classes[index + width] != own) {
          picture[x, y] = RGB(255, 255, 255)
        }
      }
    }
    return picture
  }

  /// Of each class the pixel that lies farthest from other classes and from the edge, where that is at least `reach`
  /// pixels, counted as a king walks. Pixels within `corner` of the upper left one are as of another class.
  package func widestSpots(atLeast reach: Int, outside corner: (x: Int, y: Int)) -> [(
    place: UInt8, spot: (x: Int, y: Int)
  )] {
    var distances = [Int](repeating: 0, count: classes.count)
    // From the upper left what lies there, then from the lower right the rest.
    func pass(_ rows: some Sequence<Int>, _ columns: some Sequence<Int>, _ side: Int) {
      for y in rows {
        for x in columns {
          guard x >= corner.x || y >= corner.y else { continue }
          let (index, own) = (y * width + x, classes[y * width + x])
          var nearest = Int.max
          for (dx, dy) in [(side, 0), (side, side), (0, side), (-side, side)] {
            let (i, j) = (x + dx, y + dy)
            let isSame = i >= 0 && i < width && j >= 0 && j < height && classes[j * width + i] == own
            nearest = min(nearest, isSame ? distances[j * width + i] : 0)
          }
          distances[index] = side < 0 ? nearest + 1 : min(distances[index], nearest + 1)
        }
      }
    }
    pass(0..<height, 0..<width, -1)
    pass((0..<height).reversed(), (0..<width).reversed(), 1)
    var best: [UInt8: Int] = [:]
    for (index, own) in classes.enumerated() where distances[index] >= reach {
      if distances[index] > best[own].map({ distances[$0] }) ?? 0 { best[own] = index }
    }
    return best.sorted { $0.key < $1.key }.map { ($0.key, ($0.value % width, $0.value / width)) }
  }
}
