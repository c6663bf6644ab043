import RealModule

/// What Winograd's convolutions transform: their input, the gradient by their output, or the sums that become their
/// output.
package enum WinogradTransform: Sendable { case input, gradient, output }

/// Plain forms of the fast operations, for the tests: each says in a few lines what the operation is.
package enum Reference {
  /// y[n, i, j, o] = bias[o] + sum over r, s, c of x[n, i + d (r - k/2), j + d (s - k/2), c] kernel[r, s, c, o], zero
  /// outside, where d is the dilation.
  package static func convolve(
    _ x: Tensor, kernel: [Float], bias: [Float], size: Int, dilation: Int = 1
  ) -> [Float] {
    let (shape, outputs) = (x.shape, bias.count)
    let values = x.values
    var result: [Float] = []
    for n in 0..<shape.batch {
      for i in 0..<shape.height {
        for j in 0..<shape.width {
          var sums = bias.map(Double.init)
          for r in 0..<size {
            for s in 0..<size {
              let (y, z) = (i + dilation * (r - size / 2), j + dilation * (s - size / 2))
              guard y >= 0, y < shape.height, z >= 0, z < shape.width else { continue }
              for c in 0..<shape.channels {
                let value = Double(values[((n * shape.height + y) * shape.width + z) * shape.channels + c])
                for o in 0..<outputs {
                  sums[o] += value * Double(kernel[((r * size + s) * shape.channels + c) * outputs + o])
                }
              }
            }
          }
          result += sums.map { Float($0) }
        }
      }
    }
    return result
  }

  /// y[n, i, j, c] = sum over r, s of x[n, stride i + r - k/2, stride j + s - k/2, c] kernel[r, s, c], zero outside.
  package static func depthwise(_ x: Tensor, kernel: [Float], size: Int, stride: Int) -> [Float] {
    let (shape, values) = (x.shape, x.values)
    var result: [Float] = []
    for n in 0..<shape.batch {
      for i in Swift.stride(from: 0, to: shape.height, by: stride) {
        for j in Swift.stride(from: 0, to: shape.width, by: stride) {
          for c in 0..<shape.channels {
            var sum = 0.0
            for r in 0..<size {
              for s in 0..<size {
                let (y, z) = (i + r - size / 2, j + s - size / 2)
                guard y >= 0, y < shape.height, z >= 0, z < shape.width else { continue }
                let value = Double(values[((n * shape.height + y) * shape.width + z) * shape.channels + c])
                sum += value * Double(kernel[(r * size + s) * shape.channels + c])
              }
            }
            result.append(Float(sum))
          }
        }
      }
    }
    return result
  }

  /// An activation function by its definition.
  package static func apply(_ function: ActivationFunction, _ x: Float) -> Float {
    let x = Double(x)
    switch function {
    case .identity: return Float(x)
    case .relu: return Float(max(0, x))
    case .relu6: return Float(min(max(0, x), 6))
    case .swish: return Float(x / (1 + .exp(-x)))
    case .sigmoid: return Float(1 / (1 + .exp(-x)))
    }
  }

  /// M d M^T of a square d, row after row, where M is F(tile x tile, 3x3)'s B^T, or A or A^T: by the matrices
  /// themselves.
  package static func winograd(_ transform: WinogradTransform, tile: Int, _ square: [Float]) -> [Float] {
    let scheme = [Winograd.two, .four, .six][tile / 2 - 1]
    let matrix =
      switch transform {
      case .input: scheme.input
      case .gradient: scheme.output.transposed
      case .output: scheme.output
      }
    let (rows, columns) = (matrix.rows, matrix.columns)
    precondition(square.count == columns * columns, "\(square.count) values for a matrix of \(columns) columns")
    var result: [Float] = []
    for i in 0..<rows {
      for j in 0..<rows {
        var sum = 0.0
        for r in 0..<columns {
          for s in 0..<columns {
            sum +=
              Double(matrix.pointer[i * columns + r]) * Double(square[r * columns + s])
              * Double(matrix.pointer[j * columns + s])
          }
        }
        result.append(Float(sum))
      }
    }
    return result
  }

  /// y[n, i, j, c] = max of x[n, 2i..2i+1, 2j..2j+1, c].
  package static func maxPool(_ x: Tensor) -> [Float] {
    let shape = x.shape
    let values = x.values
    var result: [Float] = []
    for line in stride(from: 0, to: shape.batch * shape.height, by: 2) {
      for j in stride(from: 0, to: shape.width, by: 2) {
        for c in 0..<shape.channels {
          let places = [(0, 0), (0, 1), (1, 0), (1, 1)].map {
            values[((line + $0.0) * shape.width + j + $0.1) * shape.channels + c]
          }
          result.append(places.max() ?? 0)
        }
      }
    }
    return result
  }

  /// y[n, i, j, c] = x[n, i/2, j/2, c].
  package static func upsample(_ x: Tensor) -> [Float] {
    let shape = x.shape
    let values = x.values
    var result: [Float] = []
    for n in 0..<shape.batch {
      for i in 0..<2 * shape.height {
        for j in 0..<2 * shape.width {
          let start = ((n * shape.height + i / 2) * shape.width + j / 2) * shape.channels
          result += values[start..<start + shape.channels]
        }
      }
    }
    return result
  }

  /// y[(n f + r) f + s, i, j, c] = x[n, i f + r, j f + s, c].
  package static func spaceToBatch(_ x: Tensor, factor f: Int) -> [Float] {
    let shape = x.shape
    let values = x.values
    var result: [Float] = []
    for n in 0..<shape.batch {
      for offset in 0..<f * f {
        for i in stride(from: offset / f, to: shape.height, by: f) {
          for j in stride(from: offset % f, to: shape.width, by: f) {
            let start = ((n * shape.height + i) * shape.width + j) * shape.channels
            result += values[start..<start + shape.channels]
          }
        }
      }
    }
    return result
  }

  /// Channels of both, pixel by pixel.
  package static func concatenate(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (left, right) = (a.values, b.values)
    let (m, n) = (a.shape.channels, b.shape.channels)
    var values: [Float] = []
    for pixel in 0..<a.shape.pixels {
      values += left[pixel * m..<(pixel + 1) * m]
      values += right[pixel * n..<(pixel + 1) * n]
    }
    return Tensor(a.shape.with(channels: m + n), values: values)
  }

  /// max(0, scale[c] x + shift[c]).
  package static func activate(_ x: Tensor, scale: [Float], shift: [Float]) -> Tensor {
    let channels = x.shape.channels
    var values = x.values
    for index in values.indices {
      values[index] = max(0, values[index] * scale[index % channels] + shift[index % channels])
    }
    return Tensor(x.shape, values: values)
  }

  /// y[n, 2i + r, 2j + s, o] = bias[o] + sum over c of x[n, i, j, c] kernel[r, s, c, o].
  package static func transposedConvolve(_ x: Tensor, kernel: [Float], bias: [Float]) -> [Float] {
    let (shape, outputs) = (x.shape, bias.count)
    let values = x.values
    var result: [Float] = []
    for n in 0..<shape.batch {
      for i in 0..<2 * shape.height {
        for j in 0..<2 * shape.width {
          let pixel = (n * shape.height + i / 2) * shape.width + j / 2
          for o in 0..<outputs {
            var sum = bias[o]
            for c in 0..<shape.channels {
              let place = ((i % 2 * 2 + j % 2) * shape.channels + c) * outputs + o
              sum += values[pixel * shape.channels + c] * kernel[place]
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  /// Mean and mean squared deviation of each channel.
  package static func moments(_ x: Tensor) -> (mean: [Double], variance: [Double]) {
    let (values, channels, pixels) = (x.values, x.shape.channels, x.shape.pixels)
    var (mean, variance) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for (index, value) in values.enumerated() { mean[index % channels] += Double(value) / Double(pixels) }
    for (index, value) in values.enumerated() {
      let offset = Double(value) - mean[index % channels]
      variance[index % channels] += offset * offset / Double(pixels)
    }
    return (mean, variance)
  }

  /// max(0, scale[c] (x - mean[c]) / sqrt(variance[c] + epsilon) + shift[c]).
  package static func normaliseAndRectify(_ x: Tensor, scale: [Float], shift: [Float]) -> [Float] {
    let (mean, variance) = moments(x)
    let channels = x.shape.channels
    var values = x.values
    for index in values.indices {
      let c = index % channels
      let deviation = (variance[c] + Double(BatchNormalisation.epsilon)).squareRoot()
      values[index] = max(0, scale[c] * Float((Double(values[index]) - mean[c]) / deviation) + shift[c])
    }
    return values
  }
}
