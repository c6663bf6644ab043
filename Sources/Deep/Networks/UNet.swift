/// U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with 'same' padding and batch normalisation: five levels of 64 to
/// 1024 channels, transposed convolutions back.
struct UNet: Architecture {
  static let name = "unet"
  static let summary = "U-Net of five levels, 64 to 1024 channels, batch normalisation"
  static let sizeMultiple = 16

  var width: Float = 1

  func network(_ maker: LayerMaker) -> any Network { UNetNetwork(maker) }
}

private struct UNetNetwork: Network {
  private let down: [NormalisedPair]
  private let up: Decoder
  private let head: Convolution

  init(_ make: LayerMaker) {
    let widths = [64, 128, 256, 512, 1024].map(make.width)
    down = widths.indices.map { level in
      NormalisedPair(make, "down\(level + 1)", from: level == 0 ? 3 : widths[level - 1], to: widths[level])
    }
    up = Decoder(make, from: widths[4], widths: Array(widths.prefix(4)))
    head = Convolution(make, "head", size: 1, from: widths[0], to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    var levels: [Node] = []
    for pair in down {
      levels.append(pair(levels.last.map { MaxPooling()($0) } ?? pictures))
    }
    let deepest = levels.removeLast()
    return head(up(deepest, skips: levels))
  }
}
