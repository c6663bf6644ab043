import Compute

/// The learned and gathered values of a batch normalisation, [channels] each.
package struct NormalisationParameters {
  package let scale, shift, mean, variance: Parameter

  package init(scale: Parameter, shift: Parameter, mean: Parameter, variance: Parameter) {
    (self.scale, self.shift, self.mean, self.variance) = (scale, shift, mean, variance)
  }

  /// Added to the variance, as in Keras.
  package static let epsilon: Float = 1e-3
  /// The share of a moving statistic that a step keeps, as in Keras (PyTorch's momentum is one minus this).
  package static let momentum: Float = 0.99
}

/// Batch normalisation and ReLU while training: max(0, scale (x - mean) / sqrt(variance + epsilon) + shift), with mean
/// and variance over all pixels of the batch (Ioffe and Szegedy 2015, arXiv:1502.03167).
///
/// Nothing is stored: readers of the result normalise `input` as they load it. The moving statistics take in the
/// batch's mean and unbiased variance. Over a single value the variance is 0 and the result max(0, shift). `input`
/// must have no other reader.
package func normaliseAndRectify(_ input: Feature, _ parameters: NormalisationParameters, on tape: Tape) -> Feature {
  if tape.isPlanning { return Feature(input.tensor) }
  let x = input.tensor
  let moments = channelMoments(x)
  parameters.gather(moments, count: x.shape.pixels)
  let channels = x.shape.channels
  let inverse = moments.variance.map { 1 / ($0 + Double(NormalisationParameters.epsilon)).squareRoot() }
  let (scale, shift) = (FloatBuffer(count: channels), FloatBuffer(count: channels))
  for c in 0..<channels {
    let slope = Double(parameters.scale.values.pointer[c]) * inverse[c]
    scale.pointer[c] = Float(slope)
    shift.pointer[c] = Float(Double(parameters.shift.values.pointer[c]) - moments.mean[c] * slope)
  }
  let activation = ChannelActivation(scale: scale, shift: shift)
  let result = Feature(
    x, activation: activation, needsGradient: input.needsGradient || parameters.scale.learns || parameters.shift.learns)
  guard result.needsGradient else { return result }
  tape.record {
    guard let gradient = result.takeGradient() else { return }
    let sums = rectifiedSums(gradient, x, activation)
    let count = Double(x.shape.pixels)
    // Sums of g and of g x become those of g and of g x^, x^ the normalised value.
    let normalised = (0..<channels).map { (sums[channels + $0] - moments.mean[$0] * sums[$0]) * inverse[$0] }
    if parameters.shift.learns { parameters.shift.makeGradient().fill(Array(sums[0..<channels])) }
    if parameters.scale.learns { parameters.scale.makeGradient().fill(normalised) }
    guard input.needsGradient else { return }
    // slope (g - mean g - x^ mean(g x^)) = slope g + a x + b.
    let (a, b) = (FloatBuffer(count: channels), FloatBuffer(count: channels))
    for c in 0..<channels {
      let slope = Double(scale.pointer[c])
      let linear = -slope * normalised[c] / count * inverse[c]
      a.pointer[c] = Float(linear)
      b.pointer[c] = Float(-slope * sums[c] / count - linear * moments.mean[c])
    }
    combine(gradient, x, activation, a, b)
    input.setGradient(gradient)
  }
  return result
}

extension NormalisationParameters {
  /// Scale and shift of inference: from the moving statistics.
  func inferenceActivation() -> ChannelActivation {
    let channels = scale.count
    let result = ChannelActivation(scale: FloatBuffer(count: channels), shift: FloatBuffer(count: channels))
    for c in 0..<channels {
      let slope = scale.values.pointer[c] / (variance.values.pointer[c] + Self.epsilon).squareRoot()
      result.scale.pointer[c] = slope
      result.shift.pointer[c] = shift.values.pointer[c] - mean.values.pointer[c] * slope
    }
    return result
  }

  /// Takes a batch's moments into the moving statistics.
  fileprivate func gather(_ moments: (mean: [Double], variance: [Double]), count: Int) {
    let unbiased = count > 1 ? Double(count) / Double(count - 1) : 1
    let share = 1 - Self.momentum
    for c in 0..<moments.mean.count {
      mean.values.pointer[c] += share * (Float(moments.mean[c]) - mean.values.pointer[c])
      variance.values.pointer[c] += share * (Float(moments.variance[c] * unbiased) - variance.values.pointer[c])
    }
    mean.touch()
    variance.touch()
  }
}

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
    for c in stride(from: 0, to: channels, by: laneCount) {
      let start = x.pointer + (pixels.lowerBound * channels + c)
      var sum = Lanes.zero
      for pixel in 0..<pixels.count { sum += load(start + pixel * channels) }
      let mean = sum / Float(pixels.count)
      var squares = Lanes.zero
      for pixel in 0..<pixels.count {
        let offset = load(start + pixel * channels) - mean
        squares += offset * offset
      }
      store(mean, means + c)
      store(squares, means + channels + c)
    }
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

/// Sums of g and of g x a channel, where g is the gradient where the activated x is positive, else 0.
private func rectifiedSums(_ gradient: Tensor, _ x: Tensor, _ activation: ChannelActivation) -> [Double] {
  let channels = x.shape.channels
  let pieces = PixelPieces(pixels: x.shape.pixels, channels: channels, values: 1 << 14)
  return pieces.sums(width: 2 * channels) { pixels, sums in
    for c in stride(from: 0, to: channels, by: laneCount) {
      let (scale, shift) = (load(activation.scale.pointer + c), load(activation.shift.pointer + c))
      var (plain, weighted) = (Lanes.zero, Lanes.zero)
      for pixel in pixels {
        let value = load(x.pointer + (pixel * channels + c))
        let g = passed(load(gradient.pointer + (pixel * channels + c)), where: value * scale + shift)
        plain += g
        weighted += g * value
      }
      store(plain, sums + c)
      store(weighted, sums + channels + c)
    }
  }
}

/// gradient <- scale g + a x + b, in place, with g as in `rectifiedSums`.
private func combine(
  _ gradient: Tensor, _ x: Tensor, _ activation: ChannelActivation, _ a: FloatBuffer, _ b: FloatBuffer
) {
  let channels = x.shape.channels
  PixelPieces(pixels: x.shape.pixels, channels: channels, values: 1 << 14).forEach { pixels in
    for c in stride(from: 0, to: channels, by: laneCount) {
      let (scale, shift) = (load(activation.scale.pointer + c), load(activation.shift.pointer + c))
      let (slope, offset) = (load(a.pointer + c), load(b.pointer + c))
      for pixel in pixels {
        let place = pixel * channels + c
        let value = load(x.pointer + place)
        let g = passed(load(gradient.pointer + place), where: value * scale + shift)
        store(scale * g + slope * value + offset, gradient.pointer + place)
      }
    }
  }
}
