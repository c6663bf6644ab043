/// The search for the zero of one column's derivative along its direction.
struct SVCLineSearch {
  private(set) var length = 1.0
  private(set) var done: Bool
  private var low = 0.0
  private var high = Double.infinity
  /// w.d and d.d, the penalty's part of the derivatives.
  private let penaltySlope, penaltyCurvature: Double
  private let initialSlope: Double

  init(direction: [Double]?, weights: [Double], gradient: [Double]) {
    let direction = direction ?? []
    penaltySlope = zip(weights, direction).reduce(0) { $0 + $1.0 * $1.1 }
    penaltyCurvature = direction.reduce(0) { $0 + $1 * $1 }
    initialSlope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    done = !(initialSlope < 0)
    if done { length = 0 }
  }

  /// Takes the losses' derivatives at `length`, and moves it.
  mutating func advance(first: Double, second: Double) {
    if done { return }
    let slope = penaltySlope + length * penaltyCurvature + first
    let curvature = penaltyCurvature + second
    if slope.magnitude <= 1e-4 * initialSlope.magnitude {
      done = true
      return
    }
    if slope < 0 { low = length } else { high = length }
    let next = length - slope / curvature
    length = next > low && next < high ? next : (high.isFinite ? (low + high) / 2 : 2 * length)
  }
}
