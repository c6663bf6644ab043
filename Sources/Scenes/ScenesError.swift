/// What can be wrong with pictures, labels and dataset folders; each names the offender.
package enum ScenesError: Error, Equatable, CustomStringConvertible {
  /// A file of a format that isn't read, or cut short or damaged.
  case badPicture(file: String, reason: String)
  /// A label file with a value or colour that its encoding doesn't know; where it is first, and what may be meant.
  case unknownLabel(file: String, label: String, at: Place, encoding: String, hint: String)
  /// Label files that may have one encoding or another.
  case unclearEncoding(folder: String, reason: String)
  /// A list of scenes, or a description of a dataset, that can't be read.
  case badList(file: String, line: Int, reason: String)
  /// Scenes of an experiment of which no pixel has a class.
  case noLabels(folder: String, part: String, classes: String)
  /// A class set that isn't one, or not one for a dataset's labels.
  case badClasses(name: String, reason: String)
  /// Two files of one scene that differ in size.
  case sizeMismatch(file: String, size: String, expected: String)
  /// A picture without its label file.
  case missingLabels(picture: String, expected: String)
  /// Several label files that could be a picture's.
  case severalLabels(picture: String, files: [String])
  /// A folder that is no dataset that we know.
  case unknownLayout(folder: String, reason: String)
  /// A split that the dataset doesn't have, or that is empty.
  case noScenes(folder: String, split: String, known: [String] = [])
  /// A part whose scenes are all of drives that are in the test, and should be left out for that.
  case noneUnseen(folder: String, part: String, drives: [String])

  package var description: String {
    switch self {
    case .badPicture(let file, let reason): "\(file): \(reason)"
    case .unknownLabel(let file, let label, let place, let encoding, let hint):
      "\(file): the pixel at column \(place.x), row \(place.y) is \(label), which is no label of \(encoding)"
        + (hint.isEmpty ? "" : "; \(hint)")
    case .unclearEncoding(let folder, let reason): "\(folder): \(reason)"
    case .badList(let file, let line, let reason): line > 0 ? "\(file), line \(line): \(reason)" : "\(file): \(reason)"
    case .noLabels(let folder, let part, let classes):
      "the \(part) scenes of \(folder) have no pixel with a class of \(classes): all are void"
    case .badClasses(let name, let reason): "the class set \(name) can't be used: \(reason)"
    case .sizeMismatch(let file, let size, let expected): "\(file) is \(size), but its picture is \(expected)"
    case .missingLabels(let picture, let expected): "\(picture) has no labels: \(expected) is missing"
    case .severalLabels(let picture, let files):
      "\(picture) could have the labels of \(files.joined(separator: " or of ")): say which in a dataset.yaml"
    case .unknownLayout(let folder, let reason): "\(folder) is not a dataset: \(reason)"
    case .noScenes(let folder, let split, let known):
      "\(folder) has no scenes for \(split)" + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))")
    case .noneUnseen(let folder, let part, let drives):
      "\(folder): without the drives of the test (\(shown(drives))) too few scenes are left for \(part): give each drive to "
        + "one part with data.fold, or set data.unseen: false"
    }
  }
}

extension ScenesError {
  /// A pixel, counted from 0 at the upper left.
  package struct Place: Equatable, Sendable {
    package let x, y: Int

    package init(x: Int, y: Int) { (self.x, self.y) = (x, y) }
  }

  /// The file that is wrong, where it is one.
  package var file: String? {
    switch self {
    case .badPicture(let file, _), .unknownLabel(let file, _, _, _, _), .sizeMismatch(let file, _, _),
      .badList(let file, _, _):
      file
    case .missingLabels(let picture, _), .severalLabels(let picture, _): picture
    case .noLabels, .badClasses, .unclearEncoding, .unknownLayout, .noScenes, .noneUnseen: nil
    }
  }
}
