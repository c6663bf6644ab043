import CPixels
import Compute

/// What a reader of a stored tensor makes of each value: gate[n][c] f(scale[c] x + shift[c]).
///
/// Batch normalisation with the function after it is applied by its readers as they load, so that its output takes no
/// memory; what weighs whole channels of a picture, too.
package final class ChannelActivation: Sendable {
  package let function: ActivationFunction
  /// [channels] each.
  package let scale, shift: FloatBuffer
  /// [batch, channels]; nil for ones.
  package let gate: FloatBuffer?

  package init(_ function: ActivationFunction = .relu, scale: FloatBuffer, shift: FloatBuffer, gate: FloatBuffer? = nil)
  {
    precondition(scale.count == shift.count, "\(scale.count) scales, \(shift.count) shifts")
    (self.function, self.scale, self.shift, self.gate) = (function, scale, shift, gate)
  }

  /// The same with a gate; values are taken as they are where there was no activation.
  static func gated(_ activation: ChannelActivation?, by gate: FloatBuffer, channels: Int) -> ChannelActivation {
    precondition(activation?.gate == nil, "a gate on a gate")
    return ChannelActivation(
      activation?.function ?? .identity, scale: activation?.scale ?? FloatBuffer(repeating: 1, count: channels),
      shift: activation?.shift ?? FloatBuffer(repeating: 0, count: channels), gate: gate)
  }

  /// As loops over the pixels of one picture read it.
  func ofPixels(picture: Int = 0) -> pixels_activation {
    pixels_activation(
      function: function.ofPixels, scale: Values(scale.pointer), shift: Values(shift.pointer),
      gate: gate.map { Values($0.pointer + picture * scale.count) })
  }
}

/// The activations that an operation reads values through.
package enum ReadableActivations {
  case none
  /// max(0, scale x + shift) alone.
  case rectified
  case all

  func includes(_ activation: ChannelActivation) -> Bool {
    switch self {
    case .none: false
    case .rectified: activation.function == .relu && activation.gate == nil
    case .all: true
    }
  }
}

/// A value between two operations of a pass, with its gradient as the tape goes back.
package final class Variable {
  /// The values as stored.
  package let tensor: Tensor
  /// What readers apply to the stored values; nil for nothing.
  package let activation: ChannelActivation?
  /// Whether readers see each stored pixel as a square of 2x2. Winograd convolutions alone can read it so.
  let isDoubled: Bool
  /// Whether anything that learns lies before it.
  let needsGradient: Bool
  private var gradient: Tensor?
  /// What readers of planes see, until the last of a pass has.
  private var seen: Tensor?

  package init(
    _ tensor: Tensor, activation: ChannelActivation? = nil, isDoubled: Bool = false, needsGradient: Bool = false
  ) {
    (self.tensor, self.activation, self.isDoubled) = (tensor, activation, isDoubled)
    self.needsGradient = needsGradient
  }

  /// What readers see.
  package var shape: Shape {
    let stored = tensor.shape
    return isDoubled ? Shape(stored.batch, 2 * stored.height, 2 * stored.width, stored.channels) : stored
  }

  /// Where an operation puts the gradient by what readers see, or where pixels are doubled, its sums over the squares:
  /// it overwrites, or where another reader was there before, adds. Nil where no gradient is needed.
  func gradientTarget() -> (tensor: Tensor, adds: Bool)? {
    guard needsGradient else { return nil }
    if let gradient { return (gradient, true) }
    let made = tensor.undefinedLike()
    gradient = made
    return (made, false)
  }

  /// Hands over the gradient, which all readers have contributed to by now, for reuse of its memory.
  func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  /// Sets the gradient, as a loss does at the end of a pass.
  package func setGradient(_ tensor: Tensor) {
    precondition(tensor.shape == self.tensor.shape, "gradient \(tensor.shape) of values \(self.tensor.shape)")
    gradient = tensor
  }

  /// Takes in the gradient that one reader has gathered; the tensor is its own from then on.
  package func contribute(_ tensor: Tensor) {
    guard needsGradient else { return }
    guard let gradient else { return setGradient(tensor) }
    gradient.add(tensor)
  }

  /// What readers see, in planes, for those that can't apply the activation as they load; made once for all of them.
  func seenPlanes() -> Tensor {
    guard let activation else { return tensor }
    if let seen { return seen }
    let made = tensor.activated(activation)
    seen = made
    return made
  }

  /// Frees what was made for readers; on the way back they apply the activation themselves.
  func forgetSeen() { seen = nil }

  /// The gradient so far, to look at.
  package var currentGradient: Tensor? { gradient }
}

