import Scenes

/// A U-Net whose way down is VGG16 (as TernausNet: Iglovikov and Shvets 2018, arXiv:1801.05746): the last of its five
/// blocks is the bridge, the others are the skips.
struct VGGUNet: Network {
  static let definition = NetworkDefinition(
    name: "vgg-unet", summary: "U-Net on a VGG16 encoder, which can start from ImageNet weights",
    preprocessing: .imageNet, sizeMultiple: 16, encoderLayers: VGG16Encoder.layers, make: { VGGUNet($0) })

  private let encoder: VGG16Encoder
  private let up: Decoder
  private let head: Convolution

  private init(_ make: LayerMaker) {
    encoder = VGG16Encoder(make)
    up = Decoder(make, from: encoder.outputs[4], widths: Array(encoder.outputs.prefix(4)))
    head = Convolution(make, "head", size: 1, from: encoder.outputs[0], to: Category.count, .nothing)
  }

  func logits(_ pictures: Feature, on tape: Tape) -> Feature {
    var levels = encoder(pictures, on: tape)
    let bridge = levels.removeLast()
    return head(up(bridge, skips: levels, on: tape), on: tape)
  }
}
