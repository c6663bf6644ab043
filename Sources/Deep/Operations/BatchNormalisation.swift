import CPixels
import Compute

/// Batch normalisation: scale (x - mean) / sqrt(variance + epsilon) + shift (Ioffe and Szegedy 2015, arXiv:1502.03167).
///
/// While training mean and variance are those over all pixels of the batch, and the moving statistics take in the
/// batch's mean and unbiased variance; where a batch is cut into shards, those of all of it. Over a single value the variance is 0 and the result the shift. In inference mean
/// and variance are the moving ones, and are folded into the kernel and bias of a convolution that comes before. So it
/// is while training where the statistics are frozen, as in Keras since 2.0.
///
/// Nothing is stored: readers of the result normalise the input as they load it, and apply the function that follows.
package struct BatchNormalisation: NetworkOperation {
  /// The learned and gathered values, [channels] each.
  package let scale, shift, mean, variance: Parameter
  /// Added to the variance.
  let epsilon: Float
  package private(set) var function = ActivationFunction.identity
  private let folding = Folding()

  /// As in Keras.
  package static let epsilon: Float = 1e-3
  /// The share of a moving statistic that a step keeps, as in Keras (PyTorch's momentum is one minus this).
  package static let momentum: Float = 0.99

  package init(
    scale: Parameter, shift: Parameter, mean: Parameter, variance: Parameter, epsilon: Float = Self.epsilon
  ) {
    (self.scale, self.shift, self.mean, self.variance, self.epsilon) = (scale, shift, mean, variance, epsilon)
  }

  /// - Parameter name: its parameters are `name.scale`, `name.shift` and the statistics `name.mean` and
  ///   `name.variance`.
  init(_ make: LayerMaker, _ name: String, channels: Int, epsilon: Float = Self.epsilon) {
    self.epsilon = epsilon
    scale = make.vector("\(name).scale", channels, .offset, startingAt: 1)
    shift = make.vector("\(name).shift", channels, .offset)
    mean = make.vector("\(name).mean", channels, .statistic)
    variance = make.vector("\(name).variance", channels, .statistic, startingAt: 1)
  }

  package func shape(of inputs: [Shape]) -> Shape {
    let channels = scale.count
    precondition(inputs[0].channels == channels, "normalisation of \(channels) channels for \(inputs[0])")
    return inputs[0]
  }

  package var parameters: [Parameter] { [scale, shift, mean, variance] }

  package var description: OperationDescription? { OperationDescription("batch-normalisation") }

  package func absorbing(_ next: any NetworkOperation) -> (any NetworkOperation)? {
    guard let next = next as? Activation, function == .identity else { return nil }
    return with(next.function)
  }

  /// The same with a function after it.
  func with(_ function: ActivationFunction) -> BatchNormalisation {
    var changed = self
    changed.function = function
    return changed
  }

  /// Whether training leaves the statistics as they are, and normalises by them.
  var isFrozen: Bool { mean.isFrozen && variance.isFrozen }

  package func planned(_ inputs: [Variable], on tape: Tape) -> Variable {
    let none = FloatBuffer(count: 0)
    return Variable(inputs[0].tensor, activation: ChannelActivation(function, scale: none, shift: none))
  }

  package func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let x = input.tensor
    guard tape.isTraining else { return Output(x, activation: inferenceActivation()) { _ in } }
    guard !isFrozen else { return forwardFrozen(input) }
    let state = normalised(channelMoments(x), pixels: x.shape.pixels, in: tape.shard)
    return Output(x, activation: state.activation) { gradient in
      let (a, b) = self.gradient(gradientSums(gradient, x, state.activation), state)
      guard input.needsGradient else { return }
      combine(gradient, x, state.activation, a, b)
      input.contribute(gradient)
    }
  }

  /// While training, by statistics that don't move.
  private func forwardFrozen(_ input: Variable) -> Output {
    let (x, activation) = (input.tensor, inferenceActivation())
    return Output(x, activation: activation) { gradient in
      if scale.learns || shift.learns { frozenGradient(gradientSums(gradient, x, activation), activation) }
      guard input.needsGradient else { return }
      combine(gradient, x, activation)
      input.contribute(gradient)
    }
  }

  /// Leaves the gradients of scale and shift where the statistics are frozen.
  ///
  /// - Parameter sums: as for `gradient`.
  /// - Returns: a and b as for `gradient`, which are zero.
  @discardableResult
  func frozenGradient(_ sums: [Double], _ activation: ChannelActivation) -> (a: FloatBuffer, b: FloatBuffer) {
    let channels = scale.count
    let zeros = FloatBuffer(repeating: 0, count: activation.scale.count)
    shift.contribute { $0.fill(Array(sums[0..<channels])) }
    scale.contribute { target in
      target.fill(
        (0..<channels).map { c in
          let deviation = (Double(variance.values.pointer[c]) + Double(epsilon)).squareRoot()
          return (sums[channels + c] - Double(mean.values.pointer[c]) * sums[c]) / deviation
        })
    }
    return (zeros, zeros)
  }

  /// A batch's normalisation, for the way back.
  struct BatchState {
    /// Scale and shift of its values.
    let activation: ChannelActivation
    fileprivate let mean, inverse: [Double]
    fileprivate let pixels: Int
    fileprivate let shard: Shard?
  }

  /// Takes in a batch's moments.
  ///
  /// - Parameters:
  ///   - moments: mean and biased variance of each channel over all pixels.
  ///   - shard: which part of the batch they are of; nil for all of it.
  ///   - padding: scales and shifts are filled up with zeros to a multiple of it.
  func normalised(
    _ moments: (mean: [Double], variance: [Double]), pixels: Int, in shard: Shard?, padding: Int = 1
  ) -> BatchState {
    let (moments, pixels) = shard?.joined(moments, pixels: pixels) ?? (moments, pixels)
    if shard?.gathers ?? true { gather(moments, count: pixels) }
    let (channels, count) = (scale.count, (scale.count + padding - 1) / padding * padding)
    let inverse = moments.variance.map { 1 / ($0 + Double(epsilon)).squareRoot() }
    let activation = ChannelActivation(
      function, scale: FloatBuffer(repeating: 0, count: count), shift: FloatBuffer(repeating: 0, count: count))
    for c in 0..<channels {
      let slope = Double(scale.values.pointer[c]) * inverse[c]
      activation.scale.pointer[c] = Float(slope)
      activation.shift.pointer[c] = Float(Double(shift.values.pointer[c]) - moments.mean[c] * slope)
    }
    return BatchState(activation: activation, mean: moments.mean, inverse: inverse, pixels: pixels, shard: shard)
  }

  /// Leaves the gradients of scale and shift.
  ///
  /// - Parameter sums: of g and of g x a channel, where g is the gradient by the result, x the input.
  /// - Returns: a and b of the gradient by the input, which is the activation's scale times g, plus a x + b.
  func gradient(_ sums: [Double], _ state: BatchState) -> (a: FloatBuffer, b: FloatBuffer) {
    let channels = scale.count
    // Sums of g and of g x become those of g and of g x^, x^ the normalised value.
    func normalised(_ sums: [Double]) -> [Double] {
      (0..<channels).map { (sums[channels + $0] - state.mean[$0] * sums[$0]) * state.inverse[$0] }
    }
    // Each shard leaves its own part of the gradients, but its input bears on the whole batch. Sums come first: other
    // shards run meanwhile.
    let (own, sums) = (sums, state.shard?.sum(sums) ?? sums)
    let ofNormalised = normalised(sums)
    shift.contribute { $0.fill(Array(own[0..<channels])) }
    scale.contribute { $0.fill(normalised(own)) }
    // slope (g - mean g - x^ mean(g x^)) = slope g + a x + b.
    let padded = state.activation.scale.count
    let (a, b) = (FloatBuffer(repeating: 0, count: padded), FloatBuffer(repeating: 0, count: padded))
    let count = Double(state.pixels)
    for c in 0..<channels {
      let slope = Double(state.activation.scale.pointer[c])
      let linear = -slope * ofNormalised[c] / count * state.inverse[c]
      a.pointer[c] = Float(linear)
      b.pointer[c] = Float(-slope * sums[c] / count - linear * state.mean[c])
    }
    return (a, b)
  }

  /// Scale and shift of inference: from the moving statistics.
  ///
  /// - Parameter padding: they are filled up with zeros to a multiple of it.
  package func inferenceActivation(padding: Int = 1) -> ChannelActivation {
    let channels = scale.count
    let count = (channels + padding - 1) / padding * padding
    let result = ChannelActivation(
      function, scale: FloatBuffer(repeating: 0, count: count), shift: FloatBuffer(repeating: 0, count: count))
    for c in 0..<channels {
      let slope = scale.values.pointer[c] / (variance.values.pointer[c] + epsilon).squareRoot()
      result.scale.pointer[c] = slope
      result.shift.pointer[c] = shift.values.pointer[c] - mean.values.pointer[c] * slope
    }
    return result
  }

  /// Takes a batch's moments into the moving statistics.
  private func gather(_ moments: (mean: [Double], variance: [Double]), count: Int) {
    let unbiased = count > 1 ? Double(count) / Double(count - 1) : 1
    let share = 1 - Self.momentum
    func take(_ values: [Double], into statistic: Parameter) {
      for c in values.indices {
        statistic.values.pointer[c] += share * (Float(values[c]) - statistic.values.pointer[c])
      }
      statistic.touch()
    }
    take(moments.mean, into: mean)
    take(moments.variance.map { $0 * unbiased }, into: variance)
  }
}

