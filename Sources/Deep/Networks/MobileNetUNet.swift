import Settings

/// A U-Net whose way down is MobileNetV2, for machines in a car.
struct MobileNetUNet: Architecture {
  static let name = "mobilenet-unet"
  static let summary = "U-Net on a MobileNetV2 encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  var width: Float = 1

  var encoderLayers: [EncoderLayer] { MobileNetV2.layers }
  var unusedWeights: [String] { MobileNetV2.unusedWeights }

  func network(_ maker: LayerMaker) -> any Network {
    BottleneckUNet(maker, BottleneckEncoder(maker, MobileNetV2.design))
  }
}
