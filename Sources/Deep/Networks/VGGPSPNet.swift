import Settings

/// PSPNet (Zhao et al. 2017, arXiv:1612.01105) on VGG16 at 1/32 of the resolution, or 1/16 or 1/8: averages over 1, 2, 3
/// and 6 bins a side beside the features themselves.
struct VGGPSPNet: Architecture {
  static let name = "vgg-pspnet"
  static let summary = "pyramid pooling on a VGG16 encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  /// Sides of pictures by those of the features: at 16 VGG16's last pooling is left out, at 8 also the one before, and
  /// the convolutions after it are dilated by two, as in PSPNet and DeepLab (Chen et al. 2018, arXiv:1606.00915).
  var outputStride = 32
  var width: Float = 1

  static let fields: [Field<Self>] = [
    .width,
    .whole("outputStride", \.outputStride, oneOf: [8, 16, 32], "sides of pictures by those of what is classified"),
  ]

  var encoderLayers: [EncoderLayer] { VGG16Encoder.layers }

  func network(_ maker: LayerMaker) -> any Network { VGGPSPNetNetwork(maker, outputStride: outputStride) }
}

private struct VGGPSPNetNetwork: Network {
  private let encoder: VGG16Encoder
  private let pyramid: [(bins: Int, layer: NormalisedConvolution)]
  private let merge: NormalisedConvolution
  private let head: Convolution
  private let outputStride: Int

  init(_ make: LayerMaker, outputStride: Int) {
    self.outputStride = outputStride
    encoder = VGG16Encoder(make)
    let width = encoder.outputs[4]
    pyramid = [1, 2, 3, 6].map { bins in
      (bins, NormalisedConvolution(make, "pool\(bins)", size: 1, from: width, to: width, hasBias: false))
    }
    merge = NormalisedConvolution(make, "merge", size: 1, from: 5 * width, to: width, hasBias: false)
    head = Convolution(make, "head", from: width, to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    let size = pictures.shape
    guard let last = encoder(pictures, dilatesLast: outputStride == 8).last else { return pictures }
    let features = outputStride == 32 ? MaxPooling()(last) : last
    let context = pyramid.map { bins, layer in
      let pooled = layer(AveragePooling(bins: bins)(features))
      return Resizing(height: features.shape.height, width: features.shape.width)(pooled)
    }
    let merged = merge([features] + context)
    return Resizing(height: size.height, width: size.width)(head(merged))
  }
}
