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
/// A network is written forward only; every operation records how to go back. What a step holds is freed as soon as
/// the tape has unwound past it.
package final class Tape {
  let mode: PassMode
  private var steps: [() -> Void] = []
  /// Values in all tensors that operations have made so far, and in the largest of them.
  private(set) var (storedValues, largestTensor) = (0, 0)
  /// The layers so far, while planning.
  private(set) var plan = LayerPlan()

  package init(_ mode: PassMode) {
    self.mode = mode
  }

  var isTraining: Bool {
    if case .training = mode { true } else { false }
  }

  var isPlanning: Bool {
    if case .planning = mode { true } else { false }
  }

  /// Memory for what an operation makes; none while planning.
  func makeTensor(_ shape: Shape) -> Tensor {
    storedValues += shape.count
    largestTensor = max(largestTensor, shape.count)
    return isPlanning ? Tensor(planned: shape) : Tensor(shape)
  }

  /// What an operation returns where nothing is computed: its result by shape alone.
  func planned(_ kind: Layer.Kind, _ inputs: [Feature], kernel: Parameter? = nil, _ result: Feature) -> Feature {
    plan.add(kind, inputs, kernel: kernel, result: result)
    return result
  }

  /// Records how to go back through an operation that has just been done.
  func record(_ step: @escaping () -> Void) {
    if isTraining { steps.append(step) }
  }

  /// Goes back through all operations, the last first, leaving gradients in parameters.
  ///
  /// - Parameter visit: called after each operation, when the gradients of its parameters are there.
  package func unwind(visit: () -> Void = {}) {
    while let step = steps.popLast() {
      step()
      visit()
    }
  }
}
