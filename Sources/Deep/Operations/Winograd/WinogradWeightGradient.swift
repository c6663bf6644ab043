import Compute

extension Winograd {
  /// Tiles that are transformed together before their products are added up: few enough for the cache, enough that
  /// adding to the sums pays.
  private static func gradientBlock(channels: Int) -> Int { channels < 512 ? 128 : 256 }

  /// The gradient of a kernel [3, 3, inputs, outputs] from the input and the gradient of the output:
  /// dg = G^T [sum over tiles (B^T d B)^T (A dY A^T)] G.
  ///
  /// Blocks of tiles follow each other, and each of the 36 sums is one thread's within a block, so the order of
  /// summation is fixed.
  static func kernelGradient(_ sources: [Source], _ gradient: Tensor, into target: FloatBuffer) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = gradient.shape.channels
    precondition(target.count == 9 * inputs * outputs, "\(inputs) to \(outputs) channels, \(target.count) weights")
    let grid = TileGrid(gradient.shape)
    let size = min(gradientBlock(channels: inputs + outputs), grid.count)
    let read = Planes(tiles: size, channels: inputs)
    let spread = Planes(tiles: size, channels: outputs)
    let input = FloatBuffer(count: read.count)
    let output = FloatBuffer(count: spread.count)
    let summed = Planes(tiles: inputs, channels: outputs)
    let sums = FloatBuffer(count: summed.count)
    for first in stride(from: 0, to: grid.count, by: size) {
      let tiles = first..<min(grid.count, first + size)
      let pieceSize = 8
      let pieces = (tiles.count + pieceSize - 1) / pieceSize
      Parallel.forEach(pieces) { piece in
        let part = first + piece * pieceSize..<min(tiles.upperBound, first + (piece + 1) * pieceSize)
        var offset = 0
        for source in sources {
          let place = input.pointer + (piece * pieceSize * inputs + offset)
          transformInputs(source, grid: grid, tiles: part, planes: read, into: place)
          offset += source.channels
        }
        let place = output.pointer + piece * pieceSize * outputs
        spreadOutputs(Source(gradient), grid: grid, tiles: part, planes: spread, into: place)
      }
      let multiply = MatrixProduct(
        m: inputs, n: outputs, k: tiles.count, aStride: inputs, transposed: true, bStride: outputs, cStride: outputs,
        adds: first > 0)
      Parallel.forEach(products) { product in
        multiply(
          input.pointer + product * read.stride, output.pointer + product * spread.stride,
          into: sums.pointer + product * summed.stride)
      }
    }
    gatherKernel(sums, inputs: inputs, outputs: outputs, into: target)
  }

  /// G^T m G of 36 planes [inputs, outputs].
  private static func gatherKernel(_ sums: FloatBuffer, inputs: Int, outputs: Int, into target: FloatBuffer) {
    let plane = inputs * outputs
    let stride = Planes(tiles: inputs, channels: outputs).stride
    Parallel.forEach(inputs) { input in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 18) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for channel in Swift.stride(from: 0, to: outputs, by: laneCount) {
          let place = input * outputs + channel
          for j in 0..<6 {
            let m = sums.pointer + (j * stride + place)
            let q = gatherKernel(
              load(m), load(m + 6 * stride), load(m + 12 * stride), load(m + 18 * stride), load(m + 24 * stride),
              load(m + 30 * stride))
            (scratch[j], scratch[6 + j], scratch[12 + j]) = q
          }
          for r in 0..<3 {
            let m = scratch + 6 * r
            let q = gatherKernel(m[0], m[1], m[2], m[3], m[4], m[5])
            let out = target.pointer + (3 * r * plane + place)
            store(q.0, out)
            store(q.1, out + plane)
            store(q.2, out + 2 * plane)
          }
        }
      }
    }
  }
}
