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
package func resize(_ input: Feature, height: Int, width: Int, on tape: Tape) -> Feature {
  let shape = input.shape
  let result = tape.makeTensor(Shape(shape.batch, height, width, shape.channels))
  if tape.isPlanning { return tape.planned(.resizing, [input], Feature(result)) }
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
  let feature = Feature(result, needsGradient: input.needsGradient)
  guard feature.needsGradient else { return feature }
  tape.record {
    guard let gradient = feature.takeGradient(), let target = input.gradientTarget() else { return }
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
  return feature
}

/// Averages over `bins` x `bins` regions that cover the picture: rows floor(i height / bins) up to
/// ceil((i + 1) height / bins), columns alike; regions overlap where the sides are no multiples.
package func averagePool(_ input: Feature, bins: Int, on tape: Tape) -> Feature {
  let shape = input.shape
  let result = tape.makeTensor(Shape(shape.batch, bins, bins, shape.channels))
  if tape.isPlanning { return tape.planned(.averagePool(bins: bins), [input], Feature(result)) }
  func region(_ index: Int, _ side: Int) -> Range<Int> { index * side / bins..<((index + 1) * side + bins - 1) / bins }
  let channels = shape.channels
  let source = Source(input)
  Parallel.forEach(shape.batch * bins * bins) { bin in
    let (picture, place) = bin.quotientAndRemainder(dividingBy: bins * bins)
    let (rows, columns) = (region(place / bins, shape.height), region(place % bins, shape.width))
    let out = result.pointer + bin * channels
    let pixel = FloatBuffer(count: channels)
    out.update(repeating: 0, count: channels)
    for y in rows {
      for x in columns {
        source.copy(pixel: (picture * shape.height + y) * shape.width + x, to: pixel.pointer)
        for c in 0..<channels { out[c] += pixel.pointer[c] }
      }
    }
    let share = 1 / Float(rows.count * columns.count)
    for c in 0..<channels { out[c] *= share }
  }
  let feature = Feature(result, needsGradient: input.needsGradient)
  guard feature.needsGradient else { return feature }
  tape.record {
    guard let gradient = feature.takeGradient(), let target = input.gradientTarget() else { return }
    if !target.adds { target.tensor.pointer.update(repeating: 0, count: shape.count) }
    Parallel.forEach(shape.batch) { picture in
      for bin in 0..<bins * bins {
        let (rows, columns) = (region(bin / bins, shape.height), region(bin % bins, shape.width))
        let from = gradient.pointer + (picture * bins * bins + bin) * channels
        let share = 1 / Float(rows.count * columns.count)
        for y in rows {
          for x in columns {
            let to = target.tensor.pointer + ((picture * shape.height + y) * shape.width + x) * channels
            for c in 0..<channels { to[c] += share * from[c] }
          }
        }
      }
    }
  }
  return feature
}
