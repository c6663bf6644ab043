import Compute

/// Splits each picture into `factor` x `factor` interleaved ones, one after the other:
/// y[(n factor + r) factor + s, i, j, c] = x[n, i factor + r, j factor + s, c]. TensorFlow's `space_to_batch` is the same but
/// for the order of the pictures.
///
/// Neighbours of a split picture lie `factor` pixels apart, so that a convolution of stride 1 and 'same' padding between
/// this and `BatchToSpace` is one of the whole picture, dilated by `factor`.
package struct SpaceToBatch: NetworkOperation {
  package let factor: Int

  package init(factor: Int) {
    self.factor = factor
  }

  package func shape(of inputs: [Shape]) -> Shape { Interleaving(whole: inputs[0], factor: factor).split }

  package func dilation(after dilation: Int) -> Int { dilation * factor }

  package var description: OperationDescription? { nil }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    PlaneSpaceToBatch(factor: factor)
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let interleaving = Interleaving(whole: input.shape, factor: factor)
    let result = tape.makeTensor(interleaving.split)
    interleaving.split(Source(input), into: result)
    return Output(result) { gradient in
      let whole = Tensor(interleaving.whole)
      interleaving.join(Source(gradient), into: whole)
      input.contribute(whole)
    }
  }
}

/// Puts the pictures together again that `SpaceToBatch` made.
package struct BatchToSpace: NetworkOperation {
  package let factor: Int

  package init(factor: Int) {
    self.factor = factor
  }

  package func shape(of inputs: [Shape]) -> Shape { Interleaving(split: inputs[0], factor: factor).whole }

  package func dilation(after dilation: Int) -> Int { dilation / factor }

  package var description: OperationDescription? { nil }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    PlaneBatchToSpace(factor: factor)
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let interleaving = Interleaving(split: input.shape, factor: factor)
    let result = tape.makeTensor(interleaving.whole)
    interleaving.join(Source(input), into: result)
    return Output(result) { gradient in
      let split = Tensor(interleaving.split)
      interleaving.split(Source(gradient), into: split)
      input.contribute(split)
    }
  }
}

/// Where the pixels of pictures lie in those that they are split into.
struct Interleaving: Sendable {
  /// The pictures, and those that they are split into.
  let whole, split: Shape
  private let factor: Int

  init(whole: Shape, factor: Int) {
    precondition(
      factor >= 1 && whole.height % factor == 0 && whole.width % factor == 0, "\(whole) split by \(factor)")
    (self.whole, self.factor) = (whole, factor)
    split = Shape(whole.batch * factor * factor, whole.height / factor, whole.width / factor, whole.channels)
  }

  init(split: Shape, factor: Int) {
    precondition(factor >= 1 && split.batch % (factor * factor) == 0, "\(split) joined by \(factor)")
    (self.split, self.factor) = (split, factor)
    whole = Shape(split.batch / (factor * factor), split.height * factor, split.width * factor, split.channels)
  }

  /// Calls `body` with the places of every pixel in the whole pictures and in the split ones, on all threads.
  ///
  /// - Parameter rowStart: where a row lies among those of all pictures of a shape.
  func forEachPixel(
    rowStart: @Sendable (Shape, Int) -> Int = { shape, row in row * shape.width },
    _ body: @Sendable (_ whole: Int, _ split: Int) -> Void
  ) {
    Parallel.forEach(split.batch * split.height) { row in
      let (picture, i) = row.quotientAndRemainder(dividingBy: split.height)
      let (n, offset) = picture.quotientAndRemainder(dividingBy: factor * factor)
      let (r, s) = offset.quotientAndRemainder(dividingBy: factor)
      let first = rowStart(whole, n * whole.height + i * factor + r) + s
      let splitFirst = rowStart(split, row)
      for j in 0..<split.width { body(first + j * factor, splitFirst + j) }
    }
  }

  /// Writes what readers see of whole pictures to the split ones.
  func split(_ source: Source, into target: Tensor) {
    forEachPixel { whole, split in
      source.copy(pixel: whole, to: target.pointer + split * target.shape.channels)
    }
  }

  /// Writes what readers see of split pictures to the whole ones.
  func join(_ source: Source, into target: Tensor) {
    forEachPixel { whole, split in
      source.copy(pixel: split, to: target.pointer + whole * target.shape.channels)
    }
  }
}
