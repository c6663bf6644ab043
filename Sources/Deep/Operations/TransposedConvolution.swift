import Compute

/// The 2x2 transposed convolution of stride 2: y[2i + r, 2j + s, o] = bias[o] + sum over c of
/// x[i, j, c] kernel[r, s, c, o]; each output pixel comes from one input pixel.
///
/// A line of inputs gives two lines of outputs, each a product of matrices: [width, channels in] by
/// [channels in, (s, channels out)], since the two outputs of an input pixel are neighbours.
package struct TransposedConvolution: NetworkOperation {
  package let kernel, bias: Parameter

  /// - Parameters:
  ///   - kernel: [2, 2, channels in, channels out].
  ///   - bias: [channels out].
  package init(kernel: Parameter, bias: Parameter) {
    (self.kernel, self.bias) = (kernel, bias)
  }

  /// - Parameter name: its parameters are `name.kernel` [2, 2, inputs, outputs] and `name.bias`.
  init(_ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int) {
    kernel = make.kernel("\(name).kernel", 2, inputs, outputs)
    bias = make.vector("\(name).bias", outputs, .offset)
  }

  package func shape(of inputs: [Shape]) -> Shape {
    let (shape, outputs) = (inputs[0], kernel.extents[3])
    precondition(
      kernel.extents == [2, 2, shape.channels, outputs], "kernel \(kernel.extents) for \(shape.channels) channels")
    return Shape(shape.batch, 2 * shape.height, 2 * shape.width, outputs)
  }

  package var parameters: [Parameter] { [kernel, bias] }

  package var description: OperationDescription? { OperationDescription("transposed-convolution", size: 2) }

  /// Each pixel of the input meets every value of the kernel once.
  package func multiplyAdds(_ inputs: [Shape]) -> Int { inputs[0].pixels * kernel.count }

  var outputs: Int { kernel.extents[3] }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    PlaneTransposedConvolution(self)
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let (shape, outputs) = (input.shape, kernel.extents[3])
    let result = tape.makeTensor(self.shape(of: [shape]))
    let lines = Lines(shape, outputs: outputs)
    lines.convolve(Source(input), weights: lines.pairs(of: kernel.values), bias: bias.values, to: result)
    return Output(result) { gradient in
      bias.contribute { $0.fill(channelSums(gradient)) }
      kernel.contribute { lines.kernelGradient(Source(input), gradient, into: $0) }
      if let target = input.gradientTarget() {
        // [(r, s), channels out, channels in]
        let weights = transposed(kernel.values, matrices: 4, rows: shape.channels, columns: outputs)
        lines.dataGradient(gradient, weights: weights, to: target.tensor, adds: target.adds)
      }
    }
  }
}

/// The sum over all pixels of each channel.
func channelSums(_ tensor: Tensor) -> [Double] {
  let channels = tensor.shape.channels
  let pieces = PixelPieces(pixels: tensor.shape.pixels, channels: channels)
  return pieces.sums(width: channels) { pixels, sums in
    for pixel in pixels {
      let values = tensor.pointer + pixel * channels
      for c in 0..<channels { sums[c] += values[c] }
    }
  }
}

extension FloatBuffer {
  /// Takes all values of another buffer of the same count.
  func copy(_ other: FloatBuffer) {
    precondition(count == other.count, "buffers of \(count) and \(other.count) values")
    PixelPieces(pixels: count, channels: 1).forEach { range in
      (pointer + range.lowerBound).update(from: other.pointer + range.lowerBound, count: range.count)
    }
  }

  /// Adds another buffer of the same count, value by value.
  func add(_ other: FloatBuffer) {
    precondition(count == other.count, "buffers of \(count) and \(other.count) values")
    let piece = 1 << 16
    Parallel.forEach((count + piece - 1) / piece) { index in
      for place in index * piece..<min(count, (index + 1) * piece) { pointer[place] += other.pointer[place] }
    }
  }
}

/// The lines of inputs, [width, channels], and the pairs of lines of outputs that belong to them, each
/// [width, 2 * outputs].
private struct Lines: @unchecked Sendable {
  let shape: Shape
  let inputs, outputs: Int
  /// Lines of inputs.
  let count: Int

  /// Work is cut into a few lines by some columns of the weights: few enough that these stay in a core's cache, where
  /// the lines find them.
  private static let (block, columns) = (8, 64)

  init(_ shape: Shape, outputs: Int) {
    (self.shape, inputs, self.outputs) = (shape, shape.channels, outputs)
    count = shape.batch * shape.height
  }

  /// Where the upper (0) or lower (1) line of outputs of a line begins.
  private func place(_ line: Int, _ row: Int) -> Int { (2 * line + row) * shape.width * 2 * outputs }

  /// A kernel [2, 2, inputs, outputs] as [2, inputs, 2, outputs]: both outputs of a line in one row.
  func pairs(of kernel: FloatBuffer) -> FloatBuffer {
    let result = FloatBuffer(count: kernel.count)
    forEachPair { paired, plain in
      (result.pointer + paired).update(from: kernel.pointer + plain, count: outputs)
    }
    return result
  }

