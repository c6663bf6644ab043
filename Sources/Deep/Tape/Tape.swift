/// What a pass through a network is for.
package enum PassMode {
  /// Moving statistics, no dropout, nothing recorded.
  case inference
  /// Shapes only: nothing is computed, memory is counted.
  case planning
  /// Batch statistics, dropout from the stream of (seed, step), everything recorded.
  case training(seed: UInt64, step: UInt64)
}

/// The operations of one pass, so that their gradients can be had in reverse order.
///
/// What an operation holds is freed as soon as the tape has gone back past it.
package final class Tape {
  /// An operation that was done.
  private struct Step {
    let result: Variable
    let backward: (Tensor) -> Void
    /// Its parameters that learn.
    let parameters: [Parameter]
  }

  let mode: PassMode
  /// What operations compute and store with.
  let precision: Precision
  /// Which part of a batch the pass is for; nil where it is for all of it.
  let shard: Shard?
  private var steps: [Step] = []
  /// How many operations on the tape read a parameter.
  private var readers: [ObjectIdentifier: Int] = [:]
  /// Memory of all tensors that operations have made so far, and of the largest of them, in values of Float.
  private(set) var (storedValues, largestTensor) = (0, 0)
  /// Values in the most tensors that were held at once by those who read them later, while planning.
  private(set) var mostHeldValues = 0
  /// The layers so far, while planning.
  private(set) var plan = NetworkSummary()

  package convenience init(_ mode: PassMode, precision: Precision = .fp32) {
    self.init(mode, precision: precision, shard: nil)
  }

  init(_ mode: PassMode, precision: Precision, shard: Shard?) {
    (self.mode, self.precision, self.shard) = (mode, precision, shard)
  }

  var isTraining: Bool {
    if case .training = mode { true } else { false }
  }

  var isPlanning: Bool {
    if case .planning = mode { true } else { false }
  }

  /// Memory for what an operation makes; none while planning.
  func makeTensor(_ shape: Shape) -> Tensor {
    counted(isPlanning ? Tensor(planned: shape) : Tensor(shape))
  }

  /// The same in planes of bf16.
  func makePlanes(_ shape: Shape) -> Tensor {
    counted(isPlanning ? Tensor(planned: shape, inPlanes: true) : Tensor(planes: shape))
  }

  private func counted(_ tensor: Tensor) -> Tensor {
    storedValues += tensor.floatCount
    largestTensor = max(largestTensor, tensor.floatCount)
    return tensor
  }

  /// Counts the values that are held between two operations, while planning.
  func noteHeld(_ results: some Sequence<Variable>) {
    if isPlanning { mostHeldValues = max(mostHeldValues, results.reduce(0) { $0 + $1.tensor.floatCount }) }
  }

  /// Does an operation now, and records how to go back through it.
  package func run(_ operation: any NetworkOperation, _ inputs: [Variable]) -> Variable {
    let shapes = inputs.map(\.shape)
    let (readsDoubled, readable) = (operation.readsDoubled(shapes), operation.readsActivated(shapes))
    let inputs = inputs.map { input in
      if operation.readsPlanes { return input.tensor.planes == nil ? run(Narrowing(), [plain(input)]) : input }
      let isReadable =
        input.activation.map(readable.includes) ?? true && (!input.isDoubled || readsDoubled)
        && input.tensor.planes == nil
      return isReadable ? input : plain(input)
    }
    if isPlanning {
      let result = operation.planned(inputs, on: self)
      plan.add(operation, inputs, result: result)
      return result
    }
    let output = operation.forward(inputs, on: self)
    let learning = isTraining ? operation.parameters.filter(\.learns) : []
    let result = Variable(
      output.tensor, activation: output.activation, isDoubled: output.isDoubled,
      needsGradient: isTraining && (!learning.isEmpty || inputs.contains { $0.needsGradient }))
    if result.needsGradient {
      for parameter in learning {
        readers[ObjectIdentifier(parameter), default: 0] += 1
        // Its gradient would be that of several shards between two of its operations.
        precondition(
          shard == nil || readers[ObjectIdentifier(parameter)] == 1,
          "\(parameter.name) is read by several operations, so that its batches can't be cut into shards")
      }
      steps.append(Step(result: result, backward: output.backward, parameters: learning))
    }
    return result
  }

  /// The variable with all that readers would see in memory, in Float.
  func plain(_ variable: Variable) -> Variable {
    if variable.tensor.planes != nil { return run(Widening(), [variable]) }
    return variable.activation == nil && !variable.isDoubled ? variable : run(Materialisation(), [variable])
  }

  /// Goes back through all operations, the last first, leaving gradients in parameters.
  ///
  /// - Parameter visit: called with each parameter when all operations that read it have contributed to its gradient.
  package func backward(visit: (Parameter) -> Void = { _ in }) {
    while let step = steps.popLast() {
      if let gradient = step.result.takeGradient() { step.backward(gradient) }
      for parameter in step.parameters {
        readers[ObjectIdentifier(parameter), default: 0] -= 1
        if readers[ObjectIdentifier(parameter)] == 0 { visit(parameter) }
      }
    }
  }
}
