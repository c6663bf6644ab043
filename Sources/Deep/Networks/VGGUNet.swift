/// A U-Net whose way down is VGG16 (as TernausNet: Iglovikov and Shvets 2018, arXiv:1801.05746): the last of its five
/// blocks is the bridge, the others are the skips.
struct VGGUNet: Architecture {
  static let name = "vgg-unet"
  static let summary = "U-Net on a VGG16 encoder, which can start from ImageNet weights"
  static let sizeMultiple = 16

  var width: Float = 1

  var encoderLayers: [EncoderLayer] { VGG16Encoder.layers }

  func network(_ maker: LayerMaker) -> any Network { VGGUNetNetwork(maker) }
}

private struct VGGUNetNetwork: Network {
  private let encoder: VGG16Encoder
  private let up: Decoder
  private let head: Convolution

  init(_ make: LayerMaker) {
    encoder = VGG16Encoder(make)
    up = Decoder(make, from: encoder.outputs[4], widths: Array(encoder.outputs.prefix(4)))
    head = Convolution(make, "head", size: 1, from: encoder.outputs[0], to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    var levels = encoder(pictures)
    let bridge = levels.removeLast()
    return head(up(bridge, skips: levels))
  }
}
