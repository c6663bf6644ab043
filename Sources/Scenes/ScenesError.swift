/// What can be wrong with pictures, labels and dataset folders; each names the offender.
public enum ScenesError: Error, Equatable, CustomStringConvertible {
  /// A file that is not a PNG, or is cut short or damaged.
  case badPicture(file: String, reason: String)
  /// A label file with a value that its label set doesn't know.
  case unknownLabel(file: String, label: Int, labelSet: String)
  /// Two files of one scene that differ in size.
  case sizeMismatch(file: String, size: String, expected: String)
  /// A picture without its label file.
  case missingLabels(picture: String, expected: String)
  /// A folder that is no dataset that we know.
  case unknownLayout(folder: String, reason: String)
  /// A split that the dataset doesn't have, or that is empty.
  case noScenes(folder: String, split: String)
  /// A setting out of its bounds.
  case invalid(setting: String, value: String, bound: String)

  public var description: String {
    switch self {
    case .badPicture(let file, let reason): "\(file): \(reason)"
    case .unknownLabel(let file, let label, let set): "\(file): label \(label) is not one of \(set)"
    case .sizeMismatch(let file, let size, let expected): "\(file) is \(size), but its picture is \(expected)"
    case .missingLabels(let picture, let expected): "\(picture) has no labels: \(expected) is missing"
    case .unknownLayout(let folder, let reason): "\(folder) is not a dataset: \(reason)"
    case .noScenes(let folder, let split): "\(folder) has no scenes for \(split)"
    case .invalid(let setting, let value, let bound): "\(setting) is \(value), but must be \(bound)"
    }
  }
}