// MARK: Folding

extension BatchNormalisation {
  /// A kernel and bias with the moving statistics' normalisation applied to them; kept until they change.
  ///
  /// - Parameter kernel: outputs are the last of its extents, or of a depthwise kernel, the channels.
  func folded(into kernel: Parameter, _ bias: Parameter?) -> (kernel: Parameter, bias: Parameter) {
    let origins = [kernel, scale, shift, mean, variance] + (bias.map { [$0] } ?? [])
    return folding.current(of: origins) {
      let activation = inferenceActivation()
      let outputs = scale.count
      let (values, own, factors) = (FloatBuffer(count: kernel.count), kernel.values, activation.scale)
      Parallel.forEach(kernel.count / outputs) { row in
        for c in 0..<outputs {
          values.pointer[row * outputs + c] = own.pointer[row * outputs + c] * factors.pointer[c]
        }
      }
      let offsets = FloatBuffer(count: outputs)
      for c in 0..<outputs {
        let own = bias?.values.pointer[c] ?? 0
        offsets.pointer[c] = own * activation.scale.pointer[c] + activation.shift.pointer[c]
      }
      let parameters = (
        kernel: Parameter(name: kernel.name, extents: kernel.extents, role: .kernel, values: values),
        bias: Parameter(name: "\(kernel.name).bias", extents: [outputs], role: .offset, values: offsets)
      )
      // They follow what they are made from, and are never learned themselves.
      (parameters.kernel.isFrozen, parameters.bias.isFrozen) = (true, true)
      return parameters
    }
  }

