import Compute
import Storage

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
    blocks[index].reduce(input) { ReLU()($1($0)) }
  }

  /// The layers' names, and the numbers that torchvision gives them (`features.0`, with pooling and ReLU counted).
  static let layers: [EncoderLayer] = {
    var number = 0
    return widths.enumerated().flatMap { block, widths in
      defer { number += 1 }
      return widths.indices.map { layer in
        defer { number += 2 }
        return EncoderLayer(name: "encoder.block\(block + 1).conv\(layer + 1)", published: "features.\(number)")
      }
    }
  }()
}

/// A layer of an encoder that can start from published weights.
package struct EncoderLayer: Sendable {
  /// Its own name; its parameters are `name.kernel` and `name.bias`.
  let name: String
  /// The published name; the arrays are `published.weight` [outputs, inputs, rows, columns] and `published.bias`.
  let published: String

  /// The published arrays under the names and in the order of extents of this package.
  ///
  /// - Throws: `DeepError.mismatch` with published names. Arrays of the classifier that such files also hold
  ///   (`classifier.`, `pre_logits.`, `head.`) are left out.
  static func translate(
    _ stored: SafeTensors, _ layers: [EncoderLayer], _ parameters: [Parameter]
  ) throws -> [String: SafeTensors.Array] {
    let expected = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.extents) })
    var result: [String: SafeTensors.Array] = [:]
    var (missing, misshapen): ([String], [String]) = ([], [])
    for layer in layers {
      for (own, published) in [("kernel", "weight"), ("bias", "bias")] {
        let name = "\(layer.published).\(published)"
        guard let array = stored.arrays[name], let extents = expected["\(layer.name).\(own)"] else {
          missing.append(name)
          continue
        }
        let shape = extents.count == 4 ? [extents[3], extents[2], extents[0], extents[1]] : extents
        guard array.shape == shape, let values = array.floats else {
          misshapen.append("\(name) \(array.element.rawValue) \(array.shape), expected F32 \(shape)")
          continue
        }
        result["\(layer.name).\(own)"] = SafeTensors.Array(
          .float32, shape: extents, values: extents.count == 4 ? channelsLast(values, shape) : values)
      }
    }
    let known = Set(layers.flatMap { ["\($0.published).weight", "\($0.published).bias"] })
    let extra = stored.arrays.keys.filter { name in
      !known.contains(name) && !["classifier.", "pre_logits.", "head."].contains { name.hasPrefix($0) }
    }
    guard missing.isEmpty, misshapen.isEmpty, extra.isEmpty else {
      throw DeepError.mismatch(missing: missing, extra: extra.sorted(), misshapen: misshapen)
    }
    return result
  }

  /// From [outputs, inputs, rows, columns] to [rows, columns, inputs, outputs].
  private static func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (outputs, inputs, area) = (shape[0], shape[1], shape[2] * shape[3])
    return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      for o in 0..<outputs {
        for i in 0..<inputs {
          for place in 0..<area {
            buffer[(place * inputs + i) * outputs + o] = values[(o * inputs + i) * area + place]
          }
        }
      }
      count = values.count
    }
  }
}
