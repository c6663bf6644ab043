/// What can be wrong with pictures, labels and dataset folders; each names the offender.
package enum ScenesError: Error, Equatable, CustomStringConvertible {
  /// A file of a format that isn't read, or cut short or damaged.
  case badPicture(file: String, reason: String)
  /// A label file with a value that its encoding doesn't know.
  case unknownLabel(file: String, label: Int, encoding: String)
  /// Scenes of an experiment of which no pixel has a class.
  case noLabels(folder: String, part: String, classes: String)
  /// A class set that isn't one, or not one for a dataset's labels.
  case badClasses(name: String, reason: String)
  /// Two files of one scene that differ in size.
  case sizeMismatch(file: String, size: String, expected: String)
  /// A picture without its label file.
  case missingLabels(picture: String, expected: String)
  /// A folder that is no dataset that we know.
  case unknownLayout(folder: String, reason: String)
  /// A split that the dataset doesn't have, or that is empty.
  case noScenes(folder: String, split: String)

  package var description: String {
    switch self {
    case .badPicture(let file, let reason): "\(file): \(reason)"
    case .unknownLabel(let file, let label, let set): "\(file): label \(label) is not one of \(set)"
    case .noLabels(let folder, let part, let classes):
      "the \(part) scenes of \(folder) have no pixel with a class of \(classes): all are void"
    case .badClasses(let name, let reason): "the class set \(name) can't be used: \(reason)"
    case .sizeMismatch(let file, let size, let expected): "\(file) is \(size), but its picture is \(expected)"
    case .missingLabels(let picture, let expected): "\(picture) has no labels: \(expected) is missing"
    case .unknownLayout(let folder, let reason): "\(folder) is not a dataset: \(reason)"
    case .noScenes(let folder, let split): "\(folder) has no scenes for \(split)"
    }
  }
}
