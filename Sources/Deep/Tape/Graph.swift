/// What a network's operations are to make of its pictures, before anything is computed.
///
/// A network is written with operations of one task each. Which of them are done at once is decided here, when all
/// readers of a result are known.
package final class Graph {
  private struct Step {
    /// Nil for what is handed in.
    var operation: (any NetworkOperation)?
    var inputs: [Int]
    let shape: Shape
  }
  private var steps: [Step]

  private init(_ shape: Shape) {
    steps = [Step(operation: nil, inputs: [], shape: shape)]
  }

  /// The pictures that a graph begins with.
  package static func pictures(_ shape: Shape) -> Node {
    Node(graph: Graph(shape), index: 0)
  }

  func shape(_ index: Int) -> Shape { steps[index].shape }

  func add(_ operation: any NetworkOperation, _ inputs: [Node]) -> Node {
    precondition(inputs.allSatisfy { $0.graph === self }, "inputs of several graphs")
    let shape = operation.shape(of: inputs.map(\.shape))
    steps.append(Step(operation: operation, inputs: inputs.map(\.index), shape: shape))
    return Node(graph: self, index: steps.count - 1)
  }

  /// Computes `output` of the pictures. Each result is let go when its last reader is done.
  func run(_ output: Node, of pictures: Variable, on tape: Tape) -> Variable {
    precondition(pictures.shape == steps[0].shape, "pictures \(pictures.shape) of a graph for \(steps[0].shape)")
    var readers = readers(for: output)
    var plan = fused(steps, readers)
    if tape.precision == .bf16 {
      let isInference = if case .inference = tape.mode { true } else { false }
      plan = onPlanes(plan, readers, isLearning: !isInference)
      if isInference { plan = fused(plan, readers) }
    }
    var results: [Int: Variable] = [0: pictures]
    for (index, step) in plan.enumerated() {
      guard let operation = step.operation, readers[index] > 0 else { continue }
      let inputs = step.inputs.compactMap { results[$0] }
      results[index] = tape.run(operation, inputs)
      tape.noteHeld(results.values)
      for input in step.inputs {
        readers[input] -= 1
        if readers[input] == 0 { results.removeValue(forKey: input)?.forgetSeen() }
      }
    }
    guard let result = results[output.index] else { preconditionFailure("a graph ran without its output") }
    return tape.plain(result)
  }

  /// How often each result is read on the way to `output`, which counts as read once itself; 0 for what it doesn't need.
  private func readers(for output: Node) -> [Int] {
    var readers = [Int](repeating: 0, count: steps.count)
    readers[output.index] = 1
    for index in steps.indices.reversed() where readers[index] > 0 {
      for input in steps[index].inputs { readers[input] += 1 }
    }
    return readers
  }

  /// The steps, with what can be done at once joined in the place of the last of them.
  ///
  /// - Parameter joins: which operations may be joined to those before them.
  private func fused(
    _ steps: [Step], _ readers: [Int], joining joins: (any NetworkOperation) -> Bool = { _ in true }
  ) -> [Step] {
    var plan = steps
    for (index, step) in steps.enumerated() where readers[index] > 0 {
      guard let next = step.operation, joins(next), step.inputs.count == 1, readers[step.inputs[0]] == 1,
        let joined = plan[step.inputs[0]].operation?.absorbing(next)
      else { continue }
      (plan[index].operation, plan[index].inputs) = (joined, plan[step.inputs[0]].inputs)
      plan[step.inputs[0]].operation = nil
    }
    return plan
  }

  /// What `output` is made of, as `InferencePlan` has it.
  func inferencePlan(of output: Node) -> InferencePlan {
    let readers = readers(for: output)
    let plan = fused(steps, readers) { $0 is BatchNormalisation }
    var (places, kept) = ([0: 0], [InferencePlan.Step]())
    for (index, step) in plan.enumerated() {
      guard let operation = step.operation, readers[index] > 0 else { continue }
      kept.append(
        InferencePlan.Step(operation: operation, inputs: step.inputs.compactMap { places[$0] }, shape: step.shape))
      places[index] = kept.count
    }
    return InferencePlan(pictures: steps[0].shape, steps: kept)
  }

  /// The steps with those operations on planes of bf16 that have such a form; results that no other such operation
  /// reads are stored in Float at once.
  private func onPlanes(_ plan: [Step], _ readers: [Int], isLearning: Bool) -> [Step] {
    var result = plan
    var isReadInPlanes = [Bool](repeating: false, count: plan.count)
    for (index, step) in plan.enumerated().reversed() where readers[index] > 0 {
      guard let operation = step.operation?.onPlanes(step.inputs.map(shape), isLearning: isLearning) else { continue }
      result[index].operation = isReadInPlanes[index] ? operation : operation.storingFloats() ?? operation
      if operation.readsPlanes { for input in step.inputs { isReadInPlanes[input] = true } }
    }
    return result
  }
}

/// A value of a graph: what one of its operations is to make.
package struct Node {
  let graph: Graph
  let index: Int

  package var shape: Shape { graph.shape(index) }

  /// Computes it.
  ///
  /// - Parameters:
  ///   - pictures: of the shape that the graph was begun with.
  ///   - tape: where the pass is recorded.
  package func run(of pictures: Variable, on tape: Tape) -> Variable {
    graph.run(self, of: pictures, on: tape)
  }
}
