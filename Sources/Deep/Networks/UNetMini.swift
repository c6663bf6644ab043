import Scenes

/// A U-Net of three levels without normalisation (after Ronneberger et al. 2015, arXiv:1505.04597).
///
/// 32, 64 and 128 channels down, nearest-neighbour upsampling back, dropout between the two convolutions of a level.
struct UNetMini: Network {
  static let definition = NetworkDefinition(
    name: "unet-mini", summary: "U-Net of three levels, 32 to 128 channels, dropout, no normalisation",
    preprocessing: .imageNet, sizeMultiple: 4, make: { UNetMini($0) })

  /// Two convolutions with ReLU, dropout between them.
  private struct Pair {
    let first, second: Convolution

    init(_ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int) {
      let dropout = Following.rectifierAndDropout(rate: make.settings.dropout, key: make.nextDropoutKey())
      first = Convolution(make, "\(name).1", from: inputs, to: outputs, dropout)
      second = Convolution(make, "\(name).2", from: outputs, to: outputs)
    }
  }

  private let down1, down2, bottom, up2, up1: Pair
  private let head: Convolution

  private init(_ make: LayerMaker) {
    let (narrow, middle, wide) = (make.width(32), make.width(64), make.width(128))
    down1 = Pair(make, "down1", from: 3, to: narrow)
    down2 = Pair(make, "down2", from: narrow, to: middle)
    bottom = Pair(make, "bottom", from: middle, to: wide)
    up2 = Pair(make, "up2", from: wide + middle, to: middle)
    up1 = Pair(make, "up1", from: middle + narrow, to: narrow)
    head = Convolution(make, "head", size: 1, from: narrow, to: Category.count, .nothing)
  }

  func logits(_ pictures: Feature, on tape: Tape) -> Feature {
    let skip1 = down1.second(down1.first(pictures, on: tape), on: tape)
    let skip2 = down2.second(down2.first(maxPool(skip1, on: tape), on: tape), on: tape)
    let deep = bottom.second(bottom.first(maxPool(skip2, on: tape), on: tape), on: tape)
    let middle = up2.second(up2.first(upsample(deep, on: tape), skip2, on: tape), on: tape)
    let fine = up1.second(up1.first(upsample(middle, on: tape), skip1, on: tape), on: tape)
    return head(fine, on: tape)
  }
}
