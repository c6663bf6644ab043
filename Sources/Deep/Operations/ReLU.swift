import Compute

/// max(0, x).
package struct ReLU: NetworkOperation {
  package init() {}

  package func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  package var description: OperationDescription? { OperationDescription("relu") }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let result = tape.makeTensor(input.shape)
    let x = input.tensor
    forEachLane(of: result) { place, count in
      store(rectified(load(x.pointer + place, count)), result.pointer + place, count)
    }
    return Output(result) { gradient in
      forEachLane(of: result) { place, count in
        let lanes = passed(load(gradient.pointer + place, count), where: load(result.pointer + place, count))
        store(lanes, gradient.pointer + place, count)
      }
      input.contribute(gradient)
    }
  }

  /// Calls `body` with the place of up to eight values and their number, on all threads.
  private func forEachLane(of tensor: Tensor, _ body: @Sendable (_ place: Int, _ count: Int) -> Void) {
    PixelPieces(pixels: tensor.shape.count, channels: 1).forEach { range in
      for place in stride(from: range.lowerBound, to: range.upperBound, by: laneCount) {
        body(place, min(laneCount, range.upperBound - place))
      }
    }
  }
}
