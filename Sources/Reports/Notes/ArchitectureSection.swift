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
      "among": note.comparable.count < note.reports.count
        ? say { $0.amongNetworks(of: note.comparable.map { "`\($0.experiment.name)`" }) } : "",
      "validation": "\(language.say { $0.decimal(score, digits: 4) }) (`\(report.experiment.name)`)",
      "figure": parts[0], "table": parts[1],
    ]
  }

  private var chosen: (report: Report, architecture: Architecture, score: Double)? {
    note.chosenNetwork.flatMap { report, group, score in
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

  /// The drawing of its stages.
  var figure: ReportFigure {
    let caption = language.say {
      $0.architectureCaption(model: model) + $0.separator
        + $0.drawingKey(hasBlocks: layers.contains(where: \.isDepthwise))
    }
    return ReportFigure(name: "architecture", caption: caption) {
      try NetworkDrawing(layers: layers, size: size, language: language).draw(to: $0, name: $1)
    }
  }
}
