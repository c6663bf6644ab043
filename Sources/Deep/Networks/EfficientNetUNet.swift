import Settings

/// A U-Net whose way down is an EfficientNet, or its first stages; the last result at each resolution is a skip, the
/// deepest the bridge.
struct EfficientNetUNet: Architecture {
  static let name = "efficientnet-unet"
  static let summary = "U-Net on an EfficientNet encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  var width: Float = 1
  var variant = EfficientNet.Variant.b0
  var stages = EfficientNet.stageCount
  /// Probability of the last block's branch to be left out while training, as published.
  var stochasticDepth: Float = 0.2

  static let fields: [Field<Self>] = [
    .width,
    .choice("variant", \.variant, "the encoder's size: b0 to b4, or without squeeze and excitation lite0 to lite4"),
    .whole(
      "stages", \.stages, 2...EfficientNet.stageCount,
      "how many stages the encoder has: all of them end at 1/32, the first four, half of the blocks, at 1/16"),
    .number(
      "stochasticDepth", \.stochasticDepth, .from(0, below: 1),
      "share of pictures that the encoder's last block is left out for while training; the blocks before it less often"),
  ]

  var preprocessing: Preprocessing { variant.preprocessing }
  var encoderLayers: [EncoderLayer] { EfficientNet.layers(variant, stages: stages) }
  var unusedWeights: [String] { EfficientNet.unusedWeights(variant, stages: stages) }

  func network(_ maker: LayerMaker) -> any Network {
    BottleneckUNet(
      maker, BottleneckEncoder(maker, variant.design, stages: stages, depthRate: stochasticDepth))
  }
}
