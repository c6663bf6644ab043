import Settings

/// FCN-8s (Long et al. 2015, arXiv:1411.4038) on VGG16: class scores at 1/32, 1/16 and 1/8 of the resolution, each
/// brought to the next and added, then to the pictures' size, all bilinear.
///
/// VGG's two wide layers, 7x7 and 1x1 of 4096 channels, hold nine tenths of the published network; here they are 3x3 and
/// 1x1 of 1024, as in DeepLab (Chen et al. 2018, arXiv:1606.00915), with the published dropout.
struct FCN8: Architecture {
  static let name = "fcn8"
  static let summary = "FCN-8s on a VGG16 encoder, which can start from ImageNet weights"
  static let sizeMultiple = 32

  var width: Float = 1
  /// Probability of a value to be dropped while training, after each of the two wide layers.
  var dropout: Float = 0.5

  static let fields: [Field<Self>] = [
    .width, .number("dropout", \.dropout, .from(0, below: 1), "share of values dropped while training"),
  ]

  var encoderLayers: [EncoderLayer] { VGG16Encoder.layers }

  func network(_ maker: LayerMaker) -> any Network { FCN8Network(maker, dropout: dropout) }
}

private struct FCN8Network: Network {
  private let encoder: VGG16Encoder
  private let wide: [(convolution: Convolution, dropout: Dropout)]
  /// Class scores at 1/32, 1/16 and 1/8 of the resolution.
  private let scores: [Convolution]

  init(_ make: LayerMaker, dropout: Float) {
    encoder = VGG16Encoder(make)
    let width = make.width(1024)
    wide = [("fc6", 3, encoder.outputs[4]), ("fc7", 1, width)].map { name, size, inputs in
      (Convolution(make, name, size: size, from: inputs, to: width), Dropout(make, rate: dropout))
    }
    scores = [("score32", width), ("score16", encoder.outputs[3]), ("score8", encoder.outputs[2])].map { name, inputs in
      Convolution(make, name, size: 1, from: inputs, to: make.classes.count)
    }
  }

  func logits(_ pictures: Node) -> Node {
    let pooled = encoder.pooled(pictures)
    let deepest = wide.reduce(pooled[4]) { $1.dropout(Activation.relu($1.convolution($0))) }
    let finest = zip(scores.dropFirst(), [pooled[3], pooled[2]]).reduce(scores[0](deepest)) { coarse, level in
      let fine = level.0(level.1)
      return Sum()(Resizing(height: fine.shape.height, width: fine.shape.width)(coarse), fine)
    }
    return Resizing(height: pictures.shape.height, width: pictures.shape.width)(finest)
  }
}
