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
    // Few enough for the cache, enough that adding to the sums pays.
    let size = min(inputs + outputs < 512 ? 128 : 256, grid.count)
    let read = Planes(points: points, tiles: size, channels: inputs)
    let spread = Planes(points: points, tiles: size, channels: outputs)
    let (input, output) = (FloatBuffer(count: read.count), FloatBuffer(count: spread.count))
    let summed = KernelPlanes(scheme: self, inputs: inputs, outputs: outputs)
    let sums = FloatBuffer(count: summed.count)
    let transforms = sources.map { PatchTransform(input: $0, self, grid: grid, planes: read) }
    let spreadOutputs = PatchTransform(gradient: gradient, self, grid: grid, planes: spread)
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
      let multiply = MatrixProduct(
        m: inputs, n: outputs, k: tiles.count, aStride: read.tileStride, transposed: true, bStride: spread.tileStride,
        cStride: outputs, adds: first > 0)
      Parallel.forEach(products) { product in
        multiply(
          input.pointer + read.place(product), output.pointer + spread.place(product),
          into: sums.pointer + product * summed.stride)
      }
    }
    summed.gather(sums, into: target)
  }
}
