/// The 13 convolutions of VGG16 (Simonyan and Zisserman 2015, arXiv:1409.1556), in five blocks with ReLU.
struct VGG16Encoder {
  /// Channels of each block's convolutions.
  private static let widths = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]

  private let blocks: [[Convolution]]
  /// Channels of each block's result.
  let outputs: [Int]

  /// Layers are named `encoder.block1.conv1` and so on.
  init(_ make: LayerMaker) {
    var below = 3
    blocks = Self.widths.enumerated().map { block, widths in
      widths.enumerated().map { layer, width in
        defer { below = make.width(width) }
        return Convolution(make, "encoder.block\(block + 1).conv\(layer + 1)", from: below, to: make.width(width))
      }
    }
    outputs = Self.widths.map { make.width($0[0]) }
  }

  /// The results of all blocks; between blocks lies a 2x2 maximum.
  ///
  /// - Parameter dilatesLast: whether that before the last block is left out, and the block's convolutions are dilated by
  ///   two instead, so that they see as much of the picture.
  func callAsFunction(_ pictures: Node, dilatesLast: Bool = false) -> [Node] {
    var results: [Node] = []
    for index in blocks.indices {
      if dilatesLast, index == blocks.count - 1, let before = results.last {
        results.append(BatchToSpace(factor: 2)(block(index, SpaceToBatch(factor: 2)(before))))
      } else {
        results.append(block(index, results.last.map { MaxPooling()($0) } ?? pictures))
      }
    }
    return results
  }

  /// The 2x2 maximum of the results of all blocks.
  func pooled(_ pictures: Node) -> [Node] {
    var results: [Node] = []
    for index in blocks.indices { results.append(MaxPooling()(block(index, results.last ?? pictures))) }
    return results
  }

  private func block(_ index: Int, _ input: Node) -> Node {
    blocks[index].reduce(input) { Activation.relu($1($0)) }
  }

  /// The layers' names, and the numbers that torchvision gives them (`features.0`, with pooling and ReLU counted).
  static let layers: [EncoderLayer] = {
    var number = 0
    return widths.enumerated().flatMap { block, widths in
      defer { number += 1 }
      return widths.indices.map { layer in
        defer { number += 2 }
        return EncoderLayer.convolution("encoder.block\(block + 1).conv\(layer + 1)", published: ["features.\(number)"])
      }
    }
  }()
}
