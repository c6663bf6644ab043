import Settings

/// A U-Net whose way down is an EfficientNet, or its first stages; the last result at each resolution is a skip, the
/// deepest the bridge.
struct EfficientNetUNet: Architecture {
  static let name = "efficientnet-unet"
  static let summary = "U-Net on an EfficientNet encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  var width: Float = 1
  var variant = EfficientNetEncoder.Variant.b0
  var stages = EfficientNetEncoder.stageCount
  /// Probability of the last block's branch to be left out while training, as published.
  var stochasticDepth: Float = 0.2

  static let fields: [Field<Self>] = [
    .width,
    .choice("variant", \.variant, "the encoder's size: b0 to b4, or without squeeze and excitation lite0 to lite4"),
    .whole(
      "stages", \.stages, 2...EfficientNetEncoder.stageCount,
      "how many stages the encoder has: all of them end at 1/32, the first four, half of the blocks, at 1/16"),
    .number(
      "stochasticDepth", \.stochasticDepth, .from(0, below: 1),
      "share of pictures that the encoder's last block is left out for while training; the blocks before it less often"),
  ]

  var preprocessing: Preprocessing { variant.preprocessing }
  var encoderLayers: [EncoderLayer] { EfficientNetEncoder.layers(variant, stages: stages) }
  var unusedWeights: [String] { EfficientNetEncoder.unusedWeights(variant, stages: stages) }

  func network(_ maker: LayerMaker) -> any Network { EfficientNetUNetNetwork(maker, self) }
}

private struct EfficientNetUNetNetwork: Network {
  private let encoder: EfficientNetEncoder
  private let up: Decoder
  private let head: Convolution

  init(_ make: LayerMaker, _ settings: EfficientNetUNet) {
    encoder = EfficientNetEncoder(
      make, settings.variant, stages: settings.stages, depthRate: settings.stochasticDepth)
    let skips = Array(encoder.outputs.dropLast())
    let widths = [16, 32, 64, 128, 256].prefix(skips.count + 1).map(make.width)
    up = Decoder(make, from: encoder.outputs[skips.count], widths: widths, skips: skips)
    head = Convolution(make, "head", size: 1, from: widths[0], to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    var levels = encoder(pictures)
    let bridge = levels.removeLast()
    return head(up(bridge, skips: levels))
  }
}