  /// Frees what was folded, as training changes the values anyway.
  func forgetFolded() { folding.forget() }
}

/// A folded kernel and bias, kept until what they were made from changes.
private final class Folding: Sendable {
  typealias Folded = (kernel: Parameter, bias: Parameter)
  private struct Kept: @unchecked Sendable {
    let origins: [ObjectIdentifier]
    let versions: [Int]
    let folded: Folded
  }
  private let kept = Locked<Kept?>(nil)

  func current(of origins: [Parameter], _ make: () -> Folded) -> Folded {
    let (names, versions) = (origins.map { ObjectIdentifier($0) }, origins.map(\.version))
    if let kept = kept.withLock({ $0 }), kept.versions == versions, kept.origins == names { return kept.folded }
    let made = Kept(origins: names, versions: versions, folded: make())
    kept.withLock { $0 = made }
    return made.folded
  }

  func forget() { kept.withLock { $0 = nil } }
}

// MARK: Sums

/// Mean and (biased) variance of each channel over all pixels.
///
/// Each piece sums squares about its own mean, and pieces are joined in order (Chan, Golub, LeVeque 1983), which keeps
/// its digits where the mean is far from zero.
private func channelMoments(_ x: Tensor) -> (mean: [Double], variance: [Double]) {
  let channels = x.shape.channels
  precondition(channels % laneCount == 0, "normalisation of \(channels) channels, not a multiple of \(laneCount)")
  let pieces = PixelPieces(pixels: x.shape.pixels, channels: channels)
  let partial = FloatBuffer(count: pieces.count * 2 * channels)
  Parallel.forEach(pieces.count) { piece in
    let pixels = pieces[piece]
    let means = partial.pointer + piece * 2 * channels
    pixels_moments(
      pixelLanes, Int64(pixels.count), Int64(channels), x.pointer + pixels.lowerBound * channels, means,
      means + channels)
  }
  var (mean, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
  var count = 0.0
  for piece in 0..<pieces.count {
    let (added, means) = (Double(pieces[piece].count), partial.pointer + piece * 2 * channels)
    for c in 0..<channels {
      let offset = Double(means[c]) - mean[c]
      mean[c] += offset * added / (count + added)
      squares[c] += Double(means[channels + c]) + offset * offset * count * added / (count + added)
    }
    count += added
  }
  return (mean, squares.map { $0 / count })
}

/// Sums of g and of g x a channel, where g is the gradient by scale x + shift.
private func gradientSums(_ gradient: Tensor, _ x: Tensor, _ activation: ChannelActivation) -> [Double] {
  let channels = x.shape.channels
  let pieces = PixelPieces(pixels: x.shape.pixels, channels: channels, values: 1 << 14)
  return pieces.sums(width: 2 * channels) { pixels, sums in
    var seen = activation.ofPixels()
    let first = pixels.lowerBound * channels
    pixels_gradient_sums(
      pixelLanes, Int64(pixels.count), Int64(channels), gradient.pointer + first, x.pointer + first, &seen, sums)
  }
}

/// gradient <- scale g + a x + b, in place, with g as in `gradientSums`; without a and b where they are nil.
private func combine(
  _ gradient: Tensor, _ x: Tensor, _ activation: ChannelActivation, _ a: FloatBuffer? = nil, _ b: FloatBuffer? = nil
) {
  let channels = x.shape.channels
  PixelPieces(pixels: x.shape.pixels, channels: channels, values: 1 << 14).forEach { pixels in
    var seen = activation.ofPixels()
    let first = pixels.lowerBound * channels
    pixels_gradient(
      pixelLanes, Int64(pixels.count), Int64(channels), gradient.pointer + first, x.pointer + first, &seen, a?.pointer,
      b?.pointer)
  }
}
