/// An EfficientNet (Tan and Le 2019, arXiv:1905.11946) as encoder: a stem and seven stages of inverted bottlenecks.
struct EfficientNetEncoder {
  /// The published sizes. The lite ones have no squeeze and excitation, ReLU6 in place of swish, and a stem, first and
  /// last stage that aren't scaled.
  enum Variant: String, CaseIterable, Sendable {
    case b0, b1, b2, b3, b4, lite0, lite1, lite2, lite3, lite4

    var isLite: Bool { rawValue.hasPrefix("lite") }

    /// What channels and repeats are multiplied by.
    var scaling: (width: Float, depth: Float) {
      switch self {
      case .b0, .lite0: (1, 1)
      case .b1, .lite1: (1, 1.1)
      case .b2, .lite2: (1.1, 1.2)
      case .b3, .lite3: (1.2, 1.4)
      case .b4, .lite4: (1.4, 1.8)
      }
    }

    /// The lite networks were trained with TensorFlow, the weights that are common of the others with PyTorch.
    var convention: (padding: Padding, epsilon: Float) { isLite ? (.least, 1e-3) : (.symmetric, 1e-5) }

    var preprocessing: Preprocessing {
      isLite
        ? Preprocessing(
          mean: [Float](repeating: 127 / 255, count: 3), deviation: [Float](repeating: 128 / 255, count: 3))
        : .imageNet
    }
  }

  /// Blocks of one kind, of B0.
  private struct Stage {
    let expansion, size, stride, channels, repeats: Int
  }

  private static let stages = [
    Stage(expansion: 1, size: 3, stride: 1, channels: 16, repeats: 1),
    Stage(expansion: 6, size: 3, stride: 2, channels: 24, repeats: 2),
    Stage(expansion: 6, size: 5, stride: 2, channels: 40, repeats: 2),
    Stage(expansion: 6, size: 3, stride: 2, channels: 80, repeats: 3),
    Stage(expansion: 6, size: 5, stride: 1, channels: 112, repeats: 3),
    Stage(expansion: 6, size: 5, stride: 2, channels: 192, repeats: 4),
    Stage(expansion: 6, size: 3, stride: 1, channels: 320, repeats: 1),
  ]
  static let stageCount = stages.count

  private static func repeats(_ stage: Int, _ variant: Variant) -> Int {
    let isFixed = variant.isLite && (stage == 0 || stage == stageCount - 1)
    return isFixed ? stages[stage].repeats : Int((Float(stages[stage].repeats) * variant.scaling.depth).rounded(.up))
  }

  private let stem: NormalisedLayer
  private let blocks: [InvertedBottleneck]
  /// Channels of the last result at each resolution, the finest first, from 1/2 on.
  let outputs: [Int]

  /// Layers are named `encoder.stem`, `encoder.block1.depthwise` and so on, blocks counted through all stages.
  ///
  /// - Parameters:
  ///   - count: how many stages it has, from the first.
  ///   - depthRate: the probability with which the branch of the last block of seven stages is left out while training;
  ///     it grows evenly from the first.
  init(_ make: LayerMaker, _ variant: Variant, stages count: Int, depthRate: Float) {
    let (scaling, convention) = (variant.scaling, variant.convention)
    let function = variant.isLite ? Activation.relu6 : .swish
    var channels = make.channels(variant.isLite ? 32 : 32 * scaling.width)
    stem = NormalisedLayer(
      Convolution(
        make, "encoder.stem", stride: 2, padding: convention.padding, from: 3, to: channels, hasBias: false),
      BatchNormalisation(make, "encoder.stem", channels: channels, epsilon: convention.epsilon), function)
    let all = (0..<Self.stageCount).reduce(0) { $0 + Self.repeats($1, variant) }
    var (blocks, outputs) = ([InvertedBottleneck](), [Int]())
    for stage in 0..<count {
      let kind = Self.stages[stage]
      for repeated in 0..<Self.repeats(stage, variant) {
        let block = InvertedBottleneck(
          make, "encoder.block\(blocks.count + 1)", from: channels,
          to: make.channels(Float(kind.channels) * scaling.width), expansion: kind.expansion, size: kind.size,
          stride: repeated == 0 ? kind.stride : 1, convention, function, isSqueezed: !variant.isLite,
          depthRate: depthRate * Float(blocks.count) / Float(all))
        if block.stride > 1 { outputs.append(channels) }
        channels = block.outputs
        blocks.append(block)
      }
    }
    (self.blocks, self.outputs) = (blocks, outputs + [channels])
  }

  /// The last result at each resolution, the finest first.
  func callAsFunction(_ pictures: Node) -> [Node] {
    var (levels, current) = ([Node](), stem(pictures))
    for block in blocks {
      if block.stride > 1 { levels.append(current) }
      current = block(current)
    }
    return levels + [current]
  }
}

// MARK: Published weights

