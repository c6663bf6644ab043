import Compute

/// The extents of a tensor: pictures, rows, columns, channels, in the order in which they are stored.
public struct Shape: Equatable, Sendable, CustomStringConvertible {
  public var batch, height, width, channels: Int

  public init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
    (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
  }

  /// How many values a tensor of this shape holds.
  public var count: Int { pixels * channels }
  /// How many pixels there are in all pictures together.
  public var pixels: Int { batch * height * width }
  /// As an array, slowest extent first.
  public var extents: [Int] { [batch, height, width, channels] }
  public var description: String { "[\(batch), \(height), \(width), \(channels)]" }

  /// The same pictures with another number of channels.
  package func with(channels: Int) -> Shape { Shape(batch, height, width, channels) }
}

/// Values of pictures, [batch, height, width, channels], channels contiguous, in aligned memory without gaps.
///
/// Copies of the reference share their values. Undefined until written.
public final class Tensor: @unchecked Sendable {
  public let shape: Shape
  let buffer: FloatBuffer

  /// A tensor of `shape`, undefined until written.
  public init(_ shape: Shape) {
    self.shape = shape
    buffer = FloatBuffer(count: shape.count)
  }

  /// A shape without values, to plan with.
  init(planned shape: Shape) {
    self.shape = shape
    buffer = FloatBuffer(count: 0)
  }

  /// A tensor of `shape` that holds `values`.
  public convenience init(_ shape: Shape, values: [Float]) {
    precondition(values.count == shape.count, "shape \(shape), \(values.count) values")
    self.init(shape)
    values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      pointer.update(from: start, count: source.count)
    }
  }

  /// The first value.
  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }

  /// A copy of all values.
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: shape.count)) }
}
