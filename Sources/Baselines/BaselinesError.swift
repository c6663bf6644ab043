/// What can be wrong with samples, hyperparameters and model files; each names the offender and the bound.
package enum BaselinesError: Error, Equatable, CustomStringConvertible {
  /// A training sample without a single pixel.
  case emptySample
  /// A training sample of one class, so that there is nothing to tell apart.
  case oneClass(number: Int)
  /// A training sample in which no feature varies.
  case constantFeatures(count: Int)
  /// A feature that is not a finite number.
  case notFinite(row: Int, feature: Int, value: String)
  /// A model file that isn't one of ours, or is damaged.
  case badModel(file: String, reason: String)

  package var description: String {
    switch self {
    case .emptySample: "the training sample is empty: no pixel of a known class"
    case .oneClass(let number): "the training sample holds one class only, that of number \(number)"
    case .constantFeatures(let count): "none of the \(count) features varies over the training sample"
    case .notFinite(let row, let feature, let value): "feature \(feature) of pixel \(row) is \(value)"
    case .badModel(let file, let reason): "\(file) is not a usable model: \(reason)"
    }
  }
}
