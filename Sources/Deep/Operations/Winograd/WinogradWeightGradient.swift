import Compute

extension Winograd {
  /// The gradient of a kernel [3, 3, inputs, outputs] from the input and the gradient of the output:
  /// dg = G^T [sum over tiles (B^T d B)^T (A dY A^T)] G.
  ///
  /// Blocks of tiles follow each other, and each of the sums is one thread's within a block, so the order of summation
  /// is fixed.
  func kernelGradient(_ sources: [Source], _ gradient: Tensor, into target: FloatBuffer) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = gradient.shape.channels
    precondition(target.count == 9 * inputs * outputs, "\(inputs) to \(outputs) channels, \(target.count) weights")
    let grid = TileGrid(gradient.shape, tile: tile)
    let whole = KernelBlock(inputs: 0..<inputs, outputs: 0..<outputs)
    // For few tiles, which are one block, the sums themselves are what costs: those of a part of the kernel stay in a
    // thread's cache, and go back to the kernel at once.
    let isInParts = whole.isWide && grid.count <= 128
    // Few enough for the cache, enough that adding to the sums pays.
    let size = min(whole.isWide ? 256 : 128, grid.count)
    let read = Planes(points: points, tiles: size, channels: inputs)
    let spread = Planes(points: points, tiles: size, channels: outputs)
    let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: spread.count))
    let transforms = sources.map { PatchTransform(input: $0, grid: grid, planes: read) }
    let spreadOutputs = PatchTransform(gradient: gradient, grid: grid, planes: spread)
    let parts = isInParts ? whole.squares : whole.rows
    let sums = FloatBuffer(count: isInParts ? 0 : products * whole.stride)

    /// The products that sum over some tiles for a part of the kernel.
    @Sendable func multiplication(_ part: KernelBlock, _ tiles: Int, adds: Bool) -> MatrixProduct {
      MatrixProduct(
        m: part.inputs.count, n: part.outputs.count, k: tiles, aStride: read.tileStride, transposed: true,
        bStride: spread.tileStride, cStride: part.outputs.count, adds: adds)
    }
    @Sendable func run(_ multiply: MatrixProduct, _ product: Int, of part: KernelBlock, into sums: FloatBuffer) {
      multiply(
        input.pointer + (read.place(product) + part.inputs.lowerBound),
        output.pointer + (spread.place(product) + part.outputs.lowerBound),
        into: sums.pointer + product * part.stride)
    }

    for first in stride(from: 0, to: grid.count, by: size) {
      let tiles = first..<min(grid.count, first + size)
      grid.forEachPiece(of: tiles) { part in
        var offset = (part.lowerBound - first) * read.tileStride
        for (source, transform) in zip(sources, transforms) {
          transform(part, into: input.pointer + offset)
          offset += source.channels
        }
        spreadOutputs(part, into: output.pointer + (part.lowerBound - first) * spread.tileStride)
      }
      if isInParts {
        Parallel.forEach(parts.count) { index in
          let part = parts[index]
          let sums = FloatBuffer(count: products * part.stride)
          let multiply = multiplication(part, tiles.count, adds: false)
          for product in 0..<products { run(multiply, product, of: part, into: sums) }
          part.gather(sums, of: part, by: self, into: target, of: whole)
        }
      } else {
        let multiply = multiplication(whole, tiles.count, adds: first > 0)
        Parallel.forEach(products) { run(multiply, $0, of: whole, into: sums) }
      }
    }
    if !isInParts {
      Parallel.forEach(parts.count) { parts[$0].gather(sums, of: whole, by: self, into: target, of: whole) }
    }
  }
}
