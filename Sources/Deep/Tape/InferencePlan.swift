/// A network's way forward in inference, operation by operation: what other programs are told of it.
///
/// Normalisations are joined to the convolutions before them; all else stands for itself.
package struct InferencePlan {
  /// An operation, the values that it reads, and the shape of the value that it makes.
  package struct Step {
    package let operation: any NetworkOperation
    /// Value 0 are the pictures, value n is what the n-th step makes, counted from 1.
    package let inputs: [Int]
    package let shape: Shape
  }

  /// The shape of the pictures.
  package let pictures: Shape
  /// In the order in which they run; the last makes the logits.
  package let steps: [Step]

  /// How often each value is read, the logits once more than by steps.
  package var readers: [Int] {
    var readers = [Int](repeating: 0, count: steps.count + 1)
    for input in steps.flatMap(\.inputs) { readers[input] += 1 }
    readers[steps.count] += 1
    return readers
  }

  /// Computes every value of `pictures`, in order, and lets each go when its last reader is done.
  ///
  /// - Parameters:
  ///   - pictures: of the plan's shape.
  ///   - visit: told each value's number and what it is.
  func run(_ pictures: Tensor, visit: (Int, Tensor) -> Void) {
    precondition(pictures.shape == self.pictures, "pictures \(pictures.shape) of a plan for \(self.pictures)")
    let tape = Tape(.inference)
    var (results, readers) = ([0: Variable(pictures)], readers)
    visit(0, pictures)
    for (index, step) in steps.enumerated() {
      let result = tape.run(step.operation, step.inputs.compactMap { results[$0] })
      visit(index + 1, tape.plain(result).tensor)
      results[index + 1] = result
      for input in step.inputs {
        readers[input] -= 1
        if readers[input] == 0 { results.removeValue(forKey: input)?.forgetSeen() }
      }
    }
  }
}

extension NetworkModel {
  /// What the network does to one picture of that size, padded to what it needs.
  package func inferencePlan(height: Int, width: Int) -> InferencePlan {
    let shape = Shape(1, architecture.padded(height), architecture.padded(width), 3)
    let logits = network.logits(Graph.pictures(shape))
    return logits.graph.inferencePlan(of: logits)
  }

  /// Computes every value of `inferencePlan`, in Float.
  ///
  /// - Parameters:
  ///   - picture: of any size.
  ///   - visit: told each value's number and what it is.
  package func visitValues(of picture: ImageData, _ visit: (Int, Tensor) -> Void) throws {
    let batch = try Batch([picture], for: architecture)
    inferencePlan(height: picture.height, width: picture.width).run(batch.tensor, visit: visit)
  }
}
