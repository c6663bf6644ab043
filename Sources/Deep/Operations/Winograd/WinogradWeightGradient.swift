import Compute

extension Winograd {
  /// Tiles that are transformed together before their products are added up: few enough for the cache, enough that
  /// adding to the sums pays.
  private static func gradientBlock(channels: Int) -> Int { channels < 512 ? 128 : 256 }

  // Blocks of tiles follow each other, and each of the sums is one thread's within a block, so the order of summation is
  // fixed.
  static func kernelGradient(_ sources: [Source], _ gradient: Tensor, into target: FloatBuffer) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = gradient.shape.channels
    precondition(target.count == 9 * inputs * outputs, "\(inputs) to \(outputs) channels, \(target.count) weights")
    let grid = TileGrid(gradient.shape, tile: tile)
    let size = min(gradientBlock(channels: inputs + outputs), grid.count)
    let read = Planes(planes: products, tiles: size, channels: inputs)
    let spread = Planes(planes: products, tiles: size, channels: outputs)
    let input = FloatBuffer(count: read.count)
    let output = FloatBuffer(count: spread.count)
    let summed = Planes(planes: products, tiles: inputs, channels: outputs)
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

  /// G^T m G of planes [inputs, outputs].
  private static func gatherKernel(_ sums: FloatBuffer, inputs: Int, outputs: Int, into target: FloatBuffer) {
    let plane = inputs * outputs
    let stride = Planes(planes: products, tiles: inputs, channels: outputs).stride
    Parallel.forEach(inputs) { input in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * points) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for channel in Swift.stride(from: 0, to: outputs, by: laneCount) {
          let place = input * outputs + channel
          for j in 0..<points {
            gatherKernel {
              load(sums.pointer + ((points * $0 + j) * stride + place))
            } _: {
              scratch[points * $0 + j] = $1
            }
          }
          for r in 0..<3 {
            gatherKernel {
              scratch[points * r + $0]
            } _: {
              store($1, target.pointer + ((3 * r + $0) * plane + place))
            }
          }
        }
      }
    }
  }
}
