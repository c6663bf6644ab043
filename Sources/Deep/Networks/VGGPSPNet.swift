/// PSPNet (Zhao et al. 2017, arXiv:1612.01105) on VGG16 at 1/32 of the resolution: averages over 1, 2, 3 and 6 bins a
/// side beside the features themselves.
struct VGGPSPNet: Architecture {
  static let name = "vgg-pspnet"
  static let summary = "pyramid pooling on a VGG16 encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  var width: Float = 1

  var encoderLayers: [EncoderLayer] { VGG16Encoder.layers }

  func network(_ maker: LayerMaker) -> any Network { VGGPSPNetNetwork(maker) }
}

private struct VGGPSPNetNetwork: Network {
  private let encoder: VGG16Encoder
  private let pyramid: [(bins: Int, layer: NormalisedConvolution)]
  private let merge: NormalisedConvolution
  private let head: Convolution

  init(_ make: LayerMaker) {
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
    guard let last = encoder(pictures).last else { return pictures }
    let features = MaxPooling()(last)
    let context = pyramid.map { bins, layer in
      let pooled = layer(AveragePooling(bins: bins)(features))
      return Resizing(height: features.shape.height, width: features.shape.width)(pooled)
    }
    let merged = merge([features] + context)
    return Resizing(height: size.height, width: size.width)(head(merged))
  }
}
