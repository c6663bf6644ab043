import Compute

/// 3x3 convolutions of stride 1 with 'same' padding, where all channel counts are multiples of eight.
extension Winograd {
  /// The convolution of `sources`, side by side as one input, with a transformed kernel, to `destinations`, side by
  /// side as one output.
  func convolve(
    _ sources: [Source], weights: FloatBuffer, shape: Shape, _ finish: WinogradFinish, to destinations: [Destination]
  ) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = destinations.reduce(0) { $0 + $1.channels }
    let kernel = KernelPlanes(scheme: self, inputs: inputs, outputs: outputs)
    precondition(weights.count == kernel.count, "\(inputs) to \(outputs) channels, \(weights.count) weights")
    let grid = TileGrid(shape, tile: tile)
    // With few channels every block of tiles is one thread's from start to end and stays in its cache. With many, reading
    // the weights is what costs, so blocks are large, and threads share their products.
    let isShared = inputs + outputs >= 512
    let size = isShared ? min(256, grid.count) : inputs + outputs <= 64 ? 48 : 24
    let job = Job(
      scheme: self, sources: sources, destinations: destinations, inputs: inputs, outputs: outputs, weights: weights,
      kernel: kernel, finish: finish, grid: grid, size: size)
    if isShared { job.runByPhase() } else { job.runByBlock() }
  }

  /// The gradient by the input: the convolution of the output's gradient with the turned kernel, outputs for inputs.
  func dataGradient(
    _ gradient: Tensor, kernel: FloatBuffer, inputs: Int, to destinations: [Destination]
  ) {
    let outputs = gradient.shape.channels
    let turned = transposed(kernel, matrices: 9, rows: inputs, columns: outputs)
    let weights = KernelPlanes(scheme: self, inputs: outputs, outputs: inputs).transformed(turned, rotated: true)
    convolve([Source(gradient)], weights: weights, shape: gradient.shape, WinogradFinish(), to: destinations)
  }
}

/// A convolution to be done.
private struct Job {
  private let inputs, outputs: Int
  private let weights: FloatBuffer
  private let kernel: KernelPlanes
  private let grid: TileGrid
  /// Tiles a block.
  private let size: Int
  private let read, written: Planes
  /// With the channel where each begins.
  private var transforms: [(offset: Int, transform: PatchTransform)] = []
  private var stores: [(offset: Int, store: OutputTransform)] = []

  init(
    scheme: Winograd, sources: [Source], destinations: [Destination], inputs: Int, outputs: Int,
    weights: FloatBuffer, kernel: KernelPlanes, finish: WinogradFinish, grid: TileGrid, size: Int
  ) {
    (self.inputs, self.outputs, self.weights, self.kernel) = (inputs, outputs, weights, kernel)
    (self.grid, self.size) = (grid, size)
    read = Planes(points: scheme.points, tiles: size, channels: inputs)
    written = Planes(points: scheme.points, tiles: size, channels: outputs)
    var offset = 0
    for source in sources {
      transforms.append((offset, PatchTransform(input: source, scheme, grid: grid, planes: read)))
      offset += source.channels
    }
    offset = 0
    for destination in destinations {
      var part = finish
      part.bias = finish.bias.map { $0 + offset }
      stores.append((offset, OutputTransform(destination, part, scheme, grid: grid, planes: written)))
      offset += destination.channels
    }
  }

  func runByBlock() {
    let whole = multiplication(size)
    Parallel.forEach((grid.count + size - 1) / size) { block in
      let tiles = block * size..<min(grid.count, (block + 1) * size)
      let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
      transform(tiles, into: input.pointer)
      let multiply = tiles.count == size ? whole : multiplication(tiles.count)
      for product in 0..<kernel.scheme.products { run(multiply, product, input, output) }
      store(tiles, from: output.pointer)
    }
  }

  func runByPhase() {
    let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
    for first in stride(from: 0, to: grid.count, by: size) {
      let tiles = first..<min(grid.count, first + size)
      grid.forEachPiece(of: tiles) { part in
        transform(part, into: input.pointer + (part.lowerBound - first) * read.tileStride)
      }
      let multiply = multiplication(tiles.count)
      Parallel.forEach(kernel.scheme.products) { run(multiply, $0, input, output) }
      grid.forEachPiece(of: tiles) { part in
        store(part, from: output.pointer + (part.lowerBound - first) * written.tileStride)
      }
    }
  }

  private func transform(_ tiles: Range<Int>, into target: MutableValues) {
    for (offset, transform) in transforms { transform(tiles, into: target + offset) }
  }

  private func store(_ tiles: Range<Int>, from planes: MutableValues) {
    for (offset, store) in stores { store(tiles, from: planes + offset) }
  }

  /// One of the products of `tiles` tiles.
  private func multiplication(_ tiles: Int) -> MatrixProduct {
    MatrixProduct(
      m: tiles, n: outputs, k: inputs, aStride: read.tileStride, bStride: outputs, cStride: written.tileStride)
  }

  private func run(_ multiply: MatrixProduct, _ product: Int, _ input: FloatBuffer, _ output: FloatBuffer) {
    multiply(
      input.pointer + read.place(product), weights.pointer + product * kernel.stride,
      into: output.pointer + written.place(product))
  }
}
