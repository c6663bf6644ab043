/// Each pixel as a square of 2x2: nearest-neighbour upsampling by two.
///
/// Nothing is computed: Winograd convolutions read each pixel where the square lies, and sum the gradient over it.
/// Others are handed all pixels.
package struct Upsampling: NetworkOperation {
  package init() {}

  package func shape(of inputs: [Shape]) -> Shape {
    Shape(inputs[0].batch, 2 * inputs[0].height, 2 * inputs[0].width, inputs[0].channels)
  }

  package var description: OperationDescription? { OperationDescription("upsampling") }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? { PlaneUpsampling() }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    Variable(inputs[0].tensor, activation: inputs[0].activation, isDoubled: true)
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    return Output(input.tensor, activation: input.activation, isDoubled: true) { input.contribute($0) }
  }
}