extension EfficientNetEncoder {
  /// Its layers, with the names that timm, torchvision and the PyTorch ports of TensorFlow's weights give them.
  static func layers(_ variant: Variant, stages count: Int) -> [EncoderLayer] {
    var layers = [
      EncoderLayer.normalisedConvolution(
        "encoder.stem", kernel: ["conv_stem", "features.0.0", "_conv_stem"],
        normalisation: ["bn1", "features.0.1", "_bn0"])
    ]
    var block = 0
    for stage in 0..<count {
      for repeated in 0..<repeats(stage, variant) {
        let own = "encoder.block\(block + 1)"
        let (timm, port) = ("blocks.\(stage).\(repeated)", "_blocks.\(block)")
        var part = 0
        /// A layer, whose normalisation timm counts within the block.
        func layer(_ name: String, isDepthwise: Bool = false, _ timmName: String, _ portName: String, _ portCount: Int)
        {
          let torchvision = "features.\(stage + 1).\(repeated).block.\(part)"
          let normalisations = layers.count { $0.name.hasPrefix("\(own).") && !$0.name.contains(".squeeze.") }
          layers.append(
            .normalisedConvolution(
              "\(own).\(name)", isDepthwise: isDepthwise,
              kernel: ["\(timm).\(timmName)", "\(torchvision).0", "\(port).\(portName)"],
              normalisation: ["\(timm).bn\(normalisations + 1)", "\(torchvision).1", "\(port)._bn\(portCount)"]))
          part += 1
        }
        let isExpanded = stages[stage].expansion > 1
        if isExpanded { layer("expand", "conv_pw", "_expand_conv", 0) }
        layer("depthwise", isDepthwise: true, "conv_dw", "_depthwise_conv", 1)
        if !variant.isLite {
          let torchvision = "features.\(stage + 1).\(repeated).block.\(part)"
          layers += [("reduce", "fc1"), ("expand", "fc2")].map { name, theirs in
            .convolution(
              "\(own).squeeze.\(name)",
              published: ["\(timm).se.conv_\(name)", "\(torchvision).\(theirs)", "\(port)._se_\(name)"])
          }
          part += 1
        }
        layer("project", isExpanded ? "conv_pwl" : "conv_pw", "_project_conv", 2)
        block += 1
      }
    }
    return layers
  }

  /// Beginnings of names of the layers that follow the last stage.
  static func unusedWeights(_ variant: Variant, stages count: Int) -> [String] {
    let stages = (count..<stageCount).flatMap { ["blocks.\($0).", "features.\($0 + 1)."] }
    let blocks = (0..<stageCount).map { repeats($0, variant) }
    let used = blocks.prefix(count).reduce(0, +)
    return stages + (used..<blocks.reduce(0, +)).map { "_blocks.\($0)." }
      + ["conv_head.", "bn2.", "classifier.", "features.\(stageCount + 1).", "_conv_head.", "_bn1.", "_fc."]
  }
}

// MARK: Blocks

/// A convolution or depthwise convolution, batch normalisation, and what follows.
private struct NormalisedLayer {
  private let operations: [any NetworkOperation]

  init(_ convolution: any LinearOperation, _ normalisation: BatchNormalisation, _ function: Activation?) {
    operations = [convolution, normalisation] + (function.map { [$0] } ?? [])
  }

  func callAsFunction(_ input: Node) -> Node { operations.reduce(input) { $1($0) } }
}

/// MBConv (Sandler et al. 2018, arXiv:1801.04381): expand, convolve by channel, weigh the channels, project; beside it
/// the input, where it has the result's shape.
private struct InvertedBottleneck {
  let stride, outputs: Int
  private let expand: NormalisedLayer?
  private let depthwise, project: NormalisedLayer
  private let squeeze: SqueezeExcitation?
  private let depth: StochasticDepth?

  init(
    _ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int, expansion: Int, size: Int, stride: Int,
    _ convention: (padding: Padding, epsilon: Float), _ function: Activation, isSqueezed: Bool, depthRate: Float
  ) {
    (self.stride, self.outputs) = (stride, outputs)
    let width = expansion * inputs
    func layer(_ part: String, from inputs: Int, to outputs: Int, _ function: Activation?) -> NormalisedLayer {
      NormalisedLayer(
        Convolution(make, "\(name).\(part)", size: 1, from: inputs, to: outputs, hasBias: false),
        BatchNormalisation(make, "\(name).\(part)", channels: outputs, epsilon: convention.epsilon), function)
    }
    expand = expansion > 1 ? layer("expand", from: inputs, to: width, function) : nil
    depthwise = NormalisedLayer(
      DepthwiseConvolution(
        make, "\(name).depthwise", size: size, stride: stride, padding: convention.padding, channels: width),
      BatchNormalisation(make, "\(name).depthwise", channels: width, epsilon: convention.epsilon), function)
    squeeze =
      isSqueezed ? SqueezeExcitation(make, "\(name).squeeze", channels: width, inner: inputs / 4) : nil
    project = layer("project", from: width, to: outputs, nil)
    depth = stride == 1 && inputs == outputs ? StochasticDepth(make, rate: depthRate) : nil
  }

  func callAsFunction(_ input: Node) -> Node {
    let convolved = depthwise(expand?(input) ?? input)
    let result = project(squeeze?(convolved) ?? convolved)
    guard let depth else { return result }
    return Sum()(depth(result), input)
  }
}
