import Deep
import Foundation
import Harness
import Scenes

/// The network with the best mean IoU on validation scenes, laid bare.
struct ArchitectureSection: NotePart {
  static let key = "architecture"
  let subject: Note

  func make() -> ReportSection? {
    chosen.map { chosen in
      ReportSection(title: "", blocks: [.figure(chosen.architecture.figure), .table(chosen.architecture.table)])
    }
  }

  /// The model, its score, the figure and the table, each by its name.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any {
    guard let (report, architecture, score) = chosen else { return shown(section) }
    let parts = section.blocks.map { shown(ReportSection(title: "", blocks: [$0])) }
    return [
      "model": architecture.model,
      "validation": "\(language.say { $0.decimal(score, digits: 4) }) (`\(report.experiment.name)`)",
      "figure": parts[0], "table": parts[1],
    ]
  }

  private var chosen: (report: Report, architecture: Architecture, score: Double)? {
    let networks = note.reports.flatMap { report in
      report.shown.filter(\.isNetwork).compactMap { group -> (Report, Group, Double)? in
        group.mean(.validation, report.index.headline, \.meanIoU).map { (report, group, $0) }
      }
    }
    return networks.max { $0.2 < $1.2 }.flatMap { report, group, score in
      Architecture(group, report.classes, in: language).map { (report, $0, score) }
    }
  }
}

/// A network's table of layers and the drawing of its stages.
private struct Architecture {
  let model: String
  private let layers: [LayerSummary]
  private let size: PixelSize
  private let language: Language

  /// The network of `group` on crops as it was trained on, else on the largest picture; nil for models that are no
  /// networks.
  init?(_ group: Group, _ classes: ClassSet, in language: Language) {
    guard let architecture = group.settings.architecture,
      let size = (try? group.settings.crop()) ?? group.largestPicture
    else { return nil }
    (model, self.size, self.language) = (group.model, size, language)
    layers = architecture.layers(classes: classes.outputs, height: size.height, width: size.width)
  }

  /// A row a layer, in the order in which they run, and their sum.
  var table: ReportTable {
    let titles: [(String, String)] = [
      (language.say(\.layer), "layer"), (language.say(\.operation), "operation"),
      (language.say(\.channelsIn), "input_channels"), (language.say(\.result), "result"),
      (language.say(\.parameters), "parameters"), ("GFLOPs", "gigaflops"),
    ]
    func flops(_ count: Int) -> Table.Value { .score(count == 0 ? nil : 2 * Double(count) / 1e9, digits: 3) }
    var rows: [[Table.Value]] = layers.map { layer in
      [
        .text(layer.name.isEmpty ? "–" : layer.name),
        .phrase(in: language) { Self.words(layer, $0) },
        .whole(layer.inputChannels), .text("\(layer.width)x\(layer.height)x\(layer.channels)"),
        .whole(layer.parameters), flops(layer.multiplyAdds),
      ]
    }
    rows.append([
      .phrase(in: language, \.all), .text(""), .whole(nil), .text(""),
      .whole(layers.reduce(0) { $0 + $1.parameters }), flops(layers.reduce(0) { $0 + $1.multiplyAdds }),
    ])
    let note = language.say { $0.architectureNote(model: model, size: "\(size)") }
    return ReportTable(
      name: "layers", note: note,
      table: Table(columns: titles.map { .init(title: $0.0, key: $0.1) }, rows: rows))
  }

  /// Words for what a layer does.
  private static func words(_ layer: LayerSummary, _ text: any Catalogue) -> String {
    let words = words(layer.operation, text)
    return layer.dilation > 1 ? text.dilated(words, by: layer.dilation) : words
  }

  /// Words for an operation; its own name where there are none.
  private static func words(_ operation: OperationDescription, _ text: any Catalogue) -> String {
    let size = operation.size ?? 0
    return switch operation.name {
    case "convolution": text.convolution(size: size)
    case "transposed-convolution": text.transposedConvolution
    case "max-pooling": text.maxPool
    case "average-pooling": text.averagePool(bins: size)
    case "upsampling": text.upsampling
    case "resizing": text.bilinearResizing
    case "batch-normalisation": text.batchNormalisation
    case "sum": text.sumOfValues
    case "depthwise-convolution": text.depthwiseConvolution(size: size)
    case "squeeze-excitation": text.squeezeExcitation
    default: operation.name
    }
  }

  // MARK: The drawing

  /// Convolutions of one part of the network, one after another.
  private struct Stage {
    let name: String
    var convolutions: [LayerSummary]
    /// The stages whose results it reads.
    var sources: [Int]
    /// Where it stands: after all it reads, and as far down as its resolution is low.
    var column = 0
    var level = 0.0
  }

