import Compute

/// 3x3 convolutions of stride 1 with 'same' padding, where all channel counts are multiples of eight.
extension Winograd {
  /// The convolution of `sources`, side by side as one input, to `destinations`, side by side as one output.
  ///
  /// - Parameter weights: the transformed kernel, where it is kept.
  func convolve(
    _ sources: [Source], _ kernel: WinogradKernel, weights: FloatBuffer? = nil, shape: Shape,
    _ finish: WinogradFinish, to destinations: [Destination]
  ) {
    let job = Job(
      scheme: self, sources: sources, destinations: destinations, kernel: kernel, finish: finish,
      grid: TileGrid(shape, tile: tile))
    if kernel.whole.isWide {
      job.runByPhase(weights)
    } else {
      job.runByBlock(weights ?? kernel.transformed(by: self))
    }
  }

  /// The gradient by the input: the convolution of the output's gradient with the turned kernel.
  func dataGradient(
    _ gradient: Tensor, kernel: FloatBuffer, inputs: Int, to destinations: [Destination]
  ) {
    let turned = WinogradKernel(kernel, inputs: gradient.shape.channels, outputs: inputs, isTurned: true)
    convolve([Source(gradient)], turned, shape: gradient.shape, WinogradFinish(), to: destinations)
  }
}

/// A convolution to be done.
private struct Job: @unchecked Sendable {
  private let scheme: Winograd
  private let kernel: WinogradKernel
  private let grid: TileGrid
  /// Tiles a block.
  private let size: Int
  private let read, written: Planes
  /// With the channel where each begins.
  private var transforms: [(offset: Int, transform: PatchTransform)] = []
  private var stores: [(offset: Int, store: OutputTransform)] = []

  init(
    scheme: Winograd, sources: [Source], destinations: [Destination], kernel: WinogradKernel, finish: WinogradFinish,
    grid: TileGrid
  ) {
    (self.scheme, self.kernel, self.grid) = (scheme, kernel, grid)
    size = kernel.whole.isWide ? min(256, grid.count) : kernel.inputs + kernel.outputs <= 64 ? 48 : 24
    read = Planes(points: scheme.points, tiles: size, channels: kernel.inputs)
    written = Planes(points: scheme.points, tiles: size, channels: kernel.outputs)
    var offset = 0
    for source in sources {
      transforms.append((offset, PatchTransform(input: source, grid: grid, planes: read)))
      offset += source.channels
    }
    offset = 0
    for destination in destinations {
      var part = finish
      part.bias = finish.bias.map { $0 + offset }
      stores.append((offset, OutputTransform(destination, part, grid: grid, planes: written)))
      offset += destination.channels
    }
  }

  /// With few channels every block of tiles is one thread's from start to end and stays in its cache.
  func runByBlock(_ weights: FloatBuffer) {
    Parallel.forEach((grid.count + size - 1) / size) { block in
      let tiles = block * size..<min(grid.count, (block + 1) * size)
      let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
      transform(tiles, into: input.pointer)
      let multiply = multiplication(tiles.count, kernel.whole)
      for product in 0..<scheme.products { run(multiply, product, of: kernel.whole, weights, input, output) }
      store(tiles, from: output.pointer)
    }
  }

  /// With many channels blocks of tiles are large, and threads share their products: a plane each, or where the kernel
  /// isn't transformed yet, some columns of all planes, whose part of the kernel then never leaves the caches.
  ///
  /// - Parameter weights: the transformed kernel, where there is one.
  func runByPhase(_ weights: FloatBuffer?) {
    let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: written.count))
    for first in stride(from: 0, to: grid.count, by: size) {
      let tiles = first..<min(grid.count, first + size)
      grid.forEachPiece(of: tiles) { part in
        transform(part, into: input.pointer + (part.lowerBound - first) * read.tileStride)
      }
      if let weights {
        let multiply = multiplication(tiles.count, kernel.whole)
        Parallel.forEach(scheme.products) { run(multiply, $0, of: kernel.whole, weights, input, output) }
      } else {
        let columns = kernel.whole.columns
        Parallel.forEach(columns.count) { index in
          let part = columns[index]
          let weights = FloatBuffer(count: scheme.products * part.stride)
          for rows in part.rows { kernel.transform(rows, of: part, by: scheme, to: weights) }
          let multiply = multiplication(tiles.count, part)
          for product in 0..<scheme.products { run(multiply, product, of: part, weights, input, output) }
        }
      }
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

  /// The products of `tiles` tiles with a part of the kernel.
  private func multiplication(_ tiles: Int, _ part: KernelBlock) -> MatrixProduct {
    MatrixProduct(
      m: tiles, n: part.outputs.count, k: part.inputs.count, aStride: read.tileStride, bStride: part.outputs.count,
      cStride: written.tileStride)
  }

  private func run(
    _ multiply: MatrixProduct, _ product: Int, of part: KernelBlock, _ weights: FloatBuffer,
    _ input: FloatBuffer, _ output: FloatBuffer
  ) {
    multiply(
      input.pointer + read.place(product), weights.pointer + product * part.stride,
      into: output.pointer + (written.place(product) + part.outputs.lowerBound))
  }
}
