import Compute

/// Makes the parameters of a network's layers under their names, with their first values.
///
/// Kernels start from Glorot's uniform distribution, +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010), biases
/// from zero, as in Keras, whose results the seed reports hold. Each parameter draws from a stream of its own, named
/// by (seed, name), so that a layer's start doesn't depend on the layers before it.
package final class LayerMaker {
  /// All parameters so far, in the order of their making.
  private(set) var parameters: [Parameter] = []
  /// What the network's outputs are.
  let classes: OutputClasses
  private let width: Float
  private let seed: UInt64?
  private var dropoutLayers: UInt64 = 0

  /// - Parameters:
  ///   - width: multiplies the channels of every layer.
  ///   - seed: nil to count parameters only: no memory is taken, and the network can't be run.
  init(width: Float, classes: OutputClasses, seed: UInt64?) {
    (self.width, self.classes, self.seed) = (width, classes, seed)
  }

  /// `channels` times the width setting, rounded to a multiple of sixteen, which suits the fast convolutions.
  func width(_ channels: Int) -> Int {
    let unit = 16
    return max(unit, Int((Float(channels) * width / Float(unit)).rounded()) * unit)
  }

  /// `channels` times the width setting, rounded to a multiple of eight as EfficientNet does it: by no more than a tenth
  /// downwards.
  func channels(_ channels: Float) -> Int {
    let (unit, wanted) = (8, channels * width)
    let rounded = max(unit, Int(wanted + Float(unit) / 2) / unit * unit)
    return Float(rounded) < 0.9 * wanted ? rounded + unit : rounded
  }

  /// A number that tells a layer's dropout stream apart.
  func nextDropoutKey() -> UInt64 {
    dropoutLayers += 1
    return dropoutLayers
  }

  /// A kernel [rows, columns, inputs, outputs] that starts from Glorot's uniform distribution.
  func kernel(_ name: String, _ size: Int, _ inputs: Int, _ outputs: Int) -> Parameter {
    let parameter = make(name, [size, size, inputs, outputs], .kernel)
    guard let seed else { return parameter }
    let limit = (6 / Float(size * size * (inputs + outputs))).squareRoot()
    let piece = 1 << 14
    let key = RandomStream.key(name)
    let (values, count) = (parameter.values, parameter.count)
    Parallel.forEach((count + piece - 1) / piece) { index in
      var stream = RandomStream(seed: seed, key, UInt64(index))
      for place in index * piece..<min(count, (index + 1) * piece) {
        values.pointer[place] = stream.uniform(-limit...limit)
      }
    }
    return parameter
  }

  /// An array of `count` values that all start as `value`.
  func vector(_ name: String, _ count: Int, _ role: Parameter.Role, startingAt value: Float = 0) -> Parameter {
    let parameter = make(name, [count], role)
    parameter.values.pointer.update(repeating: value, count: parameter.values.count)
    return parameter
  }

  private func make(_ name: String, _ extents: [Int], _ role: Parameter.Role) -> Parameter {
    let count = seed == nil ? 0 : extents.reduce(1, *)
    let parameter = Parameter(name: name, extents: extents, role: role, values: FloatBuffer(count: count))
    parameters.append(parameter)
    return parameter
  }
}
