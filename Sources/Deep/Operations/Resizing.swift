import Compute

/// How one axis is resized linearly: output i is (1 - share) x[first] + share x[second].
struct LinearResizing {
  let first, second: [Int]
  let share: [Float]

  /// With pixel centres at half positions (PyTorch's `align_corners=False`): source position
  /// (i + 0.5) from / to - 0.5, at least 0.
  init(from: Int, to: Int) {
    let positions = (0..<to).map { max(0, (Float($0) + 0.5) * Float(from) / Float(to) - 0.5) }
    first = positions.map { min(Int($0), from - 1) }
    second = first.map { min($0 + 1, from - 1) }
    share = zip(positions, first).map { $0 - Float($1) }
  }
}

/// Bilinear resizing to `height` and `width`, pixel centres at half positions.
package struct Resizing: NetworkOperation {
  package let height, width: Int

  package init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
  }

  package func shape(of inputs: [Shape]) -> Shape { Shape(inputs[0].batch, height, width, inputs[0].channels) }

  package var description: OperationDescription? { OperationDescription("resizing") }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let shape = input.shape
    let result = tape.makeTensor(self.shape(of: [shape]))
    let (down, across) = (LinearResizing(from: shape.height, to: height), LinearResizing(from: shape.width, to: width))
    let channels = shape.channels
    let source = Source(input)
    Parallel.forEach(shape.batch * height) { line in
      let (picture, y) = line.quotientAndRemainder(dividingBy: height)
      // The two rows are mixed first, then pixels within the mixed row.
      let row = FloatBuffer(count: shape.width * channels)
      let pixel = FloatBuffer(count: 2 * channels)
      let (upper, lower) = (pixel.pointer, pixel.pointer + channels)
      for x in 0..<shape.width {
        source.copy(pixel: (picture * shape.height + down.first[y]) * shape.width + x, to: upper)
        source.copy(pixel: (picture * shape.height + down.second[y]) * shape.width + x, to: lower)
        for c in 0..<channels {
          row.pointer[x * channels + c] = upper[c] + down.share[y] * (lower[c] - upper[c])
        }
      }
      for x in 0..<width {
        let out = result.pointer + (line * width + x) * channels
        let (left, right) = (row.pointer + across.first[x] * channels, row.pointer + across.second[x] * channels)
        for c in 0..<channels { out[c] = left[c] + across.share[x] * (right[c] - left[c]) }
      }
    }
    return Output(result) { gradient in
      guard let target = input.gradientTarget() else { return }
      if !target.adds { target.tensor.pointer.update(repeating: 0, count: shape.count) }
      Parallel.forEach(shape.batch) { picture in
        let row = FloatBuffer(count: shape.width * channels)
        for y in 0..<height {
          row.pointer.update(repeating: 0, count: row.count)
          for x in 0..<width {
            let from = gradient.pointer + ((picture * height + y) * width + x) * channels
            let (left, right) = (row.pointer + across.first[x] * channels, row.pointer + across.second[x] * channels)
            let share = across.share[x]
            for c in 0..<channels {
              left[c] += (1 - share) * from[c]
              right[c] += share * from[c]
            }
          }
          let to = target.tensor.pointer + picture * shape.height * shape.width * channels
          let (upper, lower) = (to + down.first[y] * row.count, to + down.second[y] * row.count)
          for index in 0..<row.count {
            upper[index] += (1 - down.share[y]) * row.pointer[index]
            lower[index] += down.share[y] * row.pointer[index]
          }
        }
      }
    }
  }
}
