import Compute

/// 3x3 convolutions of stride 1 with 'same' padding, where all channel counts are multiples of sixteen.
extension Winograd {
  /// G g G^T of a kernel [3, 3, inputs, outputs] as 36 planes [inputs, outputs]; with `rotated`, of the kernel turned
  /// by 180 degrees, as the gradient by the data needs it.
  static func transformKernel(_ kernel: Values, inputs: Int, outputs: Int, rotated: Bool) -> FloatBuffer {
    let plane = inputs * outputs
    let result = FloatBuffer(count: products * plane)
    let target = result.pointer
    Parallel.forEach(inputs) { input in
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 18) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for channel in stride(from: 0, to: outputs, by: laneCount) {
          let g = kernel + (input * outputs + channel)
          for s in 0..<3 {
            @inline(__always)
            func weight(_ r: Int) -> Lanes { load(g + (rotated ? 8 - 3 * r - s : 3 * r + s) * plane) }
            let q = transformKernel(weight(0), weight(1), weight(2))
            (scratch[s], scratch[3 + s], scratch[6 + s], scratch[9 + s], scratch[12 + s], scratch[15 + s]) = q
          }
          for i in 0..<6 {
            let q = transformKernel(scratch[3 * i], scratch[3 * i + 1], scratch[3 * i + 2])
            let out = target + (6 * i * plane + input * outputs + channel)
            store(q.0, out)
            store(q.1, out + plane)
            store(q.2, out + 2 * plane)
            store(q.3, out + 3 * plane)
            store(q.4, out + 4 * plane)
            store(q.5, out + 5 * plane)
          }
        }
      }
    }
    return result
  }

  /// Tiles a block, so that its planes stay in the second-level cache of one core.
  private static func blockSize(channels: Int) -> Int {
    max(32, min(256, (1 << 18) / (products * channels) / 8 * 8))
  }

  /// The convolution of `sources`, side by side as one input, with transformed weights (36 planes [inputs, outputs],
  /// or [outputs, inputs] when `transposed`), to `destinations`, side by side as one output.
  static func convolve(
    _ sources: [Source], weights: FloatBuffer, transposed: Bool = false, shape: Shape, _ finish: Finish = Finish(),
    to destinations: [Destination]
  ) {
    let inputs = sources.reduce(0) { $0 + $1.channels }
    let outputs = destinations.reduce(0) { $0 + $1.channels }
    precondition(
      weights.count == products * inputs * outputs, "\(inputs) to \(outputs) channels, \(weights.count) weights")
    let grid = TileGrid(shape)
    let size = blockSize(channels: inputs + outputs)
    let read = Planes(tiles: size, channels: inputs)
    let written = Planes(tiles: size, channels: outputs)
    let blocks = (grid.count + size - 1) / size
    Parallel.forEach(blocks) { block in
      let tiles = block * size..<min(grid.count, (block + 1) * size)
      let input = FloatBuffer(count: read.count)
      let output = FloatBuffer(count: written.count)
      var offset = 0
      for source in sources {
        transformInputs(source, grid: grid, tiles: tiles, planes: read, into: input.pointer + offset)
        offset += source.channels
      }
      for product in 0..<products {
        LinearAlgebra.multiply(
          m: tiles.count, n: outputs, k: inputs, input.pointer + product * read.stride, rowStride: inputs,
          transposed: false, weights.pointer + product * inputs * outputs, rowStride: transposed ? inputs : outputs,
          transposed: transposed, into: output.pointer + product * written.stride, rowStride: outputs)
      }
      offset = 0
      for destination in destinations {
        var part = finish
        part.bias = finish.bias.map { $0 + offset }
        storeOutputs(
          output.pointer + offset, planes: written, grid: grid, tiles: tiles, part, to: destination)
        offset += destination.channels
      }
    }
  }
}