/// How a kernel reads a variable. Pieces of a loop share it: nobody writes to what it points to meanwhile.
struct Source: @unchecked Sendable {
  let pointer: Values
  let channels: Int
  /// How many pixels a picture has.
  let area: Int
  let scale, shift, gate: Values?
  let function: pixels_function
  let isDoubled: Bool

  /// - Parameter doubling: whether the reader can see pixels doubled.
  init(_ variable: Variable, doubling: Bool = false) {
    precondition(doubling || !variable.isDoubled, "only Winograd convolutions read doubled pixels")
    isDoubled = variable.isDoubled
    pointer = Values(variable.tensor.pointer)
    let shape = variable.tensor.shape
    (channels, area) = (shape.channels, shape.height * shape.width)
    scale = variable.activation.map { Values($0.scale.pointer) }
    shift = variable.activation.map { Values($0.shift.pointer) }
    gate = variable.activation?.gate.map { Values($0.pointer) }
    function = (variable.activation?.function ?? .identity).ofPixels
  }

  init(_ tensor: Tensor) {
    pointer = Values(tensor.pointer)
    (channels, area) = (tensor.shape.channels, tensor.shape.height * tensor.shape.width)
    (scale, shift, gate, function, isDoubled) = (nil, nil, nil, PIXELS_IDENTITY, false)
  }

  /// Whether values are seen as they are stored.
  var isPlain: Bool { scale == nil && !isDoubled }

  /// What is done to the values of a picture.
  func activation(picture: Int) -> pixels_activation {
    pixels_activation(
      function: function, scale: scale, shift: shift, gate: gate.map { $0 + picture * channels })
  }

  /// Copies the channels of `pixel` to `target`, as readers see them.
  @inline(__always)
  func copy(pixel: Int, to target: MutableValues) {
    let from = pointer + pixel * channels
    guard let scale, let shift else {
      target.update(from: from, count: channels)
      return
    }
    guard function == PIXELS_RELU, gate == nil else { return copy(pixels: pixel..<pixel + 1, to: target) }
    for c in 0..<channels { target[c] = max(0, from[c] * scale[c] + shift[c]) }
  }

  /// Copies pixels to `target`, as readers see them.
  func copy(pixels: Range<Int>, to target: MutableValues) {
    var first = pixels.lowerBound
    while first < pixels.upperBound {
      let picture = first / area
      let count = min(pixels.upperBound, (picture + 1) * area) - first
      var activation = activation(picture: picture)
      pixels_activate(
        pixelLanes, Int64(count), Int64(channels), pointer + first * channels, &activation,
        target + (first - pixels.lowerBound) * channels)
      first += count
    }
  }
}

/// Where a kernel writes a gradient; nowhere where the pointer is nil. Pieces of a loop share it, and write to separate
/// places.
struct Destination: @unchecked Sendable {
  let pointer: MutableValues?
  let channels: Int
  let adds: Bool
  /// Whether it takes the sums over squares of 2x2.
  let isDoubled: Bool

  init(_ variable: Variable) {
    isDoubled = variable.isDoubled
    let target = variable.gradientTarget()
    pointer = target?.tensor.pointer
    channels = variable.shape.channels
    adds = target?.adds ?? false
  }

  init(_ tensor: Tensor) {
    (pointer, channels, adds, isDoubled) = (tensor.pointer, tensor.shape.channels, false, false)
  }
}
