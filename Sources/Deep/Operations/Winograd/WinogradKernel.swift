import Compute

/// A kernel as a convolution reads it: [3, 3, inputs, outputs] as it is stored, or turned by 180 degrees, outputs for
/// inputs, as the gradient by the input does.
struct WinogradKernel: @unchecked Sendable {
  private let values: Values
  /// Of the convolution that reads it.
  let inputs, outputs: Int
  private let isTurned: Bool

  /// - Parameter values: [3, 3, inputs, outputs], with `isTurned` [3, 3, outputs, inputs].
  init(_ values: FloatBuffer, inputs: Int, outputs: Int, isTurned: Bool = false) {
    precondition(values.count == 9 * inputs * outputs, "\(inputs) to \(outputs) channels, \(values.count) weights")
    (self.values, self.inputs, self.outputs, self.isTurned) = (Values(values.pointer), inputs, outputs, isTurned)
  }

  /// G g G^T of some rows of a block, in their place in the block's [p, p] planes [inputs, outputs].
  ///
  /// They are copied together first, and so lie in the cache.
  func transform(_ block: KernelBlock, of whole: KernelBlock, by scheme: Winograd, to result: FloatBuffer) {
    let count = block.count
    let planes = result.pointer + (block.inputs.lowerBound - whole.inputs.lowerBound) * whole.outputs.count
    let copied = FloatBuffer(count: 9 * count)
    let matrix = isTurned ? scheme.turnedKernel : scheme.kernel
    for place in 0..<9 {
      let (from, to) = (values + place * inputs * outputs, copied.pointer + place * count)
      if isTurned {
        LinearAlgebra.transpose(
          rows: block.outputs.count, columns: block.inputs.count,
          from + (block.outputs.lowerBound * inputs + block.inputs.lowerBound), rowStride: inputs, into: to,
          rowStride: block.outputs.count)
      } else {
        for (row, input) in block.inputs.enumerated() {
          (to + row * block.outputs.count).update(
            from: from + (input * outputs + block.outputs.lowerBound), count: block.outputs.count)
        }
      }
    }
    matrix.transform(count, copied.pointer, stride: count, to: planes, stride: whole.stride)
  }

  /// All inputs and outputs.
  var whole: KernelBlock { KernelBlock(inputs: 0..<inputs, outputs: 0..<outputs) }

  /// All of it, transformed: planes `whole.stride` apart.
  func transformed(by scheme: Winograd) -> FloatBuffer {
    let result = FloatBuffer(count: scheme.products * whole.stride)
    let parts = whole.rows
    Parallel.forEach(parts.count) { transform(parts[$0], of: whole, by: scheme, to: result) }
    return result
  }
}

/// Some inputs and outputs of a kernel.
struct KernelBlock: Sendable {
  let inputs, outputs: Range<Int>

  var count: Int { inputs.count * outputs.count }
  /// From one plane to the next, a cache line longer than a plane, as between rows of `Planes`.
  var stride: Int { count + 16 }

  /// Whether its planes don't fit into a cache, so that reading them is what a convolution costs.
  var isWide: Bool { inputs.count + outputs.count >= 512 }

  /// Inputs and outputs of a square: all of its planes about fit into a core's second cache.
  private static let side = 64

  /// Its parts with all inputs and some outputs.
  var columns: [KernelBlock] {
    outputs.blocks(of: Self.side).map { KernelBlock(inputs: inputs, outputs: $0) }
  }

  /// Its parts with all outputs and some inputs, as large as squares.
  var rows: [KernelBlock] {
    inputs.blocks(of: max(1, Self.side * Self.side / outputs.count)).map { KernelBlock(inputs: $0, outputs: outputs) }
  }

  /// Its parts with some inputs and some outputs, those with the same outputs one after the other.
  var squares: [KernelBlock] { columns.flatMap(\.rows) }

  /// G^T m G of sums, planes [inputs, outputs] of `block`, which this is a part of, to its place in a kernel
  /// [3, 3, inputs, outputs] of all inputs and outputs, `whole`.
  func gather(
    _ sums: FloatBuffer, of block: KernelBlock, by scheme: Winograd, into kernel: FloatBuffer, of whole: KernelBlock
  ) {
    let planes = sums.pointer + (inputs.lowerBound - block.inputs.lowerBound) * block.outputs.count
    let gathered = FloatBuffer(count: 9 * count)
    scheme.gatheringKernel.transform(count, planes, stride: block.stride, to: gathered.pointer, stride: count)
    for place in 0..<9 {
      for (row, input) in inputs.enumerated() {
        let to = kernel.pointer + (place * whole.count + input * whole.outputs.count + outputs.lowerBound)
        to.update(from: gathered.pointer + (place * count + row * outputs.count), count: outputs.count)
      }
    }
  }
}

extension Range<Int> {
  /// Its parts of `size`, the last perhaps shorter.
  func blocks(of size: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: size).map { $0..<Swift.min(upperBound, $0 + size) }
  }
}

extension TransformMatrix {
  /// M k M^T of `count` matrices k, side by side: [columns, columns, count] to [rows, rows, count], with the strides
  /// from one place of the matrices to the next.
  fileprivate func transform(
    _ count: Int, _ source: Values, stride sourceStride: Int, to target: MutableValues, stride targetStride: Int
  ) {
    let part = 256
    for first in stride(from: 0, to: count, by: part) {
      let width = min(part, count - first)
      let scratch = FloatBuffer(count: rows * columns * width)
      let down = MatrixProduct(
        m: rows, n: width, k: columns, aStride: columns, bStride: columns * sourceStride, cStride: columns * width)
      for j in 0..<columns { down(pointer, source + (j * sourceStride + first), into: scratch.pointer + j * width) }
      let along = MatrixProduct(
        m: rows, n: width, k: columns, aStride: columns, bStride: width, cStride: targetStride)
      for i in 0..<rows {
        along(
          pointer, scratch.pointer + i * columns * width, into: target + (i * rows * targetStride + first))
      }
    }
  }
}
