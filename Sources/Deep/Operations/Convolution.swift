import Compute

/// What follows a convolution at once.
package enum Following {
  case nothing
  /// max(0, .)
  case rectifier
  /// max(0, .), then values are zeroed with probability `rate` and the others divided by 1 - rate while training
  /// (Srivastava et al. 2014); `key` tells the streams of several layers apart.
  case rectifierAndDropout(rate: Float, key: UInt64)
  /// A batch normalisation, on which the bias has no influence: its gradient is exactly zero.
  case normalisation

  var rectifies: Bool {
    switch self {
    case .nothing, .normalisation: false
    case .rectifier, .rectifierAndDropout: true
    }
  }
}

/// The convolution of stride 1 and 'same' padding of `inputs`, side by side as if concatenated, with a kernel
/// [size, size, channels in, channels out] and a bias [channels out].
///
/// 3x3 kernels go by Winograd where all channel counts are multiples of eight, others by products of matrices.
package func convolve(
  _ inputs: [Feature], kernel: Parameter, bias: Parameter?, _ following: Following = .nothing, on tape: Tape
) -> Feature {
  let size = kernel.extents[0]
  let channels = inputs.reduce(0) { $0 + $1.shape.channels }
  precondition(
    kernel.extents == [size, size, channels, kernel.extents[3]] && size % 2 == 1,
    "kernel \(kernel.extents) for \(channels) channels")
  let outputs = kernel.extents[3]
  let isWinograd = size == 3 && outputs % laneCount == 0 && inputs.allSatisfy { $0.shape.channels % laneCount == 0 }
  let result = tape.makeTensor(inputs[0].shape.with(channels: outputs))
  if tape.isPlanning { return tape.planned(.convolution(size: size), inputs, kernel: kernel, Feature(result)) }
  let scheme = Winograd.best(for: result.shape)
  let sources = inputs.map { Source($0, doubling: isWinograd) }
  let biasValues = bias.map { Values($0.values.pointer) }
  if isWinograd {
    let weights = WinogradKernel(kernel.values, inputs: channels, outputs: outputs)
    let kept = tape.isTraining ? nil : kernel.prepared(for: scheme.tile) { weights.transformed(by: scheme) }
    scheme.convolve(
      sources, weights, weights: kept, shape: result.shape,
      WinogradFinish(bias: biasValues, rectifies: following.rectifies), to: [Destination(result)])
  } else {
    GeneralConvolution.convolve(
      sources, kernel: kernel.values.pointer, size: size, bias: biasValues, rectifies: following.rectifies,
      into: result)
  }
  var gradientScale: Float = 1
  if case .rectifierAndDropout(let rate, let key) = following, case .training(let seed, let step) = tape.mode, rate > 0
  {
    drop(result, rate: rate, seed: seed, step: step, key: key)
    gradientScale = 1 / (1 - rate)
  }
  let feature = Feature(
    result, needsGradient: kernel.learns || bias?.learns ?? false || inputs.contains { $0.needsGradient })
  guard feature.needsGradient else { return feature }
  tape.record {
    guard let gradient = feature.takeGradient() else { return }
    var sums = [Double](repeating: 0, count: outputs)
    if case .normalisation = following {
    } else {
      sums = gradientOfSum(gradient, output: following.rectifies ? result : nil, scale: gradientScale)
    }
    if let bias, bias.learns { bias.makeGradient().fill(sums) }
    if kernel.learns {
      let target = kernel.makeGradient()
      if isWinograd {
        scheme.kernelGradient(inputs.map { Source($0, doubling: true) }, gradient, into: target)
      } else {
        GeneralConvolution.kernelGradient(inputs.map { Source($0) }, gradient, size: size, into: target)
      }
    }
    guard inputs.contains(where: { $0.needsGradient }) else { return }
    let targets = inputs.map { Destination($0) }
    if isWinograd {
      scheme.dataGradient(gradient, kernel: kernel.values, inputs: channels, to: targets)
    } else {
      GeneralConvolution.dataGradient(gradient, kernel: kernel.values, size: size, to: targets)
    }
  }
  return feature
}

/// Makes the gradient by a layer's output that of the sum before its rectifier, in place: `scale` where the output is
/// positive, else 0. Dropped outputs are 0, so the same test passes them over.
///
/// - Returns: the sum over all pixels a channel, which is the bias' gradient.
private func gradientOfSum(_ gradient: Tensor, output: Tensor?, scale: Float) -> [Double] {
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

/// Zeroes values with probability `rate` and divides the others by 1 - rate, in place.
private func drop(_ tensor: Tensor, rate: Float, seed: UInt64, step: UInt64, key: UInt64) {
  precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is not in 0..<1")
  let threshold = Int32((rate * 65_536).rounded())
  let scale = 1 / (1 - rate)
  let count = tensor.shape.count
  let size = 1 << 16
  Parallel.forEach((count + size - 1) / size) { piece in
    var stream = RandomStream(seed: seed, step, key, UInt64(piece))
    let end = min(count, (piece + 1) * size)
    for first in stride(from: piece * size, to: end, by: laneCount) {
      // Eight numbers of 16 bits from two draws; all bits of a lane are set where its number is below the threshold.
      let bits = unsafeBitCast(SIMD2(stream.next(), stream.next()), to: SIMD4<UInt32>.self)
      let low = unsafeBitCast(bits & 0xffff, to: SIMD4<Int32>.self)
      let high = unsafeBitCast(bits &>> 16, to: SIMD4<Int32>.self)
      let dropped = SIMD8(lowHalf: (low &- threshold) &>> 31, highHalf: (high &- threshold) &>> 31)
      if first + laneCount <= end {
        let lanes = unsafeBitCast(load(tensor.pointer + first) * scale, to: SIMD8<Int32>.self)
        store(unsafeBitCast(lanes & ~dropped, to: Lanes.self), tensor.pointer + first)
      } else {
        for index in first..<end { tensor.pointer[index] *= dropped[index - first] == 0 ? scale : 0 }
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
