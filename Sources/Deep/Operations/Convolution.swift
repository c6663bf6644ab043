import Compute

/// The convolution with 'same' padding of its inputs, side by side as if concatenated, with a kernel
/// [size, size, channels in, channels out] and a bias [channels out].
///
/// 3x3 kernels of stride 1 go by Winograd where all channel counts are multiples of eight, others by products of
/// matrices. What follows is done at once: batch normalisation, an activation function, and dropout after ReLU.
package struct Convolution: LinearOperation {
  package var kernel: Parameter
  package var bias: Parameter?
  package let window: KernelWindow
  package var finish = Finish()

  package init(kernel: Parameter, bias: Parameter?, stride: Int = 1, padding: Padding = .symmetric) {
    (self.kernel, self.bias) = (kernel, bias)
    window = KernelWindow(size: kernel.extents[0], stride: stride, padding: padding)
  }

  /// - Parameter name: its parameters are `name.kernel` [size, size, inputs, outputs] and `name.bias`.
  init(
    _ make: LayerMaker, _ name: String, size: Int = 3, stride: Int = 1, padding: Padding = .symmetric,
    from inputs: Int, to outputs: Int, hasBias: Bool = true
  ) {
    self.init(
      kernel: make.kernel("\(name).kernel", size, inputs, outputs),
      bias: hasBias ? make.vector("\(name).bias", outputs, .offset) : nil, stride: stride, padding: padding)
  }

  var size: Int { window.size }
  var outputs: Int { kernel.extents[3] }

  package func shape(of inputs: [Shape]) -> Shape {
    let channels = inputs.reduce(0) { $0 + $1.channels }
    precondition(
      kernel.extents == [size, size, channels, outputs], "kernel \(kernel.extents) for \(channels) channels")
    precondition(inputs.allSatisfy { $0.with(channels: 1) == inputs[0].with(channels: 1) }, "sizes differ: \(inputs)")
    return window.shape(of: inputs[0]).with(channels: outputs)
  }

  package var description: OperationDescription? { OperationDescription("convolution", size: size, isDrawn: true) }

  /// Each pixel of the result meets every value of the kernel once.
  package func multiplyAdds(_ inputs: [Shape]) -> Int { window.shape(of: inputs[0]).pixels * kernel.count }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { isWinograd(inputs) ? .rectified : .all }

  package func readsDoubled(_ inputs: [Shape]) -> Bool { isWinograd(inputs) }

  private func isWinograd(_ inputs: [Shape]) -> Bool {
    size == 3 && window.stride == 1 && outputs % laneCount == 0 && inputs.allSatisfy { $0.channels % laneCount == 0 }
  }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    PlaneConvolution(self, inputs, isLearning: isLearning)
  }

  package func convolve(_ inputs: [Variable], isNormalised: Bool, on tape: Tape) -> Output {
    let shapes = inputs.map(\.shape)
    let isWinograd = isWinograd(shapes)
    let result = tape.makeTensor(shape(of: shapes))
    let scheme = Winograd.best(for: result.shape)
    let sources = inputs.map { Source($0, doubling: isWinograd) }
    let biasValues = bias.map { Values($0.values.pointer) }
    let (channels, rectifies) = (kernel.extents[2], finish.function == .relu)
    if isWinograd {
      let weights = WinogradKernel(kernel.values, inputs: channels, outputs: outputs)
      let kept = tape.isTraining ? nil : kernel.prepared(for: scheme.tile) { weights.transformed(by: scheme) }
      scheme.convolve(
        sources, weights, weights: kept, shape: result.shape, WinogradFinish(bias: biasValues, rectifies: rectifies),
        to: [Destination(result)])
      if !rectifies { finish.apply(to: result) }
    } else {
      GeneralConvolution.convolve(
        sources, shapes[0], kernel: kernel.values.pointer, window: window, bias: biasValues, finish.function,
        into: result)
    }
    let gradientScale = finish.dropout?.drop(result, on: tape) ?? 1
    return Output(result) { gradient in
      goBackToSums(gradient, from: result, isNormalised: isNormalised, scale: gradientScale)
      kernel.contribute { target in
        let sources = inputs.map { Source($0, doubling: isWinograd) }
        if isWinograd {
          scheme.kernelGradient(sources, gradient, into: target)
        } else {
          GeneralConvolution.kernelGradient(sources, shapes[0], gradient, window: window, into: target)
        }
      }
      guard inputs.contains(where: { $0.needsGradient }) else { return }
      let targets = inputs.map { Destination($0) }
      if isWinograd {
        scheme.dataGradient(gradient, kernel: kernel.values, inputs: channels, to: targets)
      } else {
        GeneralConvolution.dataGradient(gradient, shapes[0], kernel: kernel.values, window: window, to: targets)
      }
    }
  }
}

/// Makes the gradient by a layer's output that of the sum before its rectifier, in place: `scale` where the output is
/// positive, else 0. Dropped outputs are 0, so the same test passes them over.
///
/// - Returns: the sum over all pixels a channel, which is the bias' gradient.
func gradientOfSum(_ gradient: Tensor, output: Tensor?, scale: Float) -> [Double] {
  let channels = gradient.shape.channels
  let whole = channels / laneCount * laneCount
  let pieces = PixelPieces(pixels: gradient.shape.pixels, channels: channels)
  return pieces.sums(width: channels) { pixels, sums in
    for pixel in pixels {
      let values = gradient.pointer + pixel * channels
      let outputs = output.map { $0.pointer + pixel * channels }
      for c in stride(from: 0, to: whole, by: laneCount) {
        var lanes = load(values + c)
        if let outputs {
          lanes = passed(lanes * scale, where: load(outputs + c))
          store(lanes, values + c)
        }
        store(load(sums + c) + lanes, sums + c)
      }
      for c in whole..<channels {
        if let outputs { values[c] = outputs[c] > 0 ? values[c] * scale : 0 }
        sums[c] += values[c]
      }
    }
  }
}

/// A copy of `matrices` matrices [rows, columns], one after the other, as [columns, rows].
func transposed(_ source: FloatBuffer, matrices: Int, rows: Int, columns: Int) -> FloatBuffer {
  let result = FloatBuffer(count: source.count)
  let size = 64
  let blocks = (rows + size - 1) / size
  Parallel.forEach(matrices * blocks) { piece in
    let (matrix, block) = piece.quotientAndRemainder(dividingBy: blocks)
    let (from, to) = (source.pointer + matrix * rows * columns, result.pointer + matrix * rows * columns)
    let first = block * size
    LinearAlgebra.transpose(
      rows: min(size, rows - first), columns: columns, from + first * columns, rowStride: columns, into: to + first,
      rowStride: rows)
  }
  return result
}

extension FloatBuffer {
  /// Sets all values.
  func fill(_ values: [Double]) {
    precondition(values.count == count, "buffer of \(count), \(values.count) values")
    for index in 0..<count { pointer[index] = Float(values[index]) }
  }
}
