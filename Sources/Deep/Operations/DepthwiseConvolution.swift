import CPixels
import Compute

/// The depthwise convolution with 'same' padding: each channel with a kernel of its own,
/// y[n, i, j, c] = bias[c] + sum over r, s of x[n, i stride + r - before, j stride + s - before, c] kernel[r, s, c].
///
/// It is done at the speed of memory: rows are read once, through their activation, into a window of a few rows that
/// stays in a core's cache. What follows is done at once, as by `Convolution`.
package struct DepthwiseConvolution: LinearOperation {
  package var kernel: Parameter
  package var bias: Parameter?
  package let window: KernelWindow
  package var finish = Finish()

  /// With a kernel [size, size, channels, 1], of size 3 or 5, and a bias [channels].
  package init(kernel: Parameter, bias: Parameter?, stride: Int = 1, padding: Padding = .symmetric) {
    (self.kernel, self.bias) = (kernel, bias)
    window = KernelWindow(size: kernel.extents[0], stride: stride, padding: padding)
    precondition([3, 5].contains(window.size), "a depthwise kernel of side \(window.size)")
  }

  /// - Parameter name: its parameter is `name.kernel` [size, size, channels, 1]; it has no bias.
  init(_ make: LayerMaker, _ name: String, size: Int, stride: Int, padding: Padding, channels: Int) {
    self.init(kernel: make.kernel("\(name).kernel", size, channels, 1), bias: nil, stride: stride, padding: padding)
  }

  package func shape(of inputs: [Shape]) -> Shape {
    let channels = inputs[0].channels
    precondition(
      kernel.extents == [window.size, window.size, channels, 1], "kernel \(kernel.extents) for \(channels) channels")
    return window.shape(of: inputs[0])
  }

  package var description: OperationDescription? {
    OperationDescription("depthwise-convolution", size: window.size, isDrawn: true)
  }

  package func multiplyAdds(_ inputs: [Shape]) -> Int { shape(of: inputs).pixels * kernel.count }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    isLearning || finish.function == .sigmoid ? nil : PlaneDepthwise(convolution: self)
  }

  package func convolve(_ inputs: [Variable], isNormalised: Bool, on tape: Tape) -> Output {
    let input = inputs[0]
    let result = tape.makeTensor(shape(of: [input.shape]))
    let job = DepthwiseJob(input: input.shape, output: result.shape, window: window)
    job.convolve(Source(input), kernel: kernel.values, bias: bias?.values, finish.function, to: result)
    return Output(result) { gradient in
      goBackToSums(gradient, from: result, isNormalised: isNormalised)
      kernel.contribute { job.kernelGradient(Source(input), gradient, into: $0) }
      if let target = input.gradientTarget() {
        job.inputGradient(gradient, kernel: kernel.values, to: target.tensor, adds: target.adds)
      }
    }
  }
}

/// A depthwise convolution of one shape, cut into pieces of some rows of a picture.
struct DepthwiseJob: @unchecked Sendable {
  private let input, output: Shape
  private let shape: pixels_depthwise

  init(input: Shape, output: Shape, window: KernelWindow) {
    (self.input, self.output) = (input, output)
    shape = pixels_depthwise(
      height: Int32(input.height), width: Int32(input.width), rows: Int32(output.height),
      columns: Int32(output.width), channels: Int32(input.channels), size: Int32(window.size),
      stride: Int32(window.stride), above: Int32(window.before(input.height)), left: Int32(window.before(input.width)))
  }

  /// Calls `body` with the picture, the rows of `shape`, and the number of each piece, on all threads. Rows that two
  /// pieces read are read twice.
  private func forEachPiece(
    of shape: Shape, _ body: @Sendable (_ picture: Int, _ rows: Range<Int32>, _ piece: Int) -> Void
  ) {
    let (size, count) = pieces(of: shape)
    Parallel.forEach(shape.batch * count) { index in
      let (picture, piece) = index.quotientAndRemainder(dividingBy: count)
      body(picture, Int32(piece * size)..<Int32(min(shape.height, (piece + 1) * size)), index)
    }
  }

  /// Rows of a piece, and pieces of a picture.
  private func pieces(of shape: Shape) -> (rows: Int, count: Int) {
    let rows = min(max(8, (1 << 18) / (shape.width * shape.channels)), shape.height)
    return (rows, (shape.height + rows - 1) / rows)
  }

  /// What a piece works with.
  private func scratch() -> FloatBuffer {
    withUnsafePointer(to: shape) { FloatBuffer(count: Int(pixels_depthwise_scratch($0))) }
  }

  func convolve(
    _ source: Source, kernel: FloatBuffer, bias: FloatBuffer?, _ function: ActivationFunction, to result: Tensor
  ) {
    let area = (input.height * input.width * input.channels, output.height * output.width * output.channels)
    let function = function.ofPixels
    forEachPiece(of: output) { picture, rows, _ in
      var (shape, activation) = (shape, source.activation(picture: picture))
      let scratch = scratch()
      pixels_depthwise_forward(
        pixelLanes, &shape, rows.lowerBound, rows.upperBound, source.pointer + picture * area.0, &activation,
        kernel.pointer, bias?.pointer, function, result.pointer + picture * area.1, scratch.pointer)
    }
  }

  func inputGradient(_ gradient: Tensor, kernel: FloatBuffer, to target: Tensor, adds: Bool) {
    let area = (input.height * input.width * input.channels, output.height * output.width * output.channels)
    forEachPiece(of: input) { picture, rows, _ in
      var shape = shape
      let scratch = scratch()
      pixels_depthwise_input_gradient(
        pixelLanes, &shape, rows.lowerBound, rows.upperBound, gradient.pointer + picture * area.1, kernel.pointer,
        adds, target.pointer + picture * area.0, scratch.pointer)
    }
  }

  /// Pieces leave sums of their own, which are added in their order.
  func kernelGradient(_ source: Source, _ gradient: Tensor, into target: FloatBuffer) {
    let area = (input.height * input.width * input.channels, output.height * output.width * output.channels)
    let partial = FloatBuffer(repeating: 0, count: output.batch * pieces(of: output).count * target.count)
    forEachPiece(of: output) { picture, rows, piece in
      var (shape, activation) = (shape, source.activation(picture: picture))
      let scratch = scratch()
      pixels_depthwise_kernel_gradient(
        pixelLanes, &shape, rows.lowerBound, rows.upperBound, source.pointer + picture * area.0, &activation,
        gradient.pointer + picture * area.1, partial.pointer + piece * target.count, scratch.pointer)
    }
    target.pointer.update(repeating: 0, count: target.count)
    for first in stride(from: 0, to: partial.count, by: target.count) {
      for index in 0..<target.count { target.pointer[index] += partial.pointer[first + index] }
    }
  }
}
