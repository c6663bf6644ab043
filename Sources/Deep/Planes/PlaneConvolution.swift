import CTiles
import Compute

/// `Convolution` with a kernel of 3x3 or 1x1 on planes of bf16, with what follows it.
///
/// Pictures, of three channels of Float, are read as the 27 values that a kernel of 3x3 covers.
struct PlaneConvolution: PlaneOperation {
  private let convolution: Convolution
  private let readsPictures: Bool
  private var storesFloats = false
  /// Whether a maximum over squares of 2x2 follows, in inference: on the way back all values are needed.
  private var pools = false

  /// Nil for kernels of other sizes and strides, and for functions that it can't go back through, or doesn't store.
  init?(_ convolution: Convolution, _ inputs: [Shape], isLearning: Bool) {
    let functions: [ActivationFunction] =
      isLearning || convolution.size > 1 ? [.identity, .relu] : [.identity, .relu, .relu6, .swish]
    guard [1, 3].contains(convolution.size), convolution.window.stride == 1,
      functions.contains(convolution.finish.function)
    else { return nil }
    self.convolution = convolution
    readsPictures = convolution.size == 3 && inputs.map(\.channels) == [3]
  }

  func shape(of inputs: [Shape]) -> Shape {
    let shape = convolution.shape(of: inputs)
    return pools ? MaxPooling().shape(of: [shape]) : shape
  }

  var parameters: [Parameter] { convolution.parameters }

  var description: OperationDescription? { convolution.description }

  func multiplyAdds(_ inputs: [Shape]) -> Int { convolution.multiplyAdds(inputs) }

  var readsPlanes: Bool { !readsPictures }

  func storingFloats() -> (any PlaneOperation)? {
    // What normalisation and dropout change is stored in planes.
    guard finish.normalisation == nil, finish.dropout == nil, finish.function == .identity else { return nil }
    var changed = self
    changed.storesFloats = true
    return changed
  }

  /// In inference alone.
  func absorbing(_ next: any NetworkOperation) -> (any NetworkOperation)? {
    guard next is PlaneMaxPooling, rectifies, convolution.size == 3, !readsPictures, !pools else {
      return nil
    }
    var joined = self
    joined.pools = true
    return joined
  }

  private var finish: Finish { convolution.finish }
  private var rectifies: Bool { finish.function == .relu }

  private var taps: Int { readsPictures ? 1 : convolution.size * convolution.size }

  private func kernel(_ values: FloatBuffer, _ inputs: [Shape]) -> PlaneKernel {
    let channels = readsPictures ? [9 * inputs[0].channels] : inputs.map(\.channels)
    return PlaneKernel(values, taps: taps, inputs: channels, outputs: convolution.outputs)
  }