  /// Calls `body` with the places of each run of outputs in both orders.
  private func forEachPair(_ body: @Sendable (_ paired: Int, _ plain: Int) -> Void) {
    Parallel.forEach(inputs) { input in
      for row in 0..<2 {
        for side in 0..<2 {
          body(
            ((row * inputs + input) * 2 + side) * outputs, ((row * 2 + side) * inputs + input) * outputs)
        }
      }
    }
  }

  /// Calls `body` with lines and their values [lines, width, inputs], as readers see them: with all lines where they are
  /// stored so, else with some after the other, which are copied.
  private func forEachGroup(of source: Source, _ body: (Range<Int>, Shared<Values>) -> Void) {
    if source.isPlain { return body(0..<count, Shared(source.pointer)) }
    let length = shape.width * inputs
    let size = max(Self.block, (1 << 20) / length)
    for first in stride(from: 0, to: count, by: size) {
      let lines = first..<min(count, first + size)
      let values = FloatBuffer(count: lines.count * length)
      Parallel.forEach(lines.count) { line in
        let start = (first + line) * shape.width
        source.copy(pixels: start..<start + shape.width, to: values.pointer + line * length)
      }
      withExtendedLifetime(values) { body(lines, Shared(Values(values.pointer))) }
    }
  }

  /// Calls `body` for all blocks of lines and of `width` columns, on all threads.
  private func forEachBlock(
    _ lines: Range<Int>, width: Int, _ body: @Sendable (_ lines: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    let across = (width + Self.columns - 1) / Self.columns
    let down = (lines.count + Self.block - 1) / Self.block
    Parallel.forEach(down * across) { piece in
      let (row, column) = piece.quotientAndRemainder(dividingBy: across)
      let first = lines.lowerBound + row * Self.block
      body(
        first..<min(lines.upperBound, first + Self.block),
        column * Self.columns..<min(width, (column + 1) * Self.columns))
    }
  }

  /// - Parameter weights: [2, inputs, 2, outputs].
  func convolve(_ source: Source, weights: FloatBuffer, bias: FloatBuffer, to result: Tensor) {
    let width = 2 * outputs
    let biases = FloatBuffer(count: width)
    for side in 0..<2 { (biases.pointer + side * outputs).update(from: bias.pointer, count: outputs) }
    forEachGroup(of: source) { group, values in
      forEachBlock(group, width: width) { lines, columns in
        let multiply = MatrixProduct(
          m: shape.width, n: columns.count, k: inputs, aStride: inputs, bStride: width, cStride: width, adds: true)
        for row in 0..<2 {
          let part = weights.pointer + (row * inputs * width + columns.lowerBound)
          for line in lines {
            let out = result.pointer + place(line, row)
            for pixel in 0..<shape.width {
              (out + (pixel * width + columns.lowerBound)).update(
                from: biases.pointer + columns.lowerBound, count: columns.count)
            }
            multiply(
              values.value + (line - group.lowerBound) * shape.width * inputs, part, into: out + columns.lowerBound)
          }
        }
      }
    }
  }

  /// - Parameter weights: [(2, 2, outputs), inputs].
  func dataGradient(_ gradient: Tensor, weights: FloatBuffer, to target: Tensor, adds: Bool) {
    let width = 2 * outputs
    forEachBlock(0..<count, width: inputs) { lines, columns in
      for row in 0..<2 {
        let multiply = MatrixProduct(
          m: shape.width, n: columns.count, k: width, aStride: width, bStride: inputs, cStride: inputs,
          adds: adds || row > 0)
        let part = weights.pointer + (row * width * inputs + columns.lowerBound)
        for line in lines {
          let out = target.pointer + line * shape.width * inputs
          multiply(gradient.pointer + place(line, row), part, into: out + columns.lowerBound)
        }
      }
    }
  }

  /// Each of its sums is one thread's, which goes through the lines in order.
  func kernelGradient(_ source: Source, _ gradient: Tensor, into target: FloatBuffer) {
    let width = 2 * outputs
    let sums = FloatBuffer(count: target.count)
    let across = (width + Self.columns - 1) / Self.columns
    forEachGroup(of: source) { group, values in
      Parallel.forEach(2 * across) { piece in
        let (row, block) = piece.quotientAndRemainder(dividingBy: across)
        let columns = block * Self.columns..<min(width, (block + 1) * Self.columns)
        func product(adds: Bool) -> MatrixProduct {
          MatrixProduct(
            m: inputs, n: columns.count, k: shape.width, aStride: inputs, transposed: true, bStride: width,
            cStride: width, adds: adds)
        }
        let (set, add) = (product(adds: false), product(adds: true))
        for line in group {
          (line == 0 ? set : add)(
            values.value + (line - group.lowerBound) * shape.width * inputs,
            gradient.pointer + (place(line, row) + columns.lowerBound),
            into: sums.pointer + (row * inputs * width + columns.lowerBound))
        }
      }
    }
    forEachPair { paired, plain in
      (target.pointer + plain).update(from: sums.pointer + paired, count: outputs)
    }
  }
}
