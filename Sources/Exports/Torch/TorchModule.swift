import Deep
import Harness
import Mustache
import Scenes
import Settings

/// The text of `load.py`: a network as a module of PyTorch, with what is done to pictures and what classes are. Each
/// network's class is a template, which asks for the channels of a layer by its name.
struct TorchModule {
  private let model: NetworkModel
  private let settings: CellSettings
  private let classes: ClassSet

  init(_ model: NetworkModel, _ settings: CellSettings, _ classes: ClassSet) {
    (self.model, self.settings, self.classes) = (model, settings, classes)
  }

  /// The template of each network's class.
  private static let networks = [
    "unet-mini": EmbeddedText.unet_mini_py_mustache,
    "unet": EmbeddedText.unet_py_mustache,
    "vgg-unet": EmbeddedText.vgg_unet_py_mustache,
    "vgg-pspnet": EmbeddedText.vgg_pspnet_py_mustache,
    "fcn8": EmbeddedText.fcn8_py_mustache,
    "smp-unet": EmbeddedText.smp_unet_py_mustache,
    "efficientnet-unet": EmbeddedText.bottleneck_unet_py_mustache,
    "mobilenet-unet": EmbeddedText.bottleneck_unet_py_mustache,
  ]

  /// What several networks have in common.
  private static let parts = [
    "layer": EmbeddedText.layer_py_mustache,
    "vgg16": EmbeddedText.vgg16_py_mustache,
    "decoder": EmbeddedText.decoder_py_mustache,
    "decoding": EmbeddedText.decoding_py_mustache,
  ]

  private static func template(_ text: String) throws -> MustacheTemplate {
    // Nothing is escaped as in HTML.
    try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text)
  }

  /// - Throws: `SettingError.unknown` for a network that has no template.
  func text() throws -> String {
    let name = model.architecture.name
    guard let network = Self.networks[name] else {
      throw SettingError.unknown(kind: "module of PyTorch", name: name, known: Self.networks.keys.sorted())
    }
    var templates = try Self.parts.mapValues(Self.template)
    templates["network"] = try Self.template(network)
    return try Self.template(EmbeddedText.load_py_mustache)
      .render(context, library: MustacheLibrary(templates: templates))
  }

  private var context: [String: Any] {
    let preprocessing = model.architecture.preprocessing
    var context = channels
    context["dropout"] = "\(model.architecture.values["dropout"] ?? .number(0))"
    context["name"] = model.architecture.name
    context["version"] = Environment.version
    context["classes"] = classes.classes.map { own -> [String: Any] in
      [
        "class": own.name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""), "red": own.colour.red,
        "green": own.colour.green, "blue": own.colour.blue, "value": own.exportValue,
      ]
    }
    context["masked"] = model.classes.masked.map { "\($0)" } ?? "None"
    context["size"] = settings.data.size.common.map { "(\($0.height), \($0.width))" } ?? "None"
    context["multiple"] = type(of: model.architecture).sizeMultiple
    context["mean"] = Self.list(preprocessing.mean)
    context["deviation"] = Self.list(preprocessing.deviation)
    context["weights"] = TorchExport.weightsName
    context["vggWidths"] = "(\(vggWidths.map { "\($0)" }.joined(separator: ", ")))"
    let stride = model.architecture.values["outputStride"]?.asNumber ?? 32
    (context["isBelow32"], context["isBelow16"]) = (stride < 32, stride < 16)
    if let bottlenecks = BottleneckShape(model) { context.merge(bottlenecks.context) { $1 } }
    return context
  }

  private static func list(_ values: [Float]) -> String { "[\(values.map { "\($0)" }.joined(separator: ", "))]" }

  /// The channels that each layer makes, by the parts of its name: those of `down1.conv2` are `down1`'s `conv2`.
  private var channels: [String: Any] {
    model.parameters.reduce(into: [:]) { channels, parameter in
      let parts = parameter.name.split(separator: ".").map(String.init)
      guard parts.last == "kernel" else { return }
      Self.insert(parameter.extents[parameter.extents.count - 1], at: parts.dropLast(), into: &channels)
    }
  }

  /// The channels of the blocks of VGG16.
  private var vggWidths: [Int] {
    (1...5).compactMap { block in
      model.parameters.first { $0.name == "encoder.block\(block).conv1.kernel" }?.extents[3]
    }
  }

  private static func insert(_ value: Int, at path: ArraySlice<String>, into tree: inout [String: Any]) {
    guard let first = path.first else { return }
    guard path.count > 1 else {
      tree[first] = value
      return
    }
    var branch = tree[first] as? [String: Any] ?? [:]
    insert(value, at: path.dropFirst(), into: &branch)
    tree[first] = branch
  }
}
