import Compute

/// How the zeros around a picture are shared out to its sides.
package enum Padding: Sendable {
  /// size / 2 on each side, as PyTorch's layers have it.
  case symmetric
  /// No more than are needed, the odd one after the picture, as in TensorFlow: the same at stride 1.
  case least
}

/// Which pixels a kernel covers: for output (i, j) those from (stride i - before, stride j - before) on, `size` each
/// way, zero outside the picture. There are side / stride outputs, rounded up.
package struct KernelWindow: Sendable {
  package let size, stride: Int
  let padding: Padding

  init(size: Int, stride: Int, padding: Padding) {
    precondition(size % 2 == 1 && stride >= 1, "a kernel of side \(size) and stride \(stride)")
    (self.size, self.stride, self.padding) = (size, stride, padding)
  }

  func shape(of input: Shape) -> Shape {
    Shape(
      input.batch, (input.height + stride - 1) / stride, (input.width + stride - 1) / stride, input.channels)
  }

  /// How many zeros lie before a side of the picture.
  package func before(_ side: Int) -> Int {
    guard padding == .least else { return size / 2 }
    return max(0, (side + stride - 1) / stride * stride - stride + size - side) / 2
  }
}

/// What is done at once to the sums of a convolution.
package struct Finish {
  var normalisation: BatchNormalisation?
  var function = ActivationFunction.identity
  var dropout: Dropout?

  /// With `next`, too; nil where that can't be. The way back from a rectified sum needs its result alone; of other
  /// functions normalisation takes care.
  func absorbing(_ next: any NetworkOperation) -> Finish? {
    var joined = self
    switch next {
    case let next as BatchNormalisation where normalisation == nil && function == .identity:
      joined.normalisation = next
    case let next as Activation where function == .identity && (normalisation != nil || next.function == .relu):
      joined.function = next.function
    case let next as Dropout where function == .relu && normalisation == nil && dropout == nil:
      joined.dropout = next
    default: return nil
    }
    return joined
  }

  /// Applies the function to sums.
  func apply(to tensor: Tensor) {
    guard function != .identity else { return }
    let function = function
    PixelPieces(pixels: tensor.shape.count, channels: 1).forEach { range in
      let place = tensor.pointer + range.lowerBound
      function.apply(to: place, count: range.count, into: place)
    }
  }
}

/// An operation that is linear in a kernel and a bias, with what is done to its sums at once.
package protocol LinearOperation: NetworkOperation {
  var kernel: Parameter { get set }
  var bias: Parameter? { get set }
  var finish: Finish { get set }

  /// The sums, with what follows them except for normalisation.
  ///
  /// - Parameters:
  ///   - inputs: as of any operation.
  ///   - isNormalised: whether a normalisation by the batch follows, on which the bias has no influence: its gradient is
  ///     exactly zero.
  ///   - tape: records the way back.
  func convolve(_ inputs: [Variable], isNormalised: Bool, on tape: Tape) -> Output
}

extension LinearOperation {
  /// Kernel and bias as inference uses them: with the moving statistics' normalisation in them, where one was absorbed.
  package var inferenceWeights: (kernel: Parameter, bias: Parameter?) {
    guard let normalisation = finish.normalisation else { return (kernel, bias) }
    return normalisation.folded(into: kernel, bias)
  }

  package var parameters: [Parameter] {
    [kernel] + (bias.map { [$0] } ?? []) + (finish.normalisation?.parameters ?? [])
  }

  package func absorbing(_ next: any NetworkOperation) -> (any NetworkOperation)? {
    guard let joined = finish.absorbing(next) else { return nil }
    return with(joined)
  }

  private func with(_ finish: Finish) -> Self {
    var changed = self
    changed.finish = finish
    return changed
  }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    let result = Variable(tape.makeTensor(shape(of: inputs.map(\.shape))))
    return finish.normalisation?.with(finish.function).planned([result], on: tape) ?? result
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    guard let normalisation = finish.normalisation else { return convolve(inputs, isNormalised: false, on: tape) }
    if let folded = folded(inputs, on: tape) { return folded.convolve(inputs, isNormalised: false, on: tape) }
    normalisation.forgetFolded()
    let convolution = with(Finish()).convolve(inputs, isNormalised: !normalisation.isFrozen, on: tape)
    let sum = Variable(
      convolution.tensor,
      needsGradient: kernel.learns || bias?.learns ?? false || inputs.contains { $0.needsGradient })
    let result = normalisation.with(finish.function).forward([sum], on: tape)
    return Output(result.tensor, activation: result.activation) { gradient in
      result.backward(gradient)
      if let gradient = sum.takeGradient() { convolution.backward(gradient) }
    }
  }

  /// Makes the gradient by what `convolve` has made that of the sums, in place, and leaves the bias' gradient.
  ///
  /// - Parameters:
  ///   - gradient: by the result.
  ///   - result: what was made.
  ///   - isNormalised: as for `convolve`.
  ///   - scale: what dropout multiplied the values by that it kept.
  func goBackToSums(_ gradient: Tensor, from result: Tensor, isNormalised: Bool, scale: Float = 1) {
    let rectifies = finish.function == .relu
    if isNormalised {
      bias?.contribute { $0.fill([Double](repeating: 0, count: result.shape.channels)) }
    } else if rectifies || bias?.learns ?? false {
      let sums = gradientOfSum(gradient, output: rectifies ? result : nil, scale: scale)
      bias?.contribute { $0.fill(sums) }
    }
  }

  /// With the moving statistics' normalisation in kernel and bias, where that is all that is asked for: in inference, or
  /// where the statistics are frozen and nothing that learns lies before the result.
  func folded(_ inputs: [Variable], on tape: Tape) -> Self? {
    guard let normalisation = finish.normalisation else { return nil }
    let isLearned = tape.isTraining && (parameters.contains(where: \.learns) || inputs.contains(where: \.needsGradient))
    guard !tape.isTraining || normalisation.isFrozen && !isLearned else { return nil }
    var folded = self
    (folded.kernel, folded.bias) = normalisation.folded(into: kernel, bias)
    folded.finish.normalisation = nil
    return folded
  }
}
