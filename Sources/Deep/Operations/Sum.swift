import Compute

/// The sum of its inputs, value by value.
package struct Sum: NetworkOperation {
  package init() {}

  package func shape(of inputs: [Shape]) -> Shape {
    precondition(inputs.allSatisfy { $0 == inputs[0] }, "the sum of \(inputs)")
    return inputs[0]
  }

  package var description: OperationDescription? { OperationDescription("sum") }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let result = tape.makeTensor(inputs[0].shape)
    result.buffer.copy(inputs[0].tensor.buffer)
    for input in inputs.dropFirst() { result.buffer.add(input.tensor.buffer) }
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
