import CTiles
import Compute

/// `TransposedConvolution` on planes of bf16: a 1x1 convolution to four times the outputs, whose pixels are then moved
/// to the four places of their squares.
struct PlaneTransposedConvolution: PlaneOperation {
  private let convolution: TransposedConvolution

  init(_ convolution: TransposedConvolution) {
    self.convolution = convolution
  }

  func shape(of inputs: [Shape]) -> Shape { convolution.shape(of: inputs) }

  var parameters: [Parameter] { convolution.parameters }

  var description: OperationDescription? { convolution.description }

  func multiplyAdds(_ inputs: [Shape]) -> Int { convolution.multiplyAdds(inputs) }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let (shape, outputs) = (input.shape, convolution.outputs)
    let kernel = PlaneKernel(
      convolution.kernel.values, taps: 1, inputs: [shape.channels], outputs: outputs, matrices: 4)
    let layout = ChannelPlanes(shape).layout
    let result = tape.makePlanes(self.shape(of: [shape]))
    let weights = kernel.packed(of: convolution.kernel, on: tape)
    let parts = Parts(shape, kernel)
    let product = PlaneProduct(layout: layout, taps: 1, weights: weights, bias: kernel.padded(convolution.bias.values))
    product(PlaneSource([input.seenPlanes()]), to: PlaneTarget(parts.tensor))
    parts.spread(to: result)
    return Output(result) { gradient in
      convolution.bias.contribute { $0.fill(gradient.rectifiedSums(output: nil, scale: 1)) }
      let parts = Parts(shape, kernel)
      parts.gather(from: gradient)
      convolution.kernel.contribute { kernel.gradient(PlaneSource([input]), parts.tensor, into: $0) }
      guard input.needsGradient else { return }
      PlaneProduct(layout: layout, taps: 1, weights: kernel.packed(turned: true))(
        PlaneSource([parts.tensor]), to: PlaneTarget(gradientsOf: [input]))
    }
  }

  /// The outputs of each pixel of the input, one place of its square after the other.
  private struct Parts {
    let tensor: Tensor
    /// ChannelPlanes of a place.
    private let planes: Int

    init(_ shape: Shape, _ kernel: PlaneKernel) {
      planes = kernel.columns.count
      tensor = Tensor(planes: shape.with(channels: kernel.outputPlanes * ChannelPlanes.width))
    }

    /// Moves pixels to their places in a tensor of twice the height and width.
    func spread(to target: Tensor) {
      guard let layout = target.planes?.layout else { return }
      tensor.planes?.forEach { plane, rows, _ in
        let place = Int32(plane / planes)
        tiles_spread(rows, tensor.plane(plane), place / 2, place % 2, layout, target.plane(plane % planes))
      }
    }

    /// Moves them back.
    func gather(from source: Tensor) {
      guard let layout = source.planes?.layout else { return }
      tensor.planes?.forEach { plane, rows, _ in
        let place = Int32(plane / planes)
        tiles_gather(rows, source.plane(plane % planes), place / 2, place % 2, layout, tensor.plane(plane))
      }
    }
  }
}
