import Settings

/// A U-Net of three levels without normalisation (after Ronneberger et al. 2015, arXiv:1505.04597).
///
/// 32, 64 and 128 channels down, nearest-neighbour upsampling back, dropout between the two convolutions of a level.
package struct UNetMini: Architecture {
  package static let name = "unet-mini"
  package static let summary = "U-Net of three levels, 32 to 128 channels, dropout, no normalisation"
  package static let sizeMultiple = 4

  package var width: Float = 1
  /// Probability of a value to be dropped while training.
  package var dropout: Float = 0.2

  package init() {}

  package static let fields: [Field<Self>] = [
    .width, .number("dropout", \.dropout, .from(0, below: 1), "share of values dropped while training"),
  ]

  package func network(_ maker: LayerMaker) -> any Network { UNetMiniNetwork(maker, dropout: dropout) }
}

private struct UNetMiniNetwork: Network {
  /// Two convolutions with ReLU, dropout between them.
  private struct Pair {
    private let first, second: Convolution
    private let dropout: Dropout

    init(_ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int, dropout: Float) {
      self.dropout = Dropout(make, rate: dropout)
      first = Convolution(make, "\(name).1", from: inputs, to: outputs)
      second = Convolution(make, "\(name).2", from: outputs, to: outputs)
    }

    func callAsFunction(_ inputs: Node...) -> Node {
      Activation.relu(second(dropout(Activation.relu(first(inputs)))))
    }
  }

  private let down1, down2, bottom, up2, up1: Pair
  private let head: Convolution

  init(_ make: LayerMaker, dropout: Float) {
    let (narrow, middle, wide) = (make.width(32), make.width(64), make.width(128))
    down1 = Pair(make, "down1", from: 3, to: narrow, dropout: dropout)
    down2 = Pair(make, "down2", from: narrow, to: middle, dropout: dropout)
    bottom = Pair(make, "bottom", from: middle, to: wide, dropout: dropout)
    up2 = Pair(make, "up2", from: wide + middle, to: middle, dropout: dropout)
    up1 = Pair(make, "up1", from: middle + narrow, to: narrow, dropout: dropout)
    head = Convolution(make, "head", size: 1, from: narrow, to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    let skip1 = down1(pictures)
    let skip2 = down2(MaxPooling()(skip1))
    let deep = bottom(MaxPooling()(skip2))
    let middle = up2(Upsampling()(deep), skip2)
    let fine = up1(Upsampling()(middle), skip1)
    return head(fine)
  }
}
