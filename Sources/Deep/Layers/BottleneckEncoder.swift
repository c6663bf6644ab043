/// What an encoder of inverted bottlenecks is made of: a stem of stride 2, and stages of blocks.
struct BottleneckDesign: Sendable {
  /// Blocks of one kind, of which the first may have a stride.
  struct Stage: Sendable {
    let expansion, size, stride: Int
    let channels: Float
    let repeats: Int
  }

  /// Channels of the stem, before the width setting.
  let stem: Float
  let stages: [Stage]
  /// How convolutions are padded, and what is added to variances, where the published weights were trained.
  let convention: (padding: Padding, epsilon: Float)
  let function: Activation
  /// Whether blocks weigh their channels by squeeze and excitation.
  let isSqueezed: Bool
}

/// An encoder of inverted bottlenecks, or its first stages.
struct BottleneckEncoder {
  private let stem: NormalisedLayer
  private let blocks: [InvertedBottleneck]
  /// Channels of the last result at each resolution, the finest first, from 1/2 on.
  let outputs: [Int]

  /// Layers are named `encoder.stem`, `encoder.block1.depthwise` and so on, blocks counted through all stages.
  ///
  /// - Parameters:
  ///   - count: how many stages it has, from the first; all without it.
  ///   - depthRate: the probability with which the branch of the last block of all stages is left out while training; it
  ///     grows evenly from the first.
  init(_ make: LayerMaker, _ design: BottleneckDesign, stages count: Int? = nil, depthRate: Float = 0) {
    let convention = design.convention
    var channels = make.channels(design.stem)
    stem = NormalisedLayer(
      Convolution(
        make, "encoder.stem", stride: 2, padding: convention.padding, from: 3, to: channels, hasBias: false),
      BatchNormalisation(make, "encoder.stem", channels: channels, epsilon: convention.epsilon), design.function)
    let all = design.stages.reduce(0) { $0 + $1.repeats }
    var (blocks, outputs) = ([InvertedBottleneck](), [Int]())
    for stage in design.stages.prefix(count ?? design.stages.count) {
      for repeated in 0..<stage.repeats {
        let block = InvertedBottleneck(
          make, "encoder.block\(blocks.count + 1)", from: channels, to: make.channels(stage.channels),
          expansion: stage.expansion, size: stage.size, stride: repeated == 0 ? stage.stride : 1, as: design,
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

/// What those who publish weights of such an encoder call its layers.
struct BottleneckNaming: Sendable {
  /// A block's place, and what it has.
  struct Place: Sendable {
    let stage, repeated, block: Int
    let isExpanded: Bool
  }

  /// A convolution's name and that of its normalisation.
  typealias Layer = (kernel: String, normalisation: String)

  /// The names in a block; nil stands for a part that it doesn't have.
  struct Block: Sendable {
    let expand: Layer?
    let depthwise, project: Layer
    /// The two convolutions of squeeze and excitation.
    var squeeze: (reduce: String, expand: String)?
  }

  let stem: Layer
  let block: @Sendable (Place) -> Block

  /// timm's, which are the same for all encoders.
  static let timm = BottleneckNaming(stem: ("conv_stem", "bn1")) { place in
    let block = "blocks.\(place.stage).\(place.repeated)"
    let parts = place.isExpanded ? ["conv_pw", "conv_dw", "conv_pwl"] : ["conv_dw", "conv_pw"]
    let layers = parts.enumerated().map { ("\(block).\($1)", "\(block).bn\($0 + 1)") }
    return Block(
      expand: place.isExpanded ? layers[0] : nil, depthwise: layers[layers.count - 2],
      project: layers[layers.count - 1],
      squeeze: ("\(block).se.conv_reduce", "\(block).se.conv_expand"))
  }
}

extension BottleneckDesign {
  /// The layers of the first `count` stages under all of `namings`.
  func layers(stages count: Int, _ namings: [BottleneckNaming]) -> [EncoderLayer] {
    var layers = [
      EncoderLayer.normalisedConvolution(
        "encoder.stem", kernel: namings.map(\.stem.kernel), normalisation: namings.map(\.stem.normalisation))
    ]
    var block = 0
    for (stage, kind) in stages.prefix(count).enumerated() {
      for repeated in 0..<kind.repeats {
        let place = BottleneckNaming.Place(
          stage: stage, repeated: repeated, block: block, isExpanded: kind.expansion > 1)
        let names = namings.map { $0.block(place) }
        block += 1
        let own = "encoder.block\(block)"
        func layer(_ name: String, isDepthwise: Bool = false, _ published: [BottleneckNaming.Layer]) {
          layers.append(
            .normalisedConvolution(
              "\(own).\(name)", isDepthwise: isDepthwise, kernel: published.map(\.kernel),
              normalisation: published.map(\.normalisation)))
        }
        if place.isExpanded { layer("expand", names.compactMap(\.expand)) }
        layer("depthwise", isDepthwise: true, names.map(\.depthwise))
        if isSqueezed {
          let parts = names.compactMap(\.squeeze)
          layers.append(.convolution("\(own).squeeze.reduce", published: parts.map(\.reduce)))
          layers.append(.convolution("\(own).squeeze.expand", published: parts.map(\.expand)))
        }
        layer("project", names.map(\.project))
      }
    }
    return layers
  }
}
