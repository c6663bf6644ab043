/// EfficientNet (Tan and Le 2019, arXiv:1905.11946) as encoder: a stem and seven stages of inverted bottlenecks.
enum EfficientNet {
  /// The published sizes. The lite ones have no squeeze and excitation, ReLU6 in place of swish, and a stem, first and
  /// last stage that aren't scaled.
  enum Variant: String, CaseIterable, Sendable {
    case b0, b1, b2, b3, b4, lite0, lite1, lite2, lite3, lite4

    var isLite: Bool { rawValue.hasPrefix("lite") }

    /// What channels and repeats are multiplied by.
    private var scaling: (width: Float, depth: Float) {
      switch self {
      case .b0, .lite0: (1, 1)
      case .b1, .lite1: (1, 1.1)
      case .b2, .lite2: (1.1, 1.2)
      case .b3, .lite3: (1.2, 1.4)
      case .b4, .lite4: (1.4, 1.8)
      }
    }

    /// B0 by compound scaling. The lite networks were trained with TensorFlow, the weights that are common of the others
    /// with PyTorch.
    var design: BottleneckDesign {
      let scaling = scaling
      let stages = EfficientNet.stages.enumerated().map { place, stage in
        let isFixed = isLite && (place == 0 || place == EfficientNet.stages.count - 1)
        return BottleneckDesign.Stage(
          expansion: stage.expansion, size: stage.size, stride: stage.stride, channels: stage.channels * scaling.width,
          repeats: isFixed ? stage.repeats : Int((Float(stage.repeats) * scaling.depth).rounded(.up)))
      }
      return BottleneckDesign(
        stem: isLite ? 32 : 32 * scaling.width, stages: stages,
        convention: isLite ? (.least, 1e-3) : (.symmetric, 1e-5), function: isLite ? .relu6 : .swish,
        isSqueezed: !isLite)
    }

    var preprocessing: Preprocessing {
      isLite
        ? Preprocessing(
          mean: [Float](repeating: 127 / 255, count: 3), deviation: [Float](repeating: 128 / 255, count: 3))
        : .imageNet
    }
  }

  private static let stages = [
    BottleneckDesign.Stage(expansion: 1, size: 3, stride: 1, channels: 16, repeats: 1),
    BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 24, repeats: 2),
    BottleneckDesign.Stage(expansion: 6, size: 5, stride: 2, channels: 40, repeats: 2),
    BottleneckDesign.Stage(expansion: 6, size: 3, stride: 2, channels: 80, repeats: 3),
    BottleneckDesign.Stage(expansion: 6, size: 5, stride: 1, channels: 112, repeats: 3),
    BottleneckDesign.Stage(expansion: 6, size: 5, stride: 2, channels: 192, repeats: 4),
    BottleneckDesign.Stage(expansion: 6, size: 3, stride: 1, channels: 320, repeats: 1),
  ]
  static let stageCount = stages.count

  // MARK: Published weights

  /// Its layers, with the names that timm, torchvision and the PyTorch ports of TensorFlow's weights give them.
  static func layers(_ variant: Variant, stages count: Int) -> [EncoderLayer] {
    variant.design.layers(stages: count, [.timm, torchvision(isSqueezed: !variant.isLite), port])
  }

  /// Beginnings of names of the layers that follow the last stage.
  static func unusedWeights(_ variant: Variant, stages count: Int) -> [String] {
    let stages = (count..<stageCount).flatMap { ["blocks.\($0).", "features.\($0 + 1)."] }
    let blocks = variant.design.stages.map(\.repeats)
    let used = blocks.prefix(count).reduce(0, +)
    return stages + (used..<blocks.reduce(0, +)).map { "_blocks.\($0)." }
      + ["conv_head.", "bn2.", "classifier.", "features.\(stageCount + 1).", "_conv_head.", "_bn1.", "_fc."]
  }

  /// torchvision numbers the parts of a block, squeeze and excitation among them.
  private static func torchvision(isSqueezed: Bool) -> BottleneckNaming {
    BottleneckNaming(stem: ("features.0.0", "features.0.1")) { place in
      let block = "features.\(place.stage + 1).\(place.repeated).block"
      let depthwise = place.isExpanded ? 1 : 0
      func layer(_ part: Int) -> BottleneckNaming.Layer { ("\(block).\(part).0", "\(block).\(part).1") }
      return BottleneckNaming.Block(
        expand: place.isExpanded ? layer(0) : nil, depthwise: layer(depthwise),
        project: layer(depthwise + (isSqueezed ? 2 : 1)),
        squeeze: ("\(block).\(depthwise + 1).fc1", "\(block).\(depthwise + 1).fc2"))
    }
  }

  private static let port = BottleneckNaming(stem: ("_conv_stem", "_bn0")) { place in
    let block = "_blocks.\(place.block)"
    return BottleneckNaming.Block(
      expand: place.isExpanded ? ("\(block)._expand_conv", "\(block)._bn0") : nil,
      depthwise: ("\(block)._depthwise_conv", "\(block)._bn1"), project: ("\(block)._project_conv", "\(block)._bn2"),
      squeeze: ("\(block)._se_reduce", "\(block)._se_expand"))
  }
}
