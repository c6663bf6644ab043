import Scenes

/// PSPNet (Zhao et al. 2017, arXiv:1612.01105) on VGG16 at 1/32 of the resolution: averages over 1, 2, 3 and 6 bins a
/// side beside the features themselves.
struct VGGPSPNet: Network {
  static let definition = NetworkDefinition(
    name: "vgg-pspnet", summary: "pyramid pooling on a VGG16 encoder, which can start from ImageNet weights",
    preprocessing: .imageNet, sizeMultiple: 32, encoderLayers: VGG16Encoder.layers, make: { VGGPSPNet($0) })

  private let encoder: VGG16Encoder
  private let pyramid: [(bins: Int, layer: NormalisedConvolution)]
  private let merge: NormalisedConvolution
  private let head: Convolution

  private init(_ make: LayerMaker) {
    encoder = VGG16Encoder(make)
    let width = encoder.outputs[4]
    pyramid = [1, 2, 3, 6].map { bins in
      (bins, NormalisedConvolution(make, "pool\(bins)", size: 1, from: width, to: width, hasBias: false))
    }
    merge = NormalisedConvolution(make, "merge", size: 1, from: 5 * width, to: width, hasBias: false)
    head = Convolution(make, "head", from: width, to: Category.count, .nothing)
  }

  func logits(_ pictures: Feature, on tape: Tape) -> Feature {
    let size = pictures.shape
    guard let last = encoder(pictures, on: tape).last else { return pictures }
    let features = maxPool(last, on: tape)
    let context = pyramid.map { bins, layer in
      let pooled = layer(averagePool(features, bins: bins, on: tape), on: tape)
      return resize(pooled, height: features.shape.height, width: features.shape.width, on: tape)
    }
    let merged = merge([features] + context, on: tape)
    return resize(head(merged, on: tape), height: size.height, width: size.width, on: tape)
  }
}
