import Scenes

/// U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with 'same' padding and batch normalisation: five levels of 64 to
/// 1024 channels, transposed convolutions back.
struct UNet: Network {
  static let definition = NetworkDefinition(
    name: "unet", summary: "U-Net of five levels, 64 to 1024 channels, batch normalisation",
    preprocessing: .imageNet, sizeMultiple: 16, make: { UNet($0) })

  private let down: [NormalisedPair]
  private let up: Decoder
  private let head: Convolution

  private init(_ make: LayerMaker) {
    let widths = [64, 128, 256, 512, 1024].map(make.width)
    down = widths.indices.map { level in
      NormalisedPair(make, "down\(level + 1)", from: level == 0 ? 3 : widths[level - 1], to: widths[level])
    }
    up = Decoder(make, from: widths[4], widths: Array(widths.prefix(4)))
    head = Convolution(make, "head", size: 1, from: widths[0], to: Category.count, .nothing)
  }

  func logits(_ pictures: Feature, on tape: Tape) -> Feature {
    var levels: [Feature] = []
    for pair in down {
      levels.append(pair(levels.last.map { maxPool($0, on: tape) } ?? pictures, on: tape))
    }
    let deepest = levels.removeLast()
    return head(up(deepest, skips: levels, on: tape), on: tape)
  }
}
