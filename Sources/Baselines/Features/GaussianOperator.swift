import Compute
import Foundation

/// Filtering of n values by a Gaussian or a derivative of it, as products with pieces of the n x n matrix that does it.
///
/// Kernels are sampled and cut as `scipy.ndimage.gaussian_filter1d` does: radius trunc(4 sigma + 1/2), the plain kernel g
/// normalised to sum 1 over the kept samples, derivatives g' = -x/sigma^2 g and g'' = (x^2/sigma^4 - 1/sigma^2) g.
/// The mirrored border is part of the matrix. Only the columns that a block of 32 outputs needs are stored: about twice
/// the multiplications of a sliding kernel, but in the matrix product that processors and libraries are made for.
package struct GaussianOperator: Sendable {
  static let blockSize = 32

  /// The rows of the matrix that give one block of outputs.
  struct Block: Sendable {
    let outputs: Range<Int>
    /// The inputs that any of the outputs depends on.
    let inputs: Range<Int>
    /// [inputs, outputs].
    let weights: [Float]
  }

  let blocks: [Block]

  init(count: Int, sigma: Double, order: Int) {
    let kernel = Self.kernel(sigma: sigma, order: order)
    let radius = kernel.count / 2
    var interior: [Float]?
    blocks = stride(from: 0, to: count, by: Self.blockSize).map { start in
      let outputs = start..<min(count, start + Self.blockSize)
      let isInterior = outputs.count == Self.blockSize && start >= radius && outputs.upperBound + radius <= count
      let inputs =
        count <= radius ? 0..<count : max(0, start - radius)..<min(count, outputs.upperBound + radius)
      // Blocks that no border touches are all alike.
      let weights = isInterior ? interior ?? Self.weights(kernel, outputs, inputs, count) : nil
      if isInterior { interior = weights }
      return Block(
        outputs: outputs, inputs: inputs, weights: weights ?? Self.weights(kernel, outputs, inputs, count))
    }
  }

  /// Weights for offsets -radius...radius, in the order in which they meet the values.
  package static func kernel(sigma: Double, order: Int) -> [Double] {
    precondition(sigma > 0 && (0...2).contains(order), "sigma \(sigma), order \(order)")
    let radius = Int(4 * sigma + 0.5)
    let square = sigma * sigma
    let plain = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / square) }
    let sum = plain.reduce(0, +)
    return zip(-radius...radius, plain).map { offset, value in
      let x = Double(offset)
      // The value at +x meets g' at -x, hence the sign.
      return [1, x / square, x * x / (square * square) - 1 / square][order] * value / sum
    }
  }

  private static func weights(_ kernel: [Double], _ outputs: Range<Int>, _ inputs: Range<Int>, _ count: Int) -> [Float]
  {
    let radius = kernel.count / 2
    var weights = [Float](repeating: 0, count: outputs.count * inputs.count)
    for output in outputs {
      for (tap, weight) in kernel.enumerated() {
        let input = reflected(output + tap - radius, count)
        weights[(input - inputs.lowerBound) * outputs.count + output - outputs.lowerBound] += Float(weight)
      }
    }
    return weights
  }

  /// Filters `rows` rows of `width` values, both [rows, width], along the rows.
  func filterRows(_ source: UnsafePointer<Float>, rows: Int, width: Int, into target: UnsafeMutablePointer<Float>) {
    for block in blocks {
      let multiply = MatrixProduct(
        m: rows, n: block.outputs.count, k: block.inputs.count, aStride: width, bStride: block.outputs.count,
        cStride: width)
      multiply(source + block.inputs.lowerBound, block.weights, into: target + block.outputs.lowerBound)
    }
  }

  /// Filters the plane `source` [rows, width] down its columns, for the outputs of block `index` alone: `target`
  /// [outputs, width], to which the result is added where `adding`.
  func filterColumns(
    _ source: UnsafePointer<Float>, width: Int, block index: Int, into target: UnsafeMutablePointer<Float>,
    adding: Bool = false
  ) {
    let block = blocks[index]
    let multiply = MatrixProduct(
      m: block.outputs.count, n: width, k: block.inputs.count, aStride: block.outputs.count, transposed: true,
      bStride: width, cStride: width, adds: adding)
    multiply(block.weights, source + block.inputs.lowerBound * width, into: target)
  }
}

/// Sixteen values from an address of any alignment.
@inline(__always)
func load16(_ pointer: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
}

/// The index within `0..<count` that stands for `index` beyond the border, mirrored about the outer edge of the last
/// pixel (d c b a | a b c d | d c b a; scipy's `reflect`), as often as needed.
func reflected(_ index: Int, _ count: Int) -> Int {
  if index >= 0 && index < count { return index }
  let phase = ((index % (2 * count)) + 2 * count) % (2 * count)
  return phase < count ? phase : 2 * count - 1 - phase
}
