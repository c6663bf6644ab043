import Settings

/// The U-Net on VGG16 that segmentation_models.pytorch builds as `Unet("vgg16")` (Iakubovskii 2019,
/// github.com/qubvel-org/segmentation_models.pytorch), layer by layer, so that its weights can be evaluated here.
///
/// The encoder goes down to 1/32 and its finest result is no skip; nearest-neighbour upsampling back, convolutions without
/// bias before the normalisations.
struct SMPUNet: Architecture {
  static let name = "smp-unet"
  static let summary = "the U-Net on VGG16 of segmentation_models.pytorch, whose weights it takes"
  static let sizeMultiple = 32

  var width: Float = 1

  var encoderLayers: [EncoderLayer] { VGG16Encoder.layers }

  func network(_ maker: LayerMaker) -> any Network { SMPUNetNetwork(maker) }
}

private struct SMPUNetNetwork: Network {
  private let encoder: VGG16Encoder
  private let center: NormalisedPair
  /// The coarsest first.
  private let up: [NormalisedPair]
  private let head: Convolution

  init(_ make: LayerMaker) {
    encoder = VGG16Encoder(make)
    func pair(_ name: String, from inputs: Int, to outputs: Int) -> NormalisedPair {
      // PyTorch's own epsilon.
      NormalisedPair(make, name, from: inputs, to: outputs, hasBias: false, epsilon: 1e-5)
    }
    var below = encoder.outputs[4]
    center = pair("center", from: below, to: below)
    let skips = [0] + encoder.outputs.dropFirst()
    up = [16, 32, 64, 128, 256].map(make.width).enumerated().reversed().map { level, width in
      defer { below = width }
      return pair("up\(level + 1)", from: below + skips[level], to: width)
    }
    head = Convolution(make, "head", from: below, to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    let levels = encoder(pictures)
    guard let last = levels.last else { return pictures }
    let deepest = center(MaxPooling()(last))
    // The finest level has no skip.
    let skips = levels.dropFirst().reversed().map { [$0] } + [[]]
    return head(zip(up, skips).reduce(deepest) { below, level in level.0([Upsampling()(below)] + level.1) })
  }
}
