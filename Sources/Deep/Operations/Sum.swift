import Compute

/// The sum of its inputs, value by value.
package struct Sum: NetworkOperation {
  package init() {}

  package func shape(of inputs: [Shape]) -> Shape {
    precondition(inputs.allSatisfy { $0 == inputs[0] }, "the sum of \(inputs)")
    return inputs[0]
  }

  package var description: OperationDescription? { OperationDescription("sum") }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    isLearning ? nil : PlaneSum()
  }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let result = tape.makeTensor(inputs[0].shape)
    let (sources, channels) = (inputs.map { Source($0) }, result.shape.channels)
    PixelPieces(pixels: result.shape.pixels, channels: channels).forEach { pixels in
      let out = result.pointer + pixels.lowerBound * channels
      sources[0].copy(pixels: pixels, to: out)
      let other = FloatBuffer(count: pixels.count * channels)
      for source in sources.dropFirst() {
        source.copy(pixels: pixels, to: other.pointer)
        for index in 0..<other.count { out[index] += other.pointer[index] }
      }
    }
    return Output(result) { gradient in
      // Each input overwrites its gradient later, so each has one of its own.
      for input in inputs.dropFirst() {
        guard let target = input.gradientTarget() else { continue }
        if target.adds {
          target.tensor.buffer.add(gradient.buffer)
        } else {
          target.tensor.buffer.copy(gradient.buffer)
        }
      }
      inputs[0].contribute(gradient)
    }
  }
}
