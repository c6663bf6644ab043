import Compute

/// What readers of a variable see, in memory: for operations that don't read through a `ChannelActivation` or pixels
/// that stand for squares of 2x2.
struct Materialisation: NetworkOperation {
  func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  var description: OperationDescription? { nil }

  func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }
  func readsDoubled(_ inputs: [Shape]) -> Bool { true }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let (shape, stored) = (input.shape, input.tensor.shape)
    let result = tape.makeTensor(shape)
    let (source, isDoubled) = (Source(input, doubling: true), input.isDoubled)
    Parallel.forEach(shape.batch * shape.height) { line in
      for x in 0..<shape.width {
        let pixel = isDoubled ? line / 2 * stored.width + x / 2 : line * stored.width + x
        source.copy(pixel: pixel, to: result.pointer + (line * shape.width + x) * shape.channels)
      }
    }
    return Output(result) { gradient in
      input.contribute(isDoubled ? squareSums(gradient, stored) : gradient)
    }
  }

  /// The sums over all squares of 2x2.
  private func squareSums(_ tensor: Tensor, _ shape: Shape) -> Tensor {
    let result = Tensor(shape)
    let (channels, below) = (shape.channels, 2 * shape.width * shape.channels)
    Parallel.forEach(shape.batch * shape.height) { line in
      for x in 0..<shape.width {
        let from = tensor.pointer + line * 2 * below + 2 * x * channels
        let to = result.pointer + (line * shape.width + x) * channels
        for c in 0..<channels {
          to[c] = (from[c] + from[c + channels]) + (from[c + below] + from[c + below + channels])
        }
      }
    }
    return result
  }
}
