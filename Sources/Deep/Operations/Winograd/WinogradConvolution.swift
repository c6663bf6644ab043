import Compute

/// 3x3 convolutions of stride 1 with 'same' padding, where all channel counts are multiples of eight.
extension Winograd {
  /// G g G^T of a kernel [3, 3, inputs, outputs] as 36 planes [inputs, outputs]; with `rotated`, of the kernel turned
  /// by 180 degrees, as the gradient by the data needs it.
  static func transformKernel(_ kernel: FloatBuffer, inputs: Int, outputs: Int, rotated: Bool) -> FloatBuffer {
    let plane = inputs * outputs
    let planes = Planes(tiles: inputs, channels: outputs)
    let result = FloatBuffer(count: planes.count)
    let target = result.pointer
    Parallel.forEach(inputs) { input in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 18) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for channel in stride(from: 0, to: outputs, by: laneCount) {
          let g = kernel.pointer + (input * outputs + channel)
          for s in 0..<3 {
            @inline(__always)
            func weight(_ r: Int) -> Lanes { load(g + (rotated ? 8 - 3 * r - s : 3 * r + s) * plane) }
            let q = transformKernel(weight(0), weight(1), weight(2))
            (scratch[s], scratch[3 + s], scratch[6 + s], scratch[9 + s], scratch[12 + s], scratch[15 + s]) = q
          }
          for i in 0..<6 {
            let q = transformKernel(scratch[3 * i], scratch[3 * i + 1], scratch[3 * i + 2])
            let out = target + (6 * i * planes.stride + input * outputs + channel)
            store(q.0, out)
            store(q.1, out + planes.stride)
            store(q.2, out + 2 * planes.stride)
            store(q.3, out + 3 * planes.stride)
            store(q.4, out + 4 * planes.stride)
            store(q.5, out + 5 * planes.stride)
          }
        }
      }
    }
    return result
  }

  /// The convolution of `sources`, side by side as one input, with transformed weights (36 planes [inputs, outputs]),
  /// to `destinations`, side by side as one output.
  static func convolve(
    _ sources: [Source], weights: FloatBuffer, shape: Shape, _ finish: Finish = Finish(),
    to destinations: [Destination]
  ) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = destinations.reduce(0) { $0 + $1.channels }
    precondition(
      weights.count == Planes(tiles: inputs, channels: outputs).count,
      "\(inputs) to \(outputs) channels, \(weights.count) weights")
    let job = Job(
      sources: sources, destinations: destinations, inputs: inputs, outputs: outputs, weights: weights,
      finish: finish, grid: TileGrid(shape))
    if inputs + outputs < 512 { job.runByBlock() } else { job.runByPhase() }
  }

  /// The gradient by the input: the convolution of the output's gradient with the turned kernel, outputs for inputs.
  static func dataGradient(
    _ gradient: Tensor, kernel: FloatBuffer, inputs: Int, to destinations: [Destination]
  ) {
    let outputs = gradient.shape.channels
    let turned = transposed(kernel, inputs: inputs, outputs: outputs)
    let weights = transformKernel(turned, inputs: outputs, outputs: inputs, rotated: true)
    convolve([Source(gradient)], weights: weights, shape: gradient.shape, to: destinations)
  }

  /// A kernel [3, 3, inputs, outputs] as [3, 3, outputs, inputs].
  private static func transposed(_ kernel: FloatBuffer, inputs: Int, outputs: Int) -> FloatBuffer {
    let result = FloatBuffer(count: kernel.count)
    // A cache line of inputs at a time, so that lines are written whole.
    let size = 16
    let blocks = (inputs + size - 1) / size
    Parallel.forEach(9 * blocks) { piece in
      let (place, block) = piece.quotientAndRemainder(dividingBy: blocks)
      let (from, to) = (kernel.pointer + place * inputs * outputs, result.pointer + place * inputs * outputs)
      for output in 0..<outputs {
        for input in block * size..<min(inputs, (block + 1) * size) {
          to[output * inputs + input] = from[input * outputs + output]
        }
      }
    }
    return result
  }

  /// A convolution to be done.
  private struct Job {
    let sources: [Source]
    let destinations: [Destination]
    let inputs, outputs: Int
    let weights: FloatBuffer
    let finish: Finish
    let grid: TileGrid

    /// For few channels: every block of tiles is one thread's from start to end and stays in its cache.
    func runByBlock() {
      // Few enough for the cache, enough for the products to be quick.
      let size = inputs + outputs <= 128 ? 32 : 48
      let (read, written) = (Planes(tiles: size, channels: inputs), Planes(tiles: size, channels: outputs))
      let whole = multiplication(size)
      Parallel.forEach((grid.count + size - 1) / size) { block in
        let tiles = block * size..<min(grid.count, (block + 1) * size)
        let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
        transform(tiles, into: input.pointer, read)
        let multiply = tiles.count == size ? whole : multiplication(tiles.count)
        for product in 0..<products { run(multiply, product, input, read, output, written) }
        store(tiles, from: output.pointer, written)
      }
    }

    /// For many channels: reading the weights is what costs, so blocks are large, and threads share their products.
    func runByPhase() {
      let size = min(256, grid.count)
      let (read, written) = (Planes(tiles: size, channels: inputs), Planes(tiles: size, channels: outputs))
      let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
      let pieceSize = 8
      for first in stride(from: 0, to: grid.count, by: size) {
        let tiles = first..<min(grid.count, first + size)
        let pieces = (tiles.count + pieceSize - 1) / pieceSize
        func part(_ piece: Int) -> Range<Int> {
          first + piece * pieceSize..<min(tiles.upperBound, first + (piece + 1) * pieceSize)
        }
        Parallel.forEach(pieces) { piece in
          transform(part(piece), into: input.pointer + piece * pieceSize * inputs, read)
        }
        let multiply = multiplication(tiles.count)
        Parallel.forEach(products) { run(multiply, $0, input, read, output, written) }
        Parallel.forEach(pieces) { piece in
          store(part(piece), from: output.pointer + piece * pieceSize * outputs, written)
        }
      }
    }

    private func transform(_ tiles: Range<Int>, into target: MutableValues, _ planes: Planes) {
      var offset = 0
      for source in sources {
        transformInputs(source, grid: grid, tiles: tiles, planes: planes, into: target + offset)
        offset += source.channels
      }
    }

    /// One of the products of `tiles` tiles.
    private func multiplication(_ tiles: Int) -> MatrixProduct {
      MatrixProduct(m: tiles, n: outputs, k: inputs, aStride: inputs, bStride: outputs, cStride: outputs)
    }

    private func run(
      _ multiply: MatrixProduct, _ product: Int, _ input: FloatBuffer, _ read: Planes, _ output: FloatBuffer,
      _ written: Planes
    ) {
      multiply(
        input.pointer + product * read.stride, weights.pointer + product * (weights.count / products),
        into: output.pointer + product * written.stride)
    }

    private func store(_ tiles: Range<Int>, from planes: Values, _ written: Planes) {
      var offset = 0
      for destination in destinations {
        var part = finish
        part.bias = finish.bias.map { $0 + offset }
        storeOutputs(planes + offset, planes: written, grid: grid, tiles: tiles, part, to: destination)
        offset += destination.channels
      }
    }
  }
}
