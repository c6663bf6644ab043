import Foundation
import Harness
import Reports
import Scenes
import TestSupport
import Testing

@Suite("Figures of reports") struct FigureTests {
  /// The text of a figure, from a report of the experiment in `yaml`; nil where it has none.
  private func figure(_ name: String, _ yaml: String, _ language: Language = .english) throws -> String? {
    var text: String?
    try withTemporaryFolder { folder in
      let report = try Report(StoredExperiment(yaml, in: folder).store, language: language, logger: silentLogger)
      _ = try report.write(to: folder)
      let file = folder.appendingPathComponent("figures/\(name)\(language.fileMark).svg")
      let isLinked = report.markdown(hasFigures: true).contains("(figures/\(name)\(language.fileMark).svg)")
      #expect(isLinked == FileManager.default.fileExists(atPath: file.path))
      text = isLinked ? try String(contentsOf: file, encoding: .utf8) : nil
    }
    return text
  }

  // MARK: Cost

  @Test("Costs are drawn with names beside points where models differ, and not at all for one network")
  func cost() throws {
    let one = "name: one\nabout: clear pictures\nmodel: unet-mini\nloss: [ce, dice]"
    #expect(try figure("cost", one) == nil)
    let two = try #require(
      try figure("cost", one.replacingOccurrences(of: "unet-mini", with: "[unet-mini, linear-svc]")))
    for name in ["unet-mini ce", "unet-mini dice", "linear-svc", "(a)", "(b)"] {
      #expect(two.components(separatedBy: ">\(name)<").count == (name.hasPrefix("(") ? 2 : 3), "\(name)")
    }
  }

  @Test("Where rows are many, costs and weather are drawn of one row of each model, which validation chose")
  func few() throws {
    func yaml(_ batches: String) -> String {
      "name: many\nmodel: [unet-mini, unet, vgg-unet]\ntraining: {batch: [\(batches)]}\nconditions: [fog-3]"
    }
    let all = try ["cost", "robustness"].map { try #require(try figure($0, yaml("2, 4"))) }
    #expect(all.allSatisfy { $0.contains(">unet-mini batch=2<") && $0.contains(">unet-mini batch=4<") })
    let cost = try #require(try figure("cost", yaml("2, 4, 8")))
    #expect(cost.contains(">unet-mini<") && cost.contains(">vgg-unet<") && !cost.contains("batch"))
    let grid = try #require(try figure("robustness", yaml("2, 4, 8")))
    #expect(grid.components(separatedBy: ">unet-mini batch=").count == 2 && !grid.contains(">unet-mini<"))
    try withTemporaryFolder { folder in
      let report = try Report(StoredExperiment(yaml("2, 4, 8"), in: folder).store, logger: silentLogger)
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("Test mean IoU of the row of each model that validation chose, with its 95 % interval"))
      #expect(text.contains("bold: the best in a column, and") && text.contains("Bold by model and condition"))
    }
  }

  @Test("Each model of a report has a colour of its own, of eight that the colour-blind tell apart")
  func colours() throws {
    // There are more models than colours: the first and the last would share one.
    let models = "random-forest, linear-svc, unet-mini, unet, vgg-unet, vgg-pspnet, efficientnet-unet"
    let text = try #require(try figure("cost", "name: seven\nabout: clear pictures\nmodel: [\(models)]"))
    let drawn = text.matches(of: #/stroke='rgb\( *(\d+), *(\d+), *(\d+)\)'/#).compactMap { match -> [UInt8]? in
      let colour = [match.output.1, match.output.2, match.output.3].compactMap { UInt8($0) }
      // Axes and grids are grey.
      return Set(colour).count > 1 || colour == [0, 0, 0] ? colour : nil
    }
    #expect(Set(drawn).count >= 7, "\(Set(drawn))")
  }

  @Test("Names beside points cover neither one another nor a point, as long as there is room")
  func names() {
    let (width, height, line) = (250.0, 180.0, 14.0)
    let marks = (0..<6).map { place -> NamesBesidePoints.Mark in
      let (x, y) = (200 + Double(place % 2) * 6, 60 + Double(place) * 3)
      return .init(name: "vgg-unet \(place)", x: x, y: y, top: y - 5, bottom: y + 5)
    }
    let names = NamesBesidePoints(marks: marks, width: width, height: height)
    let boxes = zip(marks, names.places).map { mark, place in
      let own = NamesBesidePoints.width(of: mark.name)
      return CGRect(x: place.isRight ? place.x : place.x - own, y: place.y - line / 2, width: own, height: line)
    }
    let plot = CGRect(x: 0, y: 0, width: width, height: height)
    for (place, box) in boxes.enumerated() {
      #expect(plot.contains(box), "\(box)")
      for other in boxes[..<place] { #expect(!box.intersects(other), "\(box) and \(other)") }
      for mark in marks { #expect(!box.contains(CGPoint(x: mark.x, y: mark.y)), "\(box) on \(mark)") }
    }
    let alone = NamesBesidePoints(marks: [marks[0]], width: 2 * width, height: height)
    #expect(alone.places == [.init(x: marks[0].x + 8, y: marks[0].y, isRight: true, isAside: false)])
  }

  @Test(
    "Axes have a few round numbers, all within their range",
    arguments: [0.04...0.1, 0.38...1.8, 1.2...900, 25...200, 0.001...1e5])
  func ticks(_ range: ClosedRange<Double>) {
    for ticks in [Ticks.logarithmic(range, most: 7), Ticks.linear(range, most: 6)] {
      #expect((2...9).contains(ticks.count) && ticks.allSatisfy(range.contains), "\(ticks)")
      #expect(ticks == ticks.sorted(), "\(ticks)")
    }
  }

  // MARK: Grids

  @Test("A scale of differences is white at 0, and as dark for a loss as for a gain, in another colour")
  func diverging() {
    let scale = HeatMaps.Scale.diverging(reach: 0.2)
    #expect(scale.colour(0) == "#ffffff" && scale.depth(-0.1) == scale.depth(0.1))
    #expect(scale.colour(0.2) == "#0072b2" && scale.colour(-0.2) == "#d55e00" && scale.colour(-1) == "#d55e00")
    let shares = HeatMaps.Scale.sequential(0.2...0.6)
    #expect(shares.colour(0.2) == "#ffffff" && shares.colour(0.6) == "#0072b2" && abs(shares.depth(0.4) - 0.5) < 1e-9)
  }

  @Test(
    "Robustness has differences from none where there are augmentations, with intervals, and else one grid of all models"
  )
  func robustness() throws {
    let yaml = "name: weather\nmodel: [unet-mini, unet]\naugmentation: [none, fog]\nseed: [0, 1, 2]"
    for (language, gained) in [
      (Language.english, "mean IoU gained over none"), (.french, "gain d’IoU moyenne sur none"),
    ] {
      let both = try #require(try figure("robustness", yaml, language))
      #expect(both.contains(">(b) \(gained)<") && both.contains(">unet-mini fog<"))
      // Two models, two conditions.
      #expect(both.components(separatedBy: ">±").count == 1 + 4)
    }
    let grid = try #require(try figure("robustness", yaml.replacingOccurrences(of: "[none, fog]", with: "none")))
    #expect(!grid.contains("(a)") && !grid.contains("±") && grid.contains(">unet-mini<") && grid.contains(">unet<"))
  }

  @Test("A confusion matrix says what its colours mean, and has no column of void that nothing is taken for")
  func confusion() throws {
    let text = try #require(try figure("confusion", "name: one\nmodel: [unet-mini, unet]"))
    #expect(text.contains("(a) unet-mini<") && text.contains("(b) unet<") && text.contains("true pixels<"))
    #expect(text.contains(">sky<") && !text.contains(">void<"))
  }

  // MARK: Dots and curves

  @Test("Augmentations and losses have a dot a training and a mean a row, a panel a family")
  func dots() throws {
    let yaml = "name: dots\nmodel: [unet-mini, unet]\nloss: [ce, dice]\naugmentation: [none, fog]\nseed: [0, 1, 2]"
    for (name, words) in [("augmentations", ["none", "fog"]), ("losses", ["ce", "dice"])] {
      let text = try #require(try figure(name, yaml))
      for word in words { #expect(text.components(separatedBy: ">\(word)<").count == 1 + 4, "\(word)") }
      for letter in ["a", "b", "c", "d"] { #expect(text.contains(">(\(letter)) "), "\(letter)") }
    }
    #expect(try figure("losses", "name: one\nmodel: unet\naugmentation: [none, fog]") == nil)
  }

  @Test("Curves of one model's settings stand side by side, with where an encoder thaws")
  func encoders() throws {
    let yaml = "name: thaw\nmodel: [vgg-unet, unet-mini]\nencoder: {freeze: [0, 2], unfreeze: 1}"
    let text = try #require(try figure("curves_ablations", yaml))
    #expect(text.contains(">freeze=0<") && text.contains(">freeze=2<") && text.contains(">encoder thaws<"))
    #expect(!text.contains("unet-mini") && !text.contains("unfreeze"))
    #expect(try figure("curves_ablations", "name: one\nmodel: vgg-unet\nloss: [ce, dice]") == nil)
  }

  // MARK: Masks

  @Test("A drawn mask has a white line between classes and none within, and a number in the middle of a large area")
  func masks() {
    // Two of 4x4 pixels side by side, drawn at ten times the size, so of 40x40.
    let mask = DrawnMask((0..<32).map { $0 % 8 < 4 ? 1 : 5 }, width: 8, height: 4, scale: 10)
    #expect(mask.width == 80 && mask.height == 40)
    let picture = mask.picture(in: .cityscapes8)
    let white = (0..<80 * 40).filter { picture[$0 % 80, $0 / 80] == RGB(255, 255, 255) }
    #expect(white == (0..<40).map { $0 * 80 + 39 })
    let spots = mask.widestSpots(atLeast: 10, outside: (0, 0))
    #expect(spots.map(\.place) == [1, 5])
    #expect(spots.map(\.spot.y).allSatisfy { (19...20).contains($0) })
    #expect((19...20).contains(spots[0].spot.x) && (59...60).contains(spots[1].spot.x))
    #expect(mask.widestSpots(atLeast: 21, outside: (0, 0)).isEmpty)
    // A score covers the upper left corner.
    let beside = mask.widestSpots(atLeast: 10, outside: (30, 20))
    #expect(beside[0].spot.y >= 29 && beside[1].spot == spots[1].spot)
  }

  // MARK: Networks

  @Test(
    "A network's drawing has input, output and joined skips, and few boxes however many blocks there are",
    arguments: [
      "unet-mini", "unet", "vgg-unet", "vgg-pspnet", "fcn8", "efficientnet-unet", "mobilenet-unet", "smp-unet",
    ])
  func architecture(_ model: String) throws {
    try withTemporaryFolder { folder in
      let store = try StoredExperiment("name: one\nmodel: \(model)\ndata.size: 128x64", in: folder).store
      for (language, words) in [
        (Language.english, ["input", "output", "softmax"]), (.french, ["entrée", "sortie", "softmax"]),
      ] {
        let note = try Note([store], language: language, logger: silentLogger)
        let figures = try note.write(to: folder).deletingLastPathComponent().appendingPathComponent("figures")
        let text = try String(
          contentsOf: figures.appendingPathComponent("architecture\(language.fileMark).svg"), encoding: .utf8)
        for word in words { #expect(text.contains(">\(word)<"), "\(word)") }
        #expect(text.contains(">3 @ 128x64<") && text.contains(">8 @ 128x64<"))
        #expect(text.contains("⊕") == (model != "fcn8"))
        let hasBlocks = model == "efficientnet-unet" || model == "mobilenet-unet"
        #expect(text.contains("MBConv") == hasBlocks)
        #expect(try note.markdown(hasFigures: true).contains("MBConv") == hasBlocks)
        let boxes = text.components(separatedBy: " @ ").count - 1
        #expect((7...16).contains(boxes), "\(boxes)")
      }
    }
  }
}
