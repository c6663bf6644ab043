import Compute

/// Each pixel as a square of 2x2: nearest-neighbour upsampling by two. The gradient is the sum over the square.
package func upsample(_ input: Feature, on tape: Tape) -> Feature {
  let shape = input.shape
  let result = tape.makeTensor(Shape(shape.batch, 2 * shape.height, 2 * shape.width, shape.channels))
  if tape.isPlanning { return Feature(result) }
  let source = Source(input)
  let channels = shape.channels
  Parallel.forEach(shape.batch * shape.height) { line in
    let row = result.pointer + 4 * line * shape.width * channels
    for x in 0..<shape.width {
      let out = row + 2 * x * channels
      source.copy(pixel: line * shape.width + x, to: out)
      (out + channels).update(from: out, count: channels)
    }
    (row + 2 * shape.width * channels).update(from: row, count: 2 * shape.width * channels)
  }
  let feature = Feature(result, needsGradient: input.needsGradient)
  guard feature.needsGradient else { return feature }
  tape.record {
    guard let gradient = feature.takeGradient(), let target = input.gradientTarget() else { return }
    let below = 2 * shape.width * channels
    Parallel.forEach(shape.batch * shape.height) { line in
      for x in 0..<shape.width {
        let from = gradient.pointer + (4 * line * shape.width + 2 * x) * channels
        let to = target.tensor.pointer + (line * shape.width + x) * channels
        for c in 0..<channels {
          let sum = (from[c] + from[channels + c]) + (from[below + c] + from[below + channels + c])
          to[c] = target.adds ? to[c] + sum : sum
        }
      }
    }
  }
  return feature
}
