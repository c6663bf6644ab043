import CPixels
import Compute

/// Convolutions with kernels of any size, stride and channel counts, as products of matrices: blocks of pixels are
/// unfolded into rows of the values that their kernel covers.
enum GeneralConvolution {
  /// The pixels of pictures that a kernel covers.
  private struct Cover: Sendable {
    let input, output: Shape
    let size, stride, above, left: Int

    init(_ input: Shape, _ window: KernelWindow) {
      (self.input, output) = (input, window.shape(of: input))
      (size, stride) = (window.size, window.stride)
      (above, left) = (window.before(input.height), window.before(input.width))
    }

    /// Whether each pixel is made from the one in its place.
    var isSinglePixel: Bool { size == 1 && stride == 1 }

    /// The first pixel that the kernel covers for an output pixel: its picture, row and column, which may be negative.
    @inline(__always)
    func corner(of pixel: Int) -> (picture: Int, y: Int, x: Int) {
      let (line, x) = pixel.quotientAndRemainder(dividingBy: output.width)
      let (picture, y) = line.quotientAndRemainder(dividingBy: output.height)
      return (picture, y * stride - above, x * stride - left)
    }
  }

  /// What unfolding needs to know.
  private struct Unfolding: Sendable {
    let sources: [Source]
    let cover: Cover
    let inputs: Int
    var columns: Int { cover.size * cover.size * inputs }

    init(_ sources: [Source], _ cover: Cover) {
      (self.sources, self.cover) = (sources, cover)
      inputs = sources.reduce(0) { $0 + $1.channels }
    }

    /// Where the values are rows already.
    var direct: Values? {
      guard cover.isSinglePixel, sources.count == 1, sources[0].isPlain else { return nil }
      return sources[0].pointer
    }

    /// Fills rows [pixels, size * size * inputs]; zero outside the picture.
    func unfold(_ pixels: Range<Int>, into rows: MutableValues) {
      if cover.isSinglePixel, sources.count == 1 { return sources[0].copy(pixels: pixels, to: rows) }
      // Of a single plain source the pixels under a kernel's row are neighbours in memory, too.
      let plain = sources.count == 1 && sources[0].isPlain ? sources[0].pointer : nil
      let (size, run) = (cover.size, cover.size * inputs)
      var out = rows
      for pixel in pixels {
        let (picture, y, x) = cover.corner(of: pixel)
        let isInside = x >= 0 && x + size <= cover.input.width
        for dy in 0..<size {
          guard y + dy >= 0, y + dy < cover.input.height else {
            out.update(repeating: 0, count: run)
            out += run
            continue
          }
          let first = (picture * cover.input.height + y + dy) * cover.input.width + x
          if let plain, isInside {
            let from = plain + first * inputs
            for index in 0..<run { out[index] = from[index] }
            out += run
            continue
          }
          for dx in 0..<size {
            if x + dx >= 0, x + dx < cover.input.width {
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
    _ sources: [Source], _ input: Shape, kernel: Values, window: KernelWindow, bias: Values?,
    _ function: ActivationFunction, into target: Tensor
  ) {
    let unfolding = Unfolding(sources, Cover(input, window))
    let outputs = target.shape.channels
    // Read only, by all pieces.
    nonisolated(unsafe) let (kernel, bias) = (kernel, bias)
    let ones = FloatBuffer(repeating: 1, count: bias == nil ? 0 : outputs)
    // Pieces of which rows and results stay in a core's cache until they are done.
    PixelPieces(pixels: target.shape.pixels, channels: max(unfolding.columns, outputs)).forEach { pixels in
      let out = target.pointer + pixels.lowerBound * outputs
      let multiply = MatrixProduct(
        m: pixels.count, n: outputs, k: unfolding.columns, aStride: unfolding.columns, bStride: outputs,
        cStride: outputs)
      withRows(unfolding, pixels) { multiply($0, kernel, into: out) }
      guard bias != nil || function != .identity else { return }
      var activation = pixels_activation(
        function: function.ofPixels, scale: bias.map { _ in Values(ones.pointer) }, shift: bias, gate: nil)
      pixels_activate(pixelLanes, Int64(pixels.count), Int64(outputs), out, &activation, out)
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
  static func kernelGradient(
    _ sources: [Source], _ input: Shape, _ gradient: Tensor, window: KernelWindow, into target: FloatBuffer
  ) {
    let unfolding = Unfolding(sources, Cover(input, window))
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
  static func dataGradient(
    _ gradient: Tensor, _ input: Shape, kernel: FloatBuffer, window: KernelWindow, to destinations: [Destination]
  ) {
    let (shape, cover) = (gradient.shape, Cover(input, window))
    let columns = cover.size * cover.size * destinations.reduce(0) { $0 + $1.channels }
    let turned = transposed(kernel, matrices: 1, rows: columns, columns: shape.channels)
    @Sendable func multiply(
      _ pixels: Range<Int>, by weights: Values, columns count: Int, adds: Bool, into out: MutableValues
    ) {
      let multiply = MatrixProduct(
        m: pixels.count, n: count, k: shape.channels, aStride: shape.channels, bStride: columns, cStride: count,
        adds: adds)
      multiply(gradient.pointer + pixels.lowerBound * shape.channels, weights, into: out)
    }
    if cover.isSinglePixel {
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
    let (area, read) = (shape.height * shape.width, input.height * input.width)
    let pieces = PixelPieces(pixels: area, channels: columns)
    Parallel.forEach(shape.batch) { picture in
      for target in destinations where !target.adds {
        target.pointer?.advanced(by: picture * read * target.channels).update(
          repeating: 0, count: read * target.channels)
      }
      for piece in 0..<pieces.count {
        let pixels = picture * area + pieces[piece].lowerBound..<picture * area + pieces[piece].upperBound
        let rows = FloatBuffer(count: pixels.count * columns)
        multiply(pixels, by: turned.pointer, columns: columns, adds: false, into: rows.pointer)
        fold(rows.pointer, pixels, cover, to: destinations)
      }
    }
  }

  /// Adds the rows' gradients [pixels, size * size * inputs] to the pixels that they were unfolded from.
  private static func fold(
    _ rows: Values, _ pixels: Range<Int>, _ cover: Cover, to destinations: [Destination]
  ) {
    let (height, width) = (cover.input.height, cover.input.width)
    var from = rows
    for pixel in pixels {
      let (picture, top, left) = cover.corner(of: pixel)
      for y in top..<top + cover.size {
        for x in left..<left + cover.size {
          let isInside = y >= 0 && y < height && x >= 0 && x < width
          for target in destinations {
            if isInside, let pointer = target.pointer {
              let to = pointer + ((picture * height + y) * width + x) * target.channels
              for c in 0..<target.channels { to[c] += from[c] }
            }
            from += target.channels
          }
        }
      }
    }
  }
}
