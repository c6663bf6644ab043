import Compute

/// A named array that a network learns, or that it gathers while learning (`isStatistic`).
package final class Parameter {
  /// What a parameter is for; decides on decay and counting.
  package enum Role {
    /// A convolution kernel: decays where weight decay is asked for.
    case kernel
    /// A bias, or the scale or shift of a normalisation: never decays.
    case offset
    /// A moving statistic, not learned by gradient.
    case statistic
  }

  package let name: String
  /// Extents, slowest first; convolution kernels are [rows, columns, inputs, outputs].
  package let extents: [Int]
  package let role: Role
  /// Its values; count is the product of the extents.
  package let values: FloatBuffer
  /// Whether training leaves it as it is: no gradient is made then, and a moving statistic doesn't move.
  package var isFrozen = false
  /// The gradient of the last pass, summed over all operations that read it, until the optimizer has used it.
  package var gradient: FloatBuffer?
  /// Grows when the values change.
  private(set) var version = 0
  /// What inference has derived from the values.
  private let derived = Locked<(form: Int, values: FloatBuffer)?>(nil)

  package init(name: String, extents: [Int], role: Role, values: FloatBuffer) {
    (self.name, self.extents, self.role, self.values) = (name, extents, role, values)
  }

  package var count: Int { extents.reduce(1, *) }
  var isStatistic: Bool { role == .statistic }
  var learns: Bool { !isFrozen && !isStatistic }

  /// Adds to the gradient of the pass, where it learns.
  ///
  /// - Parameter make: writes what one operation contributes.
  func contribute(_ make: (FloatBuffer) -> Void) {
    guard learns else { return }
    let made = FloatBuffer(count: count)
    make(made)
    if let gradient { gradient.add(made) } else { gradient = made }
  }

  /// To be called after a change of the values: forgets what was derived from them.
  func touch() {
    version += 1
    derived.withLock { $0 = nil }
  }

  /// What `make` derives from the values, such as a transformed kernel; kept until they change or another `form` is
  /// derived where asked for, so that inference derives it once.
  func prepared(for form: Int, _ make: () -> FloatBuffer) -> FloatBuffer {
    if let kept = derived.withLock({ $0 }), kept.form == form { return kept.values }
    let made = make()
    derived.withLock { $0 = (form, made) }
    return made
  }
}
