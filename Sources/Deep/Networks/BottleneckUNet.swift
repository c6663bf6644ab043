/// A U-Net whose way down is an encoder of inverted bottlenecks; the last result at each resolution is a skip, the deepest
/// the bridge, and the finest level, the pictures' own, has no skip.
struct BottleneckUNet: Network {
  private let encoder: BottleneckEncoder
  private let up: Decoder
  private let head: Convolution

  init(_ make: LayerMaker, _ encoder: BottleneckEncoder) {
    self.encoder = encoder
    let skips = Array(encoder.outputs.dropLast())
    let widths = [16, 32, 64, 128, 256].prefix(skips.count + 1).map(make.width)
    up = Decoder(make, from: encoder.outputs[skips.count], widths: widths, skips: skips)
    head = Convolution(make, "head", size: 1, from: widths[0], to: make.classes.count)
  }

  func logits(_ pictures: Node) -> Node {
    var levels = encoder(pictures)
    let bridge = levels.removeLast()
    return head(up(bridge, skips: levels))
  }
}
