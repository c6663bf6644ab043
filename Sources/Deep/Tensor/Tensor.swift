import Compute

/// The extents of a tensor: pictures, rows, columns, channels, in the order in which they are stored.
package struct Shape: Equatable, Sendable, CustomStringConvertible {
  package var batch, height, width, channels: Int

  package init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
    (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
  }

  /// How many values a tensor of this shape holds.
  package var count: Int { pixels * channels }
  /// How many pixels there are in all pictures together.
  package var pixels: Int { batch * height * width }
  /// As an array, slowest extent first.
  package var extents: [Int] { [batch, height, width, channels] }
  package var description: String { "[\(batch), \(height), \(width), \(channels)]" }

  /// The same pictures with another number of channels.
  package func with(channels: Int) -> Shape { Shape(batch, height, width, channels) }
}

/// Values of pictures, [batch, height, width, channels], channels contiguous, in aligned memory without gaps; or in
/// planes of bf16, as `ChannelPlanes` says.
///
/// Copies of the reference share their values. Undefined until written.
package final class Tensor: @unchecked Sendable {
  package let shape: Shape
  /// Where values lie that are stored in planes of bf16; nil for values of Float, pixel after pixel.
  let planes: ChannelPlanes?
  let buffer: FloatBuffer

  /// A tensor of `shape`, undefined until written.
  package init(_ shape: Shape) {
    (self.shape, planes) = (shape, nil)
    buffer = FloatBuffer(count: shape.count)
  }

  /// A tensor in planes of bf16, undefined until written, with zeros between them.
  init(planes shape: Shape) {
    let planes = ChannelPlanes(shape)
    (self.shape, self.planes) = (shape, planes)
    buffer = FloatBuffer(count: planes.floatCount)
    planes.clearGaps(of: buffer)
  }

  /// A shape without values, to plan with.
  init(planned shape: Shape, inPlanes: Bool = false) {
    (self.shape, planes) = (shape, inPlanes ? ChannelPlanes(shape) : nil)
    buffer = FloatBuffer(count: 0)
  }

  /// Another of the same shape, stored alike.
  func undefinedLike() -> Tensor { planes == nil ? Tensor(shape) : Tensor(planes: shape) }

  /// The memory that it takes, in values of Float.
  var floatCount: Int { planes?.floatCount ?? shape.count }

  /// A tensor of `shape` that holds `values`.
  package convenience init(_ shape: Shape, values: [Float]) {
    precondition(values.count == shape.count, "shape \(shape), \(values.count) values")
    self.init(shape)
    values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      pointer.update(from: start, count: source.count)
    }
  }

  /// The first value.
  var pointer: UnsafeMutablePointer<Float> {
    precondition(planes == nil, "planes of bf16 read as values of Float")
    return buffer.pointer
  }

  /// A copy of all values, pixel after pixel.
  package var values: [Float] {
    guard planes == nil else { return rows().values }
    return Array(UnsafeBufferPointer(start: pointer, count: shape.count))
  }
}

extension Tensor {
  /// Multiplies all values.
  func scale(by factor: Float) {
    PixelPieces(pixels: shape.count, channels: 1).forEach { range in
      for place in range { pointer[place] *= factor }
    }
  }
}

// MARK: Channels

extension Tensor {
  /// Makes a channel minus infinity, so that softmax gives it nothing.
  func mask(channel: Int) {
    precondition(channel < shape.channels, "channel \(channel) of \(shape)")
    PixelPieces(pixels: shape.pixels, channels: shape.channels).forEach { pixels in
      for pixel in pixels { pointer[pixel * shape.channels + channel] = -.infinity }
    }
  }

  /// A copy without a channel.
  func removing(channel: Int) -> Tensor {
    let result = Tensor(shape.with(channels: shape.channels - 1))
    PixelPieces(pixels: shape.pixels, channels: shape.channels).forEach { pixels in
      for pixel in pixels {
        let (from, to) = (pointer + pixel * shape.channels, result.pointer + pixel * (shape.channels - 1))
        for c in 0..<shape.channels - 1 { to[c] = from[c < channel ? c : c + 1] }
      }
    }
    return result
  }

  /// A copy with a further channel, which is zero.
  func inserting(channel: Int) -> Tensor {
    let result = Tensor(shape.with(channels: shape.channels + 1))
    PixelPieces(pixels: shape.pixels, channels: shape.channels + 1).forEach { pixels in
      for pixel in pixels {
        let (from, to) = (pointer + pixel * shape.channels, result.pointer + pixel * (shape.channels + 1))
        for c in 0...shape.channels { to[c] = c == channel ? 0 : from[c < channel ? c : c - 1] }
      }
    }
    return result
  }
}
