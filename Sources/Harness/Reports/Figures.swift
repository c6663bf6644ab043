import Compute
import Foundation
import Scenes

/// The figures of a report.
enum Figures {
  /// A curve: one value an epoch.
  struct Curve {
    let name: String
    let points: [(epoch: Int, loss: Double, meanIoU: Double)]
  }

  /// Training loss and validation mean IoU over epochs, side by side.
  static func curves(_ curves: [Curve], to file: URL) throws {
    var script = "set termoption noenhanced\nset grid lc rgb '#dddddd'\nset xlabel 'epoch'\nset tics nomirror\n"
    script += "set border 3\nset key top left\n"
    for (index, curve) in curves.enumerated() {
      script += "$curve\(index) << END\n"
      for point in curve.points { script += "\(point.epoch) \(point.loss) \(point.meanIoU)\n" }
      script += "END\n"
    }
    func plot(_ column: Int) -> String {
      "plot "
        + curves.enumerated().map { index, curve in
          let colour = Gnuplot.colours[index % Gnuplot.colours.count]
          return "$curve\(index) using 1:\(column) with linespoints lw 2 pt 7 ps 0.4 lc rgb '\(colour)' "
            + "title \(Gnuplot.quoted(curve.name))"
        }.joined(separator: ", ") + "\n"
    }
    script += "set multiplot layout 1,2\nset ylabel 'validation mean IoU'\nset yrange [0:1]\n" + plot(3)
    script += "set ylabel 'training loss'\nset yrange [0:*]\nset key top right\n" + plot(2) + "unset multiplot\n"
    try Gnuplot.draw(script, terminal: "svg size 1000,380 font 'Helvetica,13' background '#ffffff'", to: file)
  }

  /// Test scenes in rows: picture, truth and the mask of each model in columns.
  ///
  /// - Parameter columns: the title of each column and its picture by scene.
  static func masks(_ columns: [(title: String, pictures: [Picture])], to file: URL) throws {
    guard let first = columns.first?.pictures.first else { return }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cellWidth = 260.0
    let cellHeight = cellWidth * Double(first.height) / Double(first.width)
    let titleHeight = 28.0
    let rows = columns[0].pictures.count
    let legendHeight = 30.0
    let width = cellWidth * Double(columns.count)
    let height = cellHeight * Double(rows) + titleHeight + legendHeight
    var script = """
      set termoption noenhanced
      unset border; unset tics; unset key; unset colorbox
      set lmargin 0; set rmargin 0; set tmargin 0; set bmargin 0
      set multiplot

      """
    for (column, (title, pictures)) in columns.enumerated() {
      let centre = (Double(column) + 0.5) / Double(columns.count)
      script +=
        "set label \(column + 1) \(Gnuplot.quoted(title)) at screen \(centre), \(1 - titleHeight / 2 / height) center\n"
      for (row, picture) in pictures.enumerated() {
        let image = folder.appendingPathComponent("\(column)-\(row).png")
        try PNG.write(picture, to: image)
        let top = titleHeight + Double(row) * cellHeight
        script += "set origin \(Double(column) / Double(columns.count)), \(1 - (top + cellHeight) / height)\n"
        script += "set size \(0.985 / Double(columns.count)), \(0.97 * cellHeight / height)\n"
        script +=
          "set xrange [-0.5:\(Double(picture.width) - 0.5)]; set yrange [-0.5:\(Double(picture.height) - 0.5)]\n"
        script += "plot \(Gnuplot.quoted(image.path)) binary filetype=png using 1:2:3 with rgbimage\n"
        // The titles are drawn once, with the first plot.
        if row == 0 { script += "unset label \(column + 1)\n" }
      }
    }
    script += legend(share: legendHeight / height) + "unset multiplot\n"
    try Gnuplot.draw(
      script, terminal: "pngcairo size \(Int(width)),\(Int(height)) font 'Sans,11' background '#ffffff'", to: file)
  }

  /// A row of named colours along the lower edge, as high as `share` of the figure.
  private static func legend(share: Double) -> String {
    let step = 1.0 / Double(Category.count)
    var script = "set origin 0,0\nset size 1,\(share)\nset xrange [0:1]\nset yrange [0:1]\n"
    for category in Category.allCases {
      let colour = category.colour
      let left = (Double(category.rawValue) + 0.1) * step
      let index = Int(category.rawValue) + 101
      script += "set object \(index) rectangle from \(left),0.3 to \(left + 0.15 * step),0.7 "
      script += String(format: "fc rgb '#%02x%02x%02x' fs solid noborder\n", colour.red, colour.green, colour.blue)
      script += "set label \(index) '\(category.name)' at \(left + 0.2 * step),0.5\n"
    }
    return script + "plot NaN notitle\n"
  }
}
