import Compute

/// The 2x2 transposed convolution of stride 2: y[2i + r, 2j + s, o] = bias[o] + sum over c of
/// x[i, j, c] kernel[r, s, c, o]; each output pixel comes from one input pixel.
///
/// - Parameter kernel: [2, 2, channels in, channels out].
package func transposedConvolve(_ input: Feature, kernel: Parameter, bias: Parameter, on tape: Tape) -> Feature {
  let shape = input.shape
  let outputs = kernel.extents[3]
  precondition(
    kernel.extents == [2, 2, shape.channels, outputs], "kernel \(kernel.extents) for \(shape.channels) channels")
  let result = tape.makeTensor(Shape(shape.batch, 2 * shape.height, 2 * shape.width, outputs))
  if tape.isPlanning { return tape.planned(.transposedConvolution, [input], kernel: kernel, Feature(result)) }
  let lines = LineBlocks(shape, outputs: outputs)
  // [channels in, (r, s, channels out)]: all four outputs of a pixel in one product.
  let weights = FloatBuffer(count: kernel.count)
  kernel.exchangeOuter(from: kernel.values.pointer, into: weights.pointer)
  lines.forEach { block in
    let rows = lines.read(Source(input), block)
    let products = FloatBuffer(count: lines.pixels(block).count * 4 * outputs)
    LinearAlgebra.multiply(
      m: lines.pixels(block).count, n: 4 * outputs, k: shape.channels, rows.pointer, rowStride: shape.channels,
      weights.pointer, rowStride: 4 * outputs, into: products.pointer, rowStride: 4 * outputs)
    lines.scatter(products.pointer, block, bias: bias.values.pointer, to: result)
  }
  let feature = Feature(result, needsGradient: input.needsGradient || kernel.learns || bias.learns)
  guard feature.needsGradient else { return feature }
  tape.record {
    guard let gradient = feature.takeGradient() else { return }
    if bias.learns { bias.makeGradient().fill(channelSums(gradient)) }
    let groups = min(lines.count, 4)
    let partial = (0..<(kernel.learns ? groups : 0)).map { _ in FloatBuffer(repeating: 0, count: kernel.count) }
    let target = input.gradientTarget()
    Parallel.forEach(groups) { group in
      for block in stride(from: group, to: lines.count, by: groups) {
        let pixels = lines.pixels(block)
        let spread = lines.gather(gradient, block)
        if kernel.learns {
          let rows = lines.read(Source(input), block)
          LinearAlgebra.multiply(
            m: shape.channels, n: 4 * outputs, k: pixels.count, rows.pointer, rowStride: shape.channels,
            transposed: true, spread.pointer, rowStride: 4 * outputs, beta: 1, into: partial[group].pointer,
            rowStride: 4 * outputs)
        }
        if let target {
          LinearAlgebra.multiply(
            m: pixels.count, n: shape.channels, k: 4 * outputs, spread.pointer, rowStride: 4 * outputs,
            transposed: false, weights.pointer, rowStride: 4 * outputs, transposed: true, beta: target.adds ? 1 : 0,
            into: target.tensor.pointer + pixels.lowerBound * shape.channels, rowStride: shape.channels)
        }
      }
    }
    guard kernel.learns else { return }
    for index in 1..<groups { partial[0].add(partial[index]) }
    let kernelGradient = kernel.makeGradient()
    // A pointer alone doesn't keep its buffer.
    withExtendedLifetime(partial) {
      kernel.exchangeInner(from: partial[0].pointer, into: kernelGradient.pointer)
    }
  }
  return feature
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
  /// Adds another buffer of the same count, value by value.
  func add(_ other: FloatBuffer) {
    precondition(count == other.count, "buffers of \(count) and \(other.count) values")
    let piece = 1 << 16
    Parallel.forEach((count + piece - 1) / piece) { index in
      for place in index * piece..<min(count, (index + 1) * piece) { pointer[place] += other.pointer[place] }
    }
  }
}

extension Parameter {
  /// From [2, 2, inputs, outputs] to [inputs, 2, 2, outputs].
  fileprivate func exchangeOuter(from source: Values, into target: MutableValues) {
    let (inputs, outputs) = (extents[2], extents[3])
    Parallel.forEach(inputs) { input in
      for place in 0..<4 {
        (target + (input * 4 + place) * outputs).update(
          from: source + (place * inputs + input) * outputs, count: outputs)
      }
    }
  }

  /// From [inputs, 2, 2, outputs] to [2, 2, inputs, outputs].
  fileprivate func exchangeInner(from source: Values, into target: MutableValues) {
    let (inputs, outputs) = (extents[2], extents[3])
    Parallel.forEach(inputs) { input in
      for place in 0..<4 {
        (target + (place * inputs + input) * outputs).update(
          from: source + (input * 4 + place) * outputs, count: outputs)
      }
    }
  }
}

/// Blocks of input pixels, and the outputs that belong to them.
private struct LineBlocks {
  let shape: Shape
  let outputs: Int
  let pieces: PixelPieces

  init(_ shape: Shape, outputs: Int) {
    (self.shape, self.outputs) = (shape, outputs)
    pieces = PixelPieces(pixels: shape.pixels, channels: shape.channels + 4 * outputs, values: 1 << 18)
  }

  var count: Int { pieces.count }
  func pixels(_ block: Int) -> Range<Int> { pieces[block] }
  func forEach(_ body: (Int) -> Void) { Parallel.forEach(count, body) }

  /// The input's pixels, as readers see them.
  func read(_ source: Source, _ block: Int) -> FloatBuffer {
    let pixels = pixels(block)
    let rows = FloatBuffer(count: pixels.count * source.channels)
    for pixel in pixels {
      source.copy(pixel: pixel, to: rows.pointer + (pixel - pixels.lowerBound) * source.channels)
    }
    return rows
  }

  /// Where the two outputs of an input pixel in the upper (0) or lower (1) row begin; they are neighbours.
  @inline(__always)
  private func place(_ pixel: Int, _ row: Int) -> Int {
    let (line, x) = pixel.quotientAndRemainder(dividingBy: shape.width)
    return ((2 * line + row) * 2 * shape.width + 2 * x) * outputs
  }

  func scatter(_ products: Values, _ block: Int, bias: Values, to result: Tensor) {
    var from = products
    for pixel in pixels(block) {
      for row in 0..<2 {
        let to = result.pointer + place(pixel, row)
        for column in 0..<2 {
          for c in 0..<outputs { to[column * outputs + c] = from[column * outputs + c] + bias[c] }
        }
        from += 2 * outputs
      }
    }
  }

  func gather(_ gradient: Tensor, _ block: Int) -> FloatBuffer {
    let result = FloatBuffer(count: pixels(block).count * 4 * outputs)
    var to = result.pointer
    for pixel in pixels(block) {
      for row in 0..<2 {
        to.update(from: gradient.pointer + place(pixel, row), count: 2 * outputs)
        to += 2 * outputs
      }
    }
    return result
  }
}
