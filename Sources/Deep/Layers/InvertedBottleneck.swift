/// A convolution or depthwise convolution, batch normalisation, and what follows.
struct NormalisedLayer {
  private let operations: [any NetworkOperation]

  init(_ convolution: any LinearOperation, _ normalisation: BatchNormalisation, _ function: Activation?) {
    operations = [convolution, normalisation] + (function.map { [$0] } ?? [])
  }

  func callAsFunction(_ input: Node) -> Node { operations.reduce(input) { $1($0) } }
}

/// MBConv (Sandler et al. 2018, arXiv:1801.04381): expand, convolve by channel, weigh the channels, project; beside it
/// the input, where it has the result's shape.
struct InvertedBottleneck {
  let stride, outputs: Int
  private let expand: NormalisedLayer?
  private let depthwise, project: NormalisedLayer
  private let squeeze: SqueezeExcitation?
  private let depth: StochasticDepth?

  init(
    _ make: LayerMaker, _ name: String, from inputs: Int, to outputs: Int, expansion: Int, size: Int, stride: Int,
    as design: BottleneckDesign, depthRate: Float
  ) {
    (self.stride, self.outputs) = (stride, outputs)
    let (width, convention, function) = (expansion * inputs, design.convention, design.function)
    func layer(_ part: String, from inputs: Int, to outputs: Int, _ function: Activation?) -> NormalisedLayer {
      NormalisedLayer(
        Convolution(make, "\(name).\(part)", size: 1, from: inputs, to: outputs, hasBias: false),
        BatchNormalisation(make, "\(name).\(part)", channels: outputs, epsilon: convention.epsilon), function)
    }
    expand = expansion > 1 ? layer("expand", from: inputs, to: width, function) : nil
    depthwise = NormalisedLayer(
      DepthwiseConvolution(
        make, "\(name).depthwise", size: size, stride: stride, padding: convention.padding, channels: width),
      BatchNormalisation(make, "\(name).depthwise", channels: width, epsilon: convention.epsilon), function)
    squeeze =
      design.isSqueezed ? SqueezeExcitation(make, "\(name).squeeze", channels: width, inner: inputs / 4) : nil
    project = layer("project", from: width, to: outputs, nil)
    depth = stride == 1 && inputs == outputs ? StochasticDepth(make, rate: depthRate) : nil
  }

  func callAsFunction(_ input: Node) -> Node {
    let convolved = depthwise(expand?(input) ?? input)
    let result = project(squeeze?(convolved) ?? convolved)
    guard let depth else { return result }
    return Sum()(depth(result), input)
  }
}
