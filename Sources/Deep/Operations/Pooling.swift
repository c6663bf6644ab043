import Compute

/// The maximum of each 2x2 square; rows and columns must be even.
///
/// The gradient goes to the first of equal maxima, found again from the stored input, so nothing else is kept.
package struct MaxPooling: NetworkOperation {
  package init() {}

  package func shape(of inputs: [Shape]) -> Shape {
    let shape = inputs[0]
    precondition(shape.height % 2 == 0 && shape.width % 2 == 0, "2x2 pooling of \(shape)")
    return Shape(shape.batch, shape.height / 2, shape.width / 2, shape.channels)
  }

  package var description: OperationDescription? { OperationDescription("max-pooling") }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .rectified }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? { PlaneMaxPooling() }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let shape = input.shape
    let result = tape.makeTensor(self.shape(of: [shape]))
    let source = Source(input)
    Parallel.forEach(shape.batch * shape.height / 2) { line in
      for x in 0..<shape.width / 2 {
        let pixel = (2 * line) * shape.width + 2 * x
        let out = result.pointer + (line * (shape.width / 2) + x) * shape.channels
        forEachLane(source, pixel, rowStride: shape.width) { c, a, b, d, e in
          store(larger(larger(a, b), larger(d, e)), out + c)
        } scalar: { c, a, b, d, e in
          out[c] = max(max(a, b), max(d, e))
        }
      }
    }
    return Output(result) { gradient in
      guard let target = input.gradientTarget() else { return }
      let source = Source(input)
      Parallel.forEach(shape.batch * shape.height / 2) { line in
        for x in 0..<shape.width / 2 {
          let pixel = (2 * line) * shape.width + 2 * x
          let from = gradient.pointer + (line * (shape.width / 2) + x) * shape.channels
          let to = target.tensor.pointer + pixel * shape.channels
          let (right, below) = (shape.channels, shape.width * shape.channels)
          forEachLane(source, pixel, rowStride: shape.width) { c, a, b, d, e in
            let top = larger(larger(a, b), larger(d, e))
            var rest = load(from + c)
            for (value, place) in [(a, 0), (b, right), (d, below), (e, below + right)] {
              let isTop = value .== top
              let share = Lanes.zero.replacing(with: rest, where: isTop)
              rest.replace(with: Lanes.zero, where: isTop)
              store(target.adds ? load(to + place + c) + share : share, to + place + c)
            }
          } scalar: { c, a, b, d, e in
            let top = max(max(a, b), max(d, e))
            var rest = from[c]
            for (value, place) in [(a, 0), (b, right), (d, below), (e, below + right)] {
              let share = value == top ? rest : 0
              if value == top { rest = 0 }
              to[place + c] = target.adds ? to[place + c] + share : share
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }

/// Reads the 2x2 square at `pixel` as readers see it: eight channels at a time, then the rest one by one.
@inline(__always)
private func forEachLane(
  _ source: Source, _ pixel: Int, rowStride: Int, _ body: (Int, Lanes, Lanes, Lanes, Lanes) -> Void,
  scalar: (Int, Float, Float, Float, Float) -> Void
) {
  let p = source.pointer + pixel * source.channels
  let (right, below) = (source.channels, rowStride * source.channels)
  let whole = source.channels / laneCount * laneCount
  for c in stride(from: 0, to: whole, by: laneCount) {
    var (a, b, d, e) = (load(p + c), load(p + right + c), load(p + below + c), load(p + below + right + c))
    if let scale = source.scale, let shift = source.shift {
      let (s, t) = (load(scale + c), load(shift + c))
      (a, b, d, e) = (rectified(a * s + t), rectified(b * s + t), rectified(d * s + t), rectified(e * s + t))
    }
    body(c, a, b, d, e)
  }
  for c in whole..<source.channels {
    var (a, b, d, e) = (p[c], p[right + c], p[below + c], p[below + right + c])
    if let scale = source.scale, let shift = source.shift {
      let (s, t) = (scale[c], shift[c])
      (a, b, d, e) = (max(0, a * s + t), max(0, b * s + t), max(0, d * s + t), max(0, e * s + t))
    }
    scalar(c, a, b, d, e)
  }
}
