import Compute

/// Convolutions of stride 1 and 'same' padding with kernels of any odd size and any channel counts, as products of
/// matrices: blocks of pixels are unfolded into rows of the values that their kernel covers.
enum GeneralConvolution {
  /// What unfolding needs to know.
  private struct Unfolding: Sendable {
    let sources: [Source]
    let shape: Shape
    let size: Int
    let inputs: Int
    var columns: Int { size * size * inputs }

    init(_ sources: [Source], shape: Shape, size: Int) {
      (self.sources, self.shape, self.size) = (sources, shape, size)
      inputs = sources.reduce(0) { $0 + $1.channels }
    }

    /// Where the values are rows already.
    var direct: Values? {
      guard size == 1, sources.count == 1, sources[0].scale == nil else { return nil }
      return sources[0].pointer
    }

    /// Fills rows [pixels, size * size * inputs]; zero outside the picture.
    func unfold(_ pixels: Range<Int>, into rows: MutableValues) {
      let reach = size / 2
      // Of a single plain source the pixels under a kernel's row are neighbours in memory, too.
      let plain = sources.count == 1 && sources[0].scale == nil ? sources[0].pointer : nil
      let run = size * inputs
      var out = rows
      for pixel in pixels {
        let (line, x) = pixel.quotientAndRemainder(dividingBy: shape.width)
        let y = line % shape.height
        let isInside = x >= reach && x + reach < shape.width
        for dy in -reach...reach {
          guard y + dy >= 0, y + dy < shape.height else {
            out.update(repeating: 0, count: run)
            out += run
            continue
          }
          let first = pixel + dy * shape.width - reach
          if let plain, isInside {
            let from = plain + first * inputs
            for index in 0..<run { out[index] = from[index] }
            out += run
            continue
          }
          for dx in 0..<size {
            if x + dx >= reach, x + dx - reach < shape.width {
              for source in sources {
                source.copy(pixel: first + dx, to: out)
                out += source.channels
              }
            } else {
              out.update(repeating: 0, count: inputs)
              out += inputs
            }
          }
        }
      }
    }
  }

  /// The convolution of `sources`, side by side as one input, with a kernel [size, size, inputs, outputs].
  static func convolve(
    _ sources: [Source], kernel: Values, size: Int, bias: Values?, rectifies: Bool, into target: Tensor
  ) {
    let unfolding = Unfolding(sources, shape: target.shape, size: size)
    let outputs = target.shape.channels
    // Read only, by all pieces.
    nonisolated(unsafe) let (kernel, bias) = (kernel, bias)
    PixelPieces(pixels: target.shape.pixels, channels: unfolding.columns).forEach { pixels in
      let out = target.pointer + pixels.lowerBound * outputs
      let multiply = MatrixProduct(
        m: pixels.count, n: outputs, k: unfolding.columns, aStride: unfolding.columns, bStride: outputs,
        cStride: outputs)
      withRows(unfolding, pixels) { multiply($0, kernel, into: out) }
      if bias == nil && !rectifies { return }
      for pixel in 0..<pixels.count {
        let values = out + pixel * outputs
        if let bias { for c in 0..<outputs { values[c] += bias[c] } }
        if rectifies { for c in 0..<outputs { values[c] = max(0, values[c]) } }
      }
    }
  }

  private static func withRows(_ unfolding: Unfolding, _ pixels: Range<Int>, _ body: (Values) -> Void) {
    if let direct = unfolding.direct {
      body(direct + pixels.lowerBound * unfolding.columns)
    } else {
      let rows = FloatBuffer(count: pixels.count * unfolding.columns)
      unfolding.unfold(pixels, into: rows.pointer)
      body(rows.pointer)
    }
  }

