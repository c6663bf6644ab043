import CTiles
import Compute

// Operations that have a form on planes for inference alone.

/// `DepthwiseConvolution` on planes of bf16, in inference.
struct PlaneDepthwise: PlaneOperation {
  let convolution: DepthwiseConvolution

  func shape(of inputs: [Shape]) -> Shape { convolution.shape(of: inputs) }

  var parameters: [Parameter] { convolution.parameters }

  var description: OperationDescription? { convolution.description }

  func multiplyAdds(_ inputs: [Shape]) -> Int { convolution.multiplyAdds(inputs) }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let convolution = convolution.folded(inputs, on: tape) ?? convolution
    let (input, shape) = (inputs[0], inputs[0].shape)
    let result = tape.makePlanes(self.shape(of: [shape]))
    let (window, kernel) = (convolution.window, convolution.kernel)
    let taps = window.size * window.size
    let weights = kernel.prepared(for: ChannelPlanes.width) {
      kernel.values.inPlanes(rows: taps, channels: shape.channels)
    }
    let bias = (convolution.bias?.values ?? FloatBuffer(repeating: 0, count: shape.channels)).inPlanes(
      rows: 1, channels: shape.channels)
    let (from, to) = (ChannelPlanes(shape).layout, ChannelPlanes(result.shape).layout)
    let (seen, function) = (input.seenPlanes(), convolution.finish.function.onPlanes)
    result.planes?.forEach { plane, rows, _ in
      var job = tiles_depthwise(
        x: from, y: to, size: Int32(window.size), stride: Int32(window.stride),
        above: Int32(window.before(shape.height)), left: Int32(window.before(shape.width)),
        weights: weights.pointer + plane * taps * ChannelPlanes.width,
        bias: bias.pointer + plane * ChannelPlanes.width, function: function)
      let scratch = FloatBuffer(count: Int(tiles_depthwise_scratch(&job)) / MemoryLayout<Float>.size)
      tiles_depthwise_rows(&job, rows, seen.plane(plane), result.plane(plane), scratch.pointer)
    }
    return Output(result) { _ in preconditionFailure("depthwise convolutions of bf16 have no way back") }
  }
}

/// `SqueezeExcitation` on planes of bf16, in inference.
struct PlaneSqueezeExcitation: PlaneOperation {
  let squeeze: SqueezeExcitation

  func shape(of inputs: [Shape]) -> Shape { squeeze.shape(of: inputs) }

  var parameters: [Parameter] { squeeze.parameters }

  var description: OperationDescription? { squeeze.description }

  func multiplyAdds(_ inputs: [Shape]) -> Int { squeeze.multiplyAdds(inputs) }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let (shape, seen) = (inputs[0].shape, inputs[0].seenPlanes())
    let (result, planes) = (tape.makePlanes(shape), ChannelPlanes(shape))
    let means = planes.pictureSums(of: seen).map { $0 / Double(shape.height * shape.width) }
    let gates = FloatBuffer(repeating: 0, count: shape.batch * planes.count * ChannelPlanes.width)
    for picture in 0..<shape.batch {
      let own = Array(means[picture * shape.channels..<(picture + 1) * shape.channels])
      for (c, value) in squeeze.gate(squeeze.sums(of: own)).enumerated() {
        gates.pointer[picture * planes.count * ChannelPlanes.width + c] = Float(value)
      }
    }
    let zeros = FloatBuffer(repeating: 0, count: ChannelPlanes.width)
    planes.forEachPicture { picture, plane, rows, _ in
      tiles_normalise(
        rows, seen.plane(plane), gates.pointer + (picture * planes.count + plane) * ChannelPlanes.width,
        zeros.pointer, false, result.plane(plane))
    }
    return Output(result) { _ in preconditionFailure("squeeze and excitation of bf16 has no way back") }
  }
}

/// `Sum` on planes of bf16, in inference.
struct PlaneSum: PlaneOperation {
  func shape(of inputs: [Shape]) -> Shape { Sum().shape(of: inputs) }

  var description: OperationDescription? { Sum().description }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let result = tape.makePlanes(inputs[0].shape)
    let seen = inputs.map { $0.seenPlanes() }
    result.planes?.forEach { plane, rows, _ in
      tiles_sum(rows, seen[0].plane(plane), seen[1].plane(plane), result.plane(plane))
      for other in seen.dropFirst(2) { tiles_add(rows, result.plane(plane), other.plane(plane)) }
    }
    return Output(result) { _ in preconditionFailure("sums of bf16 have no way back") }
  }
}

/// What does nothing in inference, on planes of bf16.
struct PlaneIdentity: PlaneOperation {
  func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  var description: OperationDescription? { nil }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    Output(inputs[0].tensor, activation: inputs[0].activation) { inputs[0].contribute($0) }
  }
}

extension ActivationFunction {
  /// As products on planes do it at once; others don't come there.
  var onPlanes: tiles_function {
    switch self {
    case .identity: TILES_IDENTITY
    case .relu: TILES_RELU
    case .relu6: TILES_RELU6
    case .swish: TILES_SWISH
    case .sigmoid: preconditionFailure("no product on planes is followed by a sigmoid")
    }
  }
}

extension FloatBuffer {
  /// Values [rows, channels] as [planes, rows, 32], zero beyond the last channel.
  fileprivate func inPlanes(rows: Int, channels: Int) -> FloatBuffer {
    let width = ChannelPlanes.width
    let planes = (channels + width - 1) / width
    let result = FloatBuffer(repeating: 0, count: planes * rows * width)
    for row in 0..<rows {
      for c in 0..<channels {
        result.pointer[(c / width * rows + row) * width + c % width] = pointer[row * channels + c]
      }
    }
    return result
  }
}
