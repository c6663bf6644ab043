/// An operation of a network, all of it in one conformance: its shape, its way forward and back, what it costs, and the
/// row that it has in a table of layers. A new one is a file of its own.
package protocol NetworkOperation {
  /// The shape of its result; stops the program where the inputs don't fit.
  func shape(of inputs: [Shape]) -> Shape
  /// Does it, and says how to go back.
  func forward(_ inputs: [Variable], on tape: Tape) -> Output
  /// What it learns and gathers, kernel first.
  var parameters: [Parameter] { get }
  /// Products of two values that it sums, by definition rather than by algorithm.
  func multiplyAdds(_ inputs: [Shape]) -> Int
  /// How convolutions of its result are dilated, where those of its input are by `dilation`.
  func dilation(after dilation: Int) -> Int
  /// What reports call it; nil for what they pass over.
  var description: OperationDescription? { get }

  // What follows is for speed and memory: most operations leave it as it is.

  /// Which values it reads through their `ChannelActivation`; it is handed others after that was applied to them.
  func readsActivated(_ inputs: [Shape]) -> ReadableActivations
  /// Whether it reads pixels that stand for squares of 2x2; else it is handed all pixels.
  func readsDoubled(_ inputs: [Shape]) -> Bool
  /// The operation that does `next`, too, where nothing else reads the result in between; nil where there is none.
  func absorbing(_ next: any NetworkOperation) -> (any NetworkOperation)?
  /// What `forward` will make, without values.
  func planned(_ inputs: [Variable], on tape: Tape) -> Variable
  /// The same on planes of bf16; nil where it has no such form and is done on Float. Some have one for inference alone:
  /// `isLearning` says whether there is a way back.
  func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)?
  /// Whether it reads planes of bf16; else it is handed values of Float.
  var readsPlanes: Bool { get }
}

/// An operation on planes of bf16.
package protocol PlaneOperation: NetworkOperation {
  /// The same with results in Float, where it can store them so.
  func storingFloats() -> (any PlaneOperation)?
}

extension PlaneOperation {
  package var readsPlanes: Bool { true }
  package func storingFloats() -> (any PlaneOperation)? { nil }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    Variable(tape.makePlanes(shape(of: inputs.map(\.shape))))
  }
}

extension NetworkOperation {
  package var parameters: [Parameter] { [] }
  package func multiplyAdds(_ inputs: [Shape]) -> Int { 0 }
  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .none }
  package func dilation(after dilation: Int) -> Int { dilation }
  package func readsDoubled(_ inputs: [Shape]) -> Bool { false }
  package func absorbing(_ next: any NetworkOperation) -> (any NetworkOperation)? { nil }
  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? { nil }
  package var readsPlanes: Bool { false }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    Variable(tape.makeTensor(shape(of: inputs.map(\.shape))))
  }

  /// Adds it to the graph of its inputs.
  package func callAsFunction(_ inputs: Node...) -> Node { self(inputs) }

  package func callAsFunction(_ inputs: [Node]) -> Node {
    precondition(!inputs.isEmpty, "an operation without inputs belongs to no graph")
    return inputs[0].graph.add(self, inputs)
  }
}

/// What an operation has made.
package struct Output {
  let tensor: Tensor
  /// What readers are to apply to the stored values.
  var activation: ChannelActivation?
  /// Whether each stored pixel stands for a square of 2x2.
  var isDoubled = false
  /// Takes the gradient by what readers see, which is its to overwrite, and contributes to those of inputs and
  /// parameters.
  let backward: (Tensor) -> Void

  package init(
    _ tensor: Tensor, activation: ChannelActivation? = nil, isDoubled: Bool = false,
    backward: @escaping (Tensor) -> Void
  ) {
    (self.tensor, self.activation, self.isDoubled, self.backward) = (tensor, activation, isDoubled, backward)
  }
}

/// What reports say of an operation.
package struct OperationDescription: Equatable, Sendable {
  /// Under which they find words for it, such as `convolution`.
  package let name: String
  /// What tells it apart from others of that name: the side of a kernel, or a number of bins; nil where nothing does.
  package let size: Int?
  /// Whether drawings show it; others are passed through.
  package let isDrawn: Bool

  package init(_ name: String, size: Int? = nil, isDrawn: Bool = false) {
    (self.name, self.size, self.isDrawn) = (name, size, isDrawn)
  }
}