  /// The gradient of the kernel: the unfolded rows, transposed, times the output's gradient.
  ///
  /// Pieces are shared out to a fixed number of sums, which are then added in order.
  static func kernelGradient(_ sources: [Source], _ gradient: Tensor, size: Int, into target: FloatBuffer) {
    let unfolding = Unfolding(sources, shape: gradient.shape, size: size)
    let outputs = gradient.shape.channels
    let pieces = PixelPieces(pixels: gradient.shape.pixels, channels: unfolding.columns)
    let groups = min(pieces.count, 8)
    let partial = FloatBuffer(count: groups * target.count)
    Parallel.forEach(groups) { group in
      for piece in stride(from: group, to: pieces.count, by: groups) {
        let pixels = pieces[piece]
        let multiply = MatrixProduct(
          m: unfolding.columns, n: outputs, k: pixels.count, aStride: unfolding.columns, transposed: true,
          bStride: outputs, cStride: outputs, adds: piece >= groups)
        withRows(unfolding, pixels) {
          multiply($0, gradient.pointer + pixels.lowerBound * outputs, into: partial.pointer + group * target.count)
        }
      }
    }
    Parallel.forEach(unfolding.columns) { row in
      for index in row * outputs..<(row + 1) * outputs {
        var sum: Float = 0
        for group in 0..<groups { sum += partial.pointer[group * target.count + index] }
        target.pointer[index] = sum
      }
    }
  }

  /// The gradient of the inputs: the output's gradient times the kernel, transposed, folded back.
  ///
  /// With a kernel of 1x1 products are written where they belong, and pieces of pixels are independent; the squares of
  /// larger kernels overlap, so a picture is one thread's.
  static func dataGradient(_ gradient: Tensor, kernel: FloatBuffer, size: Int, to destinations: [Destination]) {
    let shape = gradient.shape
    let columns = size * size * destinations.reduce(0) { $0 + $1.channels }
    let turned = transposed(kernel, matrices: 1, rows: columns, columns: shape.channels)
    @Sendable func multiply(
      _ pixels: Range<Int>, by weights: Values, columns count: Int, adds: Bool, into out: MutableValues
    ) {
      let multiply = MatrixProduct(
        m: pixels.count, n: count, k: shape.channels, aStride: shape.channels, bStride: columns, cStride: count,
        adds: adds)
      multiply(gradient.pointer + pixels.lowerBound * shape.channels, weights, into: out)
    }
    if size == 1 {
      PixelPieces(pixels: shape.pixels, channels: columns).forEach { pixels in
        var weights = Values(turned.pointer)
        for target in destinations {
          if let pointer = target.pointer {
            multiply(
              pixels, by: weights, columns: target.channels, adds: target.adds,
              into: pointer + pixels.lowerBound * target.channels)
          }
          weights += target.channels
        }
      }
      return
    }
    let area = shape.height * shape.width
    let pieces = PixelPieces(pixels: area, channels: columns)
    Parallel.forEach(shape.batch) { picture in
      for target in destinations where !target.adds {
        target.pointer?.advanced(by: picture * area * target.channels).update(
          repeating: 0, count: area * target.channels)
      }
      for piece in 0..<pieces.count {
        let pixels = picture * area + pieces[piece].lowerBound..<picture * area + pieces[piece].upperBound
        let rows = FloatBuffer(count: pixels.count * columns)
        multiply(pixels, by: turned.pointer, columns: columns, adds: false, into: rows.pointer)
        fold(rows.pointer, pixels, shape: shape, size: size, to: destinations)
      }
    }
  }

  /// Adds the rows' gradients [pixels, size * size * inputs] to the pixels that they were unfolded from.
  private static func fold(
    _ rows: Values, _ pixels: Range<Int>, shape: Shape, size: Int, to destinations: [Destination]
  ) {
    let reach = size / 2
    var from = rows
    for pixel in pixels {
      let (line, x) = pixel.quotientAndRemainder(dividingBy: shape.width)
      let y = line % shape.height
      for dy in -reach...reach {
        for dx in -reach...reach {
          let isInside = y + dy >= 0 && y + dy < shape.height && x + dx >= 0 && x + dx < shape.width
          for target in destinations {
            if isInside, let pointer = target.pointer {
              let to = pointer + (pixel + dy * shape.width + dx) * target.channels
              for c in 0..<target.channels { to[c] += from[c] }
            }
            from += target.channels
          }
        }
      }
    }
  }
}
