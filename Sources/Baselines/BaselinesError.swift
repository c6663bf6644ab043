/// What can be wrong with samples, hyperparameters and model files; each names the offender and the bound.
public enum BaselinesError: Error, Equatable, CustomStringConvertible {
  /// A hyperparameter out of its bounds.
  case invalid(setting: String, value: String, bound: String)
  /// A training sample without a single pixel.
  case emptySample
  /// A training sample of one category, so that there is nothing to tell apart.
  case oneCategory(name: String)
  /// A training sample in which no feature varies.
  case constantFeatures(count: Int)
  /// A feature that is not a finite number.
  case notFinite(row: Int, feature: Int, value: String)
  /// A model file that isn't one of ours, or is damaged.
  case badModel(file: String, reason: String)

  public var description: String {
    switch self {
    case .invalid(let setting, let value, let bound): "\(setting) is \(value), but must be \(bound)"
    case .emptySample: "the training sample is empty: no pixel of a known category"
    case .oneCategory(let name): "the training sample holds one category only, \(name)"
    case .constantFeatures(let count): "none of the \(count) features varies over the training sample"
    case .notFinite(let row, let feature, let value): "feature \(feature) of pixel \(row) is \(value)"
    case .badModel(let file, let reason): "\(file) is not a usable model: \(reason)"
    }
  }
}
