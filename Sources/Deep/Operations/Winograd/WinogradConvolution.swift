import Compute

/// 3x3 convolutions of stride 1 with 'same' padding, where all channel counts are multiples of eight.
extension Winograd {
  static func transformKernel(_ kernel: FloatBuffer, inputs: Int, outputs: Int, rotated: Bool) -> FloatBuffer {
    let plane = inputs * outputs
    let planes = Planes(planes: products, tiles: inputs, channels: outputs)
    let result = FloatBuffer(count: planes.count)
    let target = result.pointer
    Parallel.forEach(inputs) { input in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * points) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for channel in stride(from: 0, to: outputs, by: laneCount) {
          let g = kernel.pointer + (input * outputs + channel)
          for s in 0..<3 {
            transformKernel { r in
              load(g + (rotated ? 8 - 3 * r - s : 3 * r + s) * plane)
            } _: {
              scratch[3 * $0 + s] = $1
            }
          }
          let out = target + (input * outputs + channel)
          for i in 0..<points {
            transformKernel {
              scratch[3 * i + $0]
            } _: {
              store($1, out + (i * points + $0) * planes.stride)
            }
          }
        }
      }
    }
    return result
  }

  static func convolve(
    _ sources: [Source], weights: FloatBuffer, shape: Shape, _ finish: WinogradFinish, to destinations: [Destination]
  ) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = destinations.reduce(0) { $0 + $1.channels }
    precondition(
      weights.count == Planes(planes: products, tiles: inputs, channels: outputs).count,
      "\(inputs) to \(outputs) channels, \(weights.count) weights")
    let job = Job<Self>(
      sources: sources, destinations: destinations, inputs: inputs, outputs: outputs, weights: weights,
      finish: finish, grid: TileGrid(shape, tile: tile))
    if inputs + outputs < 512 { job.runByBlock() } else { job.runByPhase() }
  }

  /// The gradient by the input: the convolution of the output's gradient with the turned kernel, outputs for inputs.
  static func dataGradient(
    _ gradient: Tensor, kernel: FloatBuffer, inputs: Int, to destinations: [Destination]
  ) {
    let outputs = gradient.shape.channels
    let turned = transposed(kernel, matrices: 9, rows: inputs, columns: outputs)
    let weights = transformKernel(turned, inputs: outputs, outputs: inputs, rotated: true)
    convolve([Source(gradient)], weights: weights, shape: gradient.shape, WinogradFinish(), to: destinations)
  }
}

/// A convolution to be done.
private struct Job<Scheme: Winograd> {
  let sources: [Source]
  let destinations: [Destination]
  let inputs, outputs: Int
  let weights: FloatBuffer
  let finish: WinogradFinish
  let grid: TileGrid

  /// For few channels: every block of tiles is one thread's from start to end and stays in its cache.
  func runByBlock() {
    // Few enough for the cache, enough for the products to be quick.
    let size = inputs + outputs <= 64 ? 48 : 24
    let (read, written) = planes(size)
    let whole = multiplication(size)
    Parallel.forEach((grid.count + size - 1) / size) { block in
      let tiles = block * size..<min(grid.count, (block + 1) * size)
      let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
      transform(tiles, into: input.pointer, read)
      let multiply = tiles.count == size ? whole : multiplication(tiles.count)
      for product in 0..<Scheme.products { run(multiply, product, input, read, output, written) }
      store(tiles, from: output.pointer, written)
    }
  }

  /// For many channels: reading the weights is what costs, so blocks are large, and threads share their products.
  func runByPhase() {
    let size = min(256, grid.count)
    let (read, written) = planes(size)
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
      Parallel.forEach(Scheme.products) { run(multiply, $0, input, read, output, written) }
      Parallel.forEach(pieces) { piece in
        store(part(piece), from: output.pointer + piece * pieceSize * outputs, written)
      }
    }
  }

  /// The planes of `tiles` tiles, transformed and multiplied.
  private func planes(_ tiles: Int) -> (read: Planes, written: Planes) {
    (
      Planes(planes: Scheme.products, tiles: tiles, channels: inputs),
      Planes(planes: Scheme.products, tiles: tiles, channels: outputs)
    )
  }

  private func transform(_ tiles: Range<Int>, into target: MutableValues, _ planes: Planes) {
    var offset = 0
    for source in sources {
      Scheme.transformInputs(source, grid: grid, tiles: tiles, planes: planes, into: target + offset)
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
      input.pointer + product * read.stride, weights.pointer + product * (weights.count / Scheme.products),
      into: output.pointer + product * written.stride)
  }

  private func store(_ tiles: Range<Int>, from planes: Values, _ written: Planes) {
    var offset = 0
    for destination in destinations {
      var part = finish
      part.bias = finish.bias.map { $0 + offset }
      Scheme.storeOutputs(planes + offset, planes: written, grid: grid, tiles: tiles, part, to: destination)
      offset += destination.channels
    }
  }
}
