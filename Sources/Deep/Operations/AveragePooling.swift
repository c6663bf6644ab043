import Compute

/// Averages over `bins` x `bins` regions that cover the picture: rows floor(i height / bins) up to
/// ceil((i + 1) height / bins), columns alike; regions overlap where the sides are no multiples.
package struct AveragePooling: NetworkOperation {
  package let bins: Int

  package init(bins: Int) {
    self.bins = bins
  }

  package func shape(of inputs: [Shape]) -> Shape { Shape(inputs[0].batch, bins, bins, inputs[0].channels) }

  package var description: OperationDescription? { OperationDescription("average-pooling", size: bins) }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  /// The rows, or columns, of a side that a bin covers.
  private func region(_ bin: Int, _ side: Int) -> Range<Int> {
    bin * side / bins..<((bin + 1) * side + bins - 1) / bins
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let shape = input.shape
    let result = tape.makeTensor(self.shape(of: [shape]))
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
    return Output(result) { gradient in
      guard let target = input.gradientTarget() else { return }
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
  }
}
