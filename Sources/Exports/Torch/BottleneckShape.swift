import Deep
import Settings

/// What an encoder of inverted bottlenecks is made of, from its parameters.
struct BottleneckShape {
  private struct Block {
    let inputs, outputs, expansion, size, stride: Int

    var text: String { "(\(inputs), \(outputs), \(expansion), \(size), \(stride))" }
  }

  private let stages: [[Block]]
  private let isSqueezed: Bool
  /// Whether its convolutions are padded, and its variances kept from zero, as TensorFlow does it.
  private let isOfTensorFlow: Bool
  /// The channels of the levels of the way up, the deepest first.
  private let up: [Int]

  /// Strides of the first blocks of all stages, in EfficientNet and MobileNetV2.
  private static let strides = [1, 2, 2, 2, 1, 2, 1]

  /// nil where the encoder is another.
  init?(_ model: NetworkModel) {
    let extents = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.extents) })
    let published = model.architecture.publishedNames
    var (stages, number) = ([[Block]](), 1)
    while let depthwise = extents["encoder.block\(number).depthwise.kernel"],
      let project = extents["encoder.block\(number).project.kernel"],
      // blocks.STAGE.REPEAT.conv_dw.weight
      let name = published["encoder.block\(number).depthwise.kernel"]?.split(separator: "."),
      let stage = Int(name[1])
    {
      let wide = depthwise[2]
      let inputs = extents["encoder.block\(number).expand.kernel"]?[2] ?? wide
      if stage == stages.count { stages.append([]) }
      stages[stage].append(
        Block(
          inputs: inputs, outputs: project[3], expansion: wide / inputs, size: depthwise[0],
          stride: stages[stage].isEmpty ? Self.strides[stage] : 1))
      number += 1
    }
    guard !stages.isEmpty else { return nil }
    self.stages = stages
    isSqueezed = extents["encoder.block1.squeeze.reduce.kernel"] != nil
    isOfTensorFlow = "\(model.architecture.values["variant"] ?? .none)".hasPrefix("lite")
    up = (1...5).reversed().compactMap { extents["up\($0).1.kernel"]?[3] }
  }

  /// What the template asks for.
  var context: [String: Any] {
    [
      "stages": stages.map { ["blocks": $0.map(\.text).joined(separator: ", ")] },
      "isSqueezed": isSqueezed, "isOfTensorFlow": isOfTensorFlow, "epsilon": isOfTensorFlow ? "1e-3" : "1e-5",
      "activation": isSqueezed ? "nn.SiLU()" : "nn.ReLU6()",
      "ups": "(\(up.map { "\($0)" }.joined(separator: ", ")))",
    ]
  }
}
