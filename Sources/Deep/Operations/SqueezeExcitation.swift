import CPixels
import Compute
import RealModule

/// Squeeze and excitation (Hu et al. 2018, arXiv:1709.01507): each channel of a picture times a weight in 0...1 that two
/// small layers make from the means of all channels: sigmoid(expand(swish(reduce(mean)))), as EfficientNet has it.
///
/// Nothing is stored: readers of the result weigh the input as they load it.
package struct SqueezeExcitation: NetworkOperation {
  /// [1, 1, channels in, channels out], and [channels out].
  package let reduce, expand: (kernel: Parameter, bias: Parameter)

  package init(
    reduce: (kernel: Parameter, bias: Parameter), expand: (kernel: Parameter, bias: Parameter)
  ) {
    (self.reduce, self.expand) = (reduce, expand)
  }

  /// - Parameters:
  ///   - name: its parameters are `name.reduce.kernel`, `name.reduce.bias`, and those of `name.expand`.
  ///   - inner: channels between the two layers.
  init(_ make: LayerMaker, _ name: String, channels: Int, inner: Int) {
    func layer(_ part: String, _ inputs: Int, _ outputs: Int) -> (kernel: Parameter, bias: Parameter) {
      (make.kernel("\(name).\(part).kernel", 1, inputs, outputs), make.vector("\(name).\(part).bias", outputs, .offset))
    }
    (reduce, expand) = (layer("reduce", channels, inner), layer("expand", inner, channels))
  }

  package func shape(of inputs: [Shape]) -> Shape {
    let (channels, inner) = (inputs[0].channels, reduce.bias.count)
    precondition(
      reduce.kernel.extents == [1, 1, channels, inner] && expand.kernel.extents == [1, 1, inner, channels],
      "layers \(reduce.kernel.extents) and \(expand.kernel.extents) for \(channels) channels")
    return inputs[0]
  }

  package var parameters: [Parameter] { [reduce.kernel, reduce.bias, expand.kernel, expand.bias] }

  package var description: OperationDescription? { OperationDescription("squeeze-excitation") }

  package func multiplyAdds(_ inputs: [Shape]) -> Int { inputs[0].batch * (reduce.kernel.count + expand.kernel.count) }

  package func readsActivated(_ inputs: [Shape]) -> ReadableActivations { .all }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    let none = FloatBuffer(count: 0)
    return Variable(inputs[0].tensor, activation: .gated(inputs[0].activation, by: none, channels: 0))
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let (shape, x) = (input.shape, Source(input))
    let area = Double(shape.height * shape.width)
    let means = sums(of: x, shape).map { $0 / area }
    var (hidden, gates) = ([[Double]](), [[Double]]())
    let gate = FloatBuffer(count: shape.batch * shape.channels)
    for picture in 0..<shape.batch {
      let mean = Array(means[picture * shape.channels..<(picture + 1) * shape.channels])
      hidden.append(sums(of: mean))
      gates.append(self.gate(hidden[picture]))
      for (c, value) in gates[picture].enumerated() { gate.pointer[picture * shape.channels + c] = Float(value) }
    }
    let activation = ChannelActivation.gated(input.activation, by: gate, channels: shape.channels)
    return Output(input.tensor, activation: activation) { gradient in
      let weighted = sums(of: Source(input), shape, times: gradient)
      func zeros(_ layer: (kernel: Parameter, bias: Parameter)) -> (kernel: [Double], bias: [Double]) {
        ([Double](repeating: 0, count: layer.kernel.count), [Double](repeating: 0, count: layer.bias.count))
      }
      var (reduced, expanded) = (zeros(reduce), zeros(expand))
      let offset = FloatBuffer(count: gate.count)
      for picture in 0..<shape.batch {
        let channels = picture * shape.channels..<(picture + 1) * shape.channels
        // By the sums before the sigmoid, then by those before swish, then by the means.
        let outer = zip(weighted[channels], gates[picture]).map { $0 * $1 * (1 - $1) }
        let shares = hidden[picture].map { $0 * sigmoid($0) }
        let inner = zip(goBack(outer, through: expand, from: shares, into: &expanded), hidden[picture]).map { g, z in
          let s = sigmoid(z)
          return g * s * (1 + z * (1 - s))
        }
        let byMean = goBack(inner, through: reduce, from: Array(means[channels]), into: &reduced)
        for (c, value) in zip(channels, byMean) { offset.pointer[c] = Float(value / area) }
      }
      for (parameter, values) in zip(parameters, [reduced.kernel, reduced.bias, expanded.kernel, expanded.bias]) {
        parameter.contribute { $0.fill(values) }
      }
      guard input.needsGradient else { return }
      let pieces = PicturePieces(shape)
      pieces.forEach { picture, pixels, _ in
        let first = picture * shape.channels
        pixels_scale(
          pixelLanes, Int64(pixels.count), Int64(shape.channels), gradient.pointer + pixels.lowerBound * shape.channels,
          gate.pointer + first, offset.pointer + first)
      }
      input.contribute(gradient)
    }
  }

  package func onPlanes(_ inputs: [Shape], isLearning: Bool) -> (any PlaneOperation)? {
    isLearning ? nil : PlaneSqueezeExcitation(squeeze: self)
  }

  /// The sums between the two layers, of the means of a picture's channels.
  func sums(of means: [Double]) -> [Double] { apply(reduce, to: means) }

  /// The weights of the channels, of the sums between the layers.
  func gate(_ sums: [Double]) -> [Double] { apply(expand, to: sums.map { $0 * sigmoid($0) }).map(sigmoid) }

  /// Sums over each picture of what readers see of a channel, times `gradient` where that is given; [batch, channels].
  private func sums(of x: Source, _ shape: Shape, times gradient: Tensor? = nil) -> [Double] {
    let (pieces, channels) = (PicturePieces(shape), shape.channels)
    let partial = FloatBuffer(count: pieces.count * channels)
    pieces.forEach { picture, pixels, piece in
      var activation = x.activation(picture: picture)
      pixels_sums(
        pixelLanes, Int64(pixels.count), Int64(channels), gradient.map { $0.pointer + pixels.lowerBound * channels },
        x.pointer + pixels.lowerBound * channels, &activation, partial.pointer + piece * channels)
    }
    var result = [Double](repeating: 0, count: shape.batch * channels)
    for piece in 0..<pieces.count {
      for c in 0..<channels {
        result[piece / pieces.countAPicture * channels + c] += Double(partial.pointer[piece * channels + c])
      }
    }
    return result
  }

  private func apply(_ layer: (kernel: Parameter, bias: Parameter), to values: [Double]) -> [Double] {
    let outputs = layer.bias.count
    return (0..<outputs).map { o in
      values.indices.reduce(Double(layer.bias.values.pointer[o])) {
        $0 + values[$1] * Double(layer.kernel.values.pointer[$1 * outputs + o])
      }
    }
  }

  /// Adds to the gradients of a layer.
  ///
  /// - Returns: the gradient by what it read.
  private func goBack(
    _ gradient: [Double], through layer: (kernel: Parameter, bias: Parameter), from values: [Double],
    into sums: inout (kernel: [Double], bias: [Double])
  ) -> [Double] {
    let outputs = gradient.count
    for o in 0..<outputs { sums.bias[o] += gradient[o] }
    return values.indices.map { i in
      var sum = 0.0
      for o in 0..<outputs {
        sums.kernel[i * outputs + o] += values[i] * gradient[o]
        sum += Double(layer.kernel.values.pointer[i * outputs + o]) * gradient[o]
      }
      return sum
    }
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + .exp(-x)) }

/// Ranges of pixels of one picture each, as `PixelPieces` are of all.
struct PicturePieces {
  private let pieces: PixelPieces
  private let shape: Shape

  init(_ shape: Shape) {
    self.shape = shape
    pieces = PixelPieces(pixels: shape.height * shape.width, channels: shape.channels)
  }

  var countAPicture: Int { pieces.count }
  var count: Int { shape.batch * pieces.count }

  /// Calls `body` with the picture, the pixels counted from the first picture's, and the number of each piece, on all
  /// threads.
  func forEach(_ body: @Sendable (_ picture: Int, _ pixels: Range<Int>, _ piece: Int) -> Void) {
    let pieces = pieces
    Parallel.forEach(count) { index in
      let (picture, piece) = index.quotientAndRemainder(dividingBy: pieces.count)
      let first = picture * pieces.pixels
      body(picture, first + pieces[piece].lowerBound..<first + pieces[piece].upperBound, index)
    }
  }
}