  /// The stages by name; what lies between them, pooling and resizing, is passed through.
  private var stages: [Stage] {
    var stages: [Stage] = []
    // The stage that each layer belongs to, or those that it passes on.
    var owners: [[Int]] = []
    for layer in layers {
      var read: [Int] = []
      for source in layer.sources.flatMap({ owners[$0] }) where !read.contains(source) { read.append(source) }
      guard layer.operation.isDrawn else {
        owners.append(read)
        continue
      }
      let parts = layer.name.split(separator: ".")
      let name = parts.dropLast(parts.count > 1 ? 1 : 0).joined(separator: ".")
      if let own = stages.firstIndex(where: { $0.name == name }) {
        stages[own].convolutions.append(layer)
        owners.append([own])
      } else {
        let column = read.map { stages[$0].column + 1 }.max() ?? 0
        stages.append(Stage(name: name, convolutions: [layer], sources: read, column: column))
        owners.append([stages.count - 1])
      }
    }
    return placed(stages)
  }

  /// Stages at levels by resolution; those that share a column, as a pyramid's, below one another.
  private func placed(_ stages: [Stage]) -> [Stage] {
    var stages = stages
    for column in Set(stages.map(\.column)) {
      let together = stages.indices.filter { stages[$0].column == column }
      for (place, index) in together.enumerated() {
        let source = together.count > 1 ? stages[index].sources.first.map { stages[$0] } : nil
        let height = (source ?? stages[index]).convolutions[0].height
        // Beside one another, they stand at the level that they read from.
        let level = log2(Double(size.height) / Double(max(1, height))).rounded()
        stages[index].level = level + (together.count > 1 ? Double(place) - Double(together.count - 1) / 2 : 0)
      }
    }
    return stages
  }

  /// The stages as boxes, what each reads as arrows.
  var figure: ReportFigure {
    let caption = language.say { $0.architectureCaption(model: model) }
    return ReportFigure(name: "architecture", caption: caption) { try draw(to: $0, name: $1) }
  }

  private static let box = (width: 92.0, height: 48.0)
  private static let step = (across: 106.0, down: 74.0)

  private func draw(to folder: URL, name: String) throws {
    let stages = stages
    let top = stages.map(\.level).min() ?? 0
    func x(_ stage: Stage) -> Double { 8 + Self.step.across * Double(stage.column) }
    func y(_ stage: Stage) -> Double { 40 + Self.step.down * (stage.level - top) }
    var canvas = Canvas()
    for stage in stages {
      for source in stage.sources.map({ stages[$0] }) {
        if source.column + 1 == stage.column {
          canvas.arrow(
            fromX: x(source) + Self.box.width, y: y(source) + Self.box.height / 2, toX: x(stage),
            y: y(stage) + Self.box.height / 2, colour: "#444444")
        } else {
          // A skip goes above what lies between.
          let above = min(y(source), y(stage)) - 14
          let (from, to) = (x(source) + Self.box.width / 2, x(stage) + Self.box.width / 2)
          canvas.line(fromX: from, y: y(source), toX: from, y: above, colour: "#D55E00", width: 1.5)
          canvas.line(fromX: from, y: above, toX: to, y: above, colour: "#D55E00", width: 1.5)
          canvas.arrow(fromX: to, y: above, toX: to, y: y(stage), colour: "#D55E00")
        }
      }
    }
    for stage in stages {
      let last = stage.convolutions[stage.convolutions.count - 1]
      let isEncoder = stage.name.hasPrefix("encoder.")
      canvas.rectangle(
        x: x(stage), y: y(stage), width: Self.box.width, height: Self.box.height,
        fill: isEncoder ? "#cfe3f1" : "#eeeeee", border: "#444444")
      let kinds = stage.convolutions.map { layer in layer.operation.size.map { "\($0)x\($0)" } ?? "" }
      let lines = [
        stage.name.split(separator: ".").last.map(String.init) ?? stage.name, "\(kinds.count) × \(kinds[0])",
        "\(last.channels) @ \(last.width)x\(last.height)",
      ]
      for (place, line) in lines.enumerated() {
        canvas.text(
          line, x: x(stage) + Self.box.width / 2, y: y(stage) + 10 + 14 * Double(place), anchor: .center, size: 10,
          isBold: place == 0)
      }
    }
    let width = (stages.map(x).max() ?? 0) + Self.box.width + 8
    let height = (stages.map(y).max() ?? 0) + Self.box.height + 12
    try Gnuplot.draw(
      canvas.script(width: width, height: height), width: width, height: height, to: folder, name: name)
  }
}