  func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    let shape = shape(of: inputs.map(\.shape))
    return Variable(storesFloats ? tape.makeTensor(shape) : tape.makePlanes(shape))
  }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    guard let normalisation = finish.normalisation else { return convolve(inputs, convolution, on: tape) }
    if let folded = convolution.folded(inputs, on: tape) { return convolve(inputs, folded, on: tape) }
    normalisation.forgetFolded()
    let shapes = inputs.map(\.shape)
    let (kernel, sum) = (kernel(convolution.kernel.values, shapes), tape.makePlanes(shape(of: shapes)))
    let moments = withSource(of: inputs) { source in
      product(shapes[0], kernel, bias: convolution.bias).moments(source, to: sum)
    }
    let state =
      normalisation.isFrozen
      ? nil
      : normalisation.normalised(
        moments, pixels: sum.shape.pixels, in: tape.shard, padding: ChannelPlanes.width)
    let activation = state?.activation ?? normalisation.inferenceActivation(padding: ChannelPlanes.width)
    let rectifies = rectifies
    let stored = rectifies ? sum : sum.activated(activation, rectifies: false)
    return Output(stored, activation: rectifies ? activation : nil) { gradient in
      let (scale, shift) = (activation.scale, activation.shift)
      let sums = sum.planes?.sums(sets: 2) { plane, rows, out in
        let channel = plane * ChannelPlanes.width
        tiles_normalise_sums(
          rows, gradient.plane(plane), sum.plane(plane), scale.pointer + channel, shift.pointer + channel, rectifies,
          out)
      }
      let (a, b) =
        state.map { normalisation.gradient(sums ?? [], $0) } ?? normalisation.frozenGradient(sums ?? [], activation)
      if inputs.contains(where: \.needsGradient) || convolution.kernel.learns {
        sum.planes?.forEach { plane, rows, _ in
          let channel = plane * ChannelPlanes.width
          tiles_normalise_gradient(
            rows, gradient.plane(plane), sum.plane(plane), scale.pointer + channel, shift.pointer + channel, rectifies,
            a.pointer + channel, b.pointer + channel)
        }
      }
      convolution.bias?.contribute { target in
        // Normalisation by the batch takes away what a bias adds.
        let isFree = state == nil
        target.fill(
          isFree
            ? gradient.rectifiedSums(output: nil, scale: 1) : [Double](repeating: 0, count: convolution.outputs))
      }
      goBack(inputs, kernel, gradient)
    }
  }

  /// Without normalisation.
  private func convolve(_ inputs: [Variable], _ convolution: Convolution, on tape: Tape) -> Output {
    let shapes = inputs.map(\.shape)
    let kernel = kernel(convolution.kernel.values, shapes)
    let whole = convolution.shape(of: shapes)
    let poolsAtOnce = pools && PlaneProduct.canPool(whole)
    let shape = poolsAtOnce ? shape(of: shapes) : whole
    let result = storesFloats ? tape.makeTensor(shape) : tape.makePlanes(shape)
    withSource(of: inputs) { source in
      var product = product(
        shapes[0], kernel, packed: kernel.packed(of: convolution.kernel, on: tape), bias: convolution.bias)
      (product.function, product.pools) = (convolution.finish.function, poolsAtOnce)
      if storesFloats { product(source, to: result) } else { product(source, to: PlaneTarget(result)) }
    }
    if pools && !poolsAtOnce { return PlaneMaxPooling().forward([Variable(result)], on: tape) }
    let scale = finish.dropout?.drop(planes: result, on: tape) ?? 1
    return Output(result) { gradient in
      let gradient = storesFloats ? gradient.narrowed() : gradient
      if rectifies || convolution.bias?.learns ?? false {
        let sums = gradient.rectifiedSums(output: rectifies ? result : nil, scale: scale)
        convolution.bias?.contribute { $0.fill(sums) }
      }
      goBack(inputs, kernel, gradient)
    }
  }

  private func product(
    _ shape: Shape, _ kernel: PlaneKernel, packed: FloatBuffer? = nil, bias: Parameter?
  ) -> PlaneProduct {
    PlaneProduct(
      layout: ChannelPlanes(shape).layout, taps: taps, weights: packed ?? kernel.packed(),
      bias: bias.map { kernel.padded($0.values) })
  }

  /// Calls `body` with what the way forward reads.
  private func withSource<Result>(of inputs: [Variable], _ body: (PlaneSource) -> Result) -> Result {
    if readsPictures { return withExtendedLifetime(inputs) { body(PlaneSource(pictures: inputs[0].tensor)) } }
    let seen = inputs.map { $0.seenPlanes() }
    return withExtendedLifetime(seen) { body(PlaneSource(seen)) }
  }

  /// Leaves the gradients of kernel and inputs.
  private func goBack(_ inputs: [Variable], _ kernel: PlaneKernel, _ gradient: Tensor) {
    convolution.kernel.contribute { target in
      let source = readsPictures ? PlaneSource(pictures: inputs[0].tensor) : PlaneSource(inputs)
      kernel.gradient(source, gradient, into: target)
    }
    guard inputs.contains(where: \.needsGradient) else { return }
    let layout = ChannelPlanes(gradient.shape).layout
    if readsPictures {
      let kernel = PlaneKernel(kernel.values, taps: 9, inputs: [inputs[0].shape.channels], outputs: convolution.outputs)
      let result = Tensor(planes: inputs[0].shape)
      PlaneProduct(layout: layout, taps: 9, weights: kernel.packed(turned: true))(
        PlaneSource([gradient]), to: PlaneTarget(result))
      if let target = inputs[0].gradientTarget() { result.widen(into: target.tensor, adds: target.adds) }
    } else {
      PlaneProduct(layout: layout, taps: taps, weights: kernel.packed(turned: true))(
        PlaneSource([gradient]), to: PlaneTarget(gradientsOf: inputs))
    }
  }
}

extension Tensor {
  /// Makes the gradient by a rectified output that of the sum, in place, as `gradientOfSum` does for Float.
  ///
  /// - Returns: its sum over all pixels a channel.
  func rectifiedSums(output: Tensor?, scale: Float) -> [Double] {
    planes?.sums(sets: 1) { plane, rows, sums in
      tiles_rectify_gradient(rows, self.plane(plane), output?.plane(plane), scale, sums)
    } ?? []
  }
}

extension Dropout {
  /// Drops values of planes in place, while training.
  ///
  /// - Returns: what the others were multiplied by.
  func drop(planes tensor: Tensor, on tape: Tape) -> Float {
    guard case .training(let seed, let step) = tape.mode, rate > 0 else { return 1 }
    let (threshold, scale) = (UInt32((rate * 65_536).rounded()), 1 / (1 - rate))
    tensor.planes?.forEach { plane, rows, _ in
      let seeds = (rows.first..<rows.end).map { row in
        RandomStream(seed: seed, step, key, UInt64(plane) << 32 | UInt64(row)).state
      }
      tiles_drop(rows, tensor.plane(plane), threshold, scale, seeds)
    }
    return scale
  }
}
