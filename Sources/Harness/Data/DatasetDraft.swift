import Foundation
import Scenes
import Settings
import Storage

/// A `dataset.yaml` for a folder as it was found, for its owner to look over: what was guessed is marked.
package enum DatasetDraft {
  /// Writes the description of the data in `folder` beside them.
  ///
  /// - Parameters:
  ///   - folder: where the data lie.
  ///   - classes: the classes, a name or a section; nil for what the label files suggest.
  ///   - encoding: the name of an encoding; nil for what they tell.
  /// - Returns: the file, and its text.
  /// - Throws: `StorageError.unwritable` where there is one already; `ScenesError` where no layout fits.
  package static func write(
    for folder: URL, classes: Setting? = nil, encoding: String? = nil
  ) throws -> (file: URL, text: String) {
    let file = folder.appendingPathComponent(DatasetDescription.fileName)
    guard !FileManager.default.fileExists(atPath: file.path) else {
      throw StorageError.unwritable(file: file.path, reason: "there is one already")
    }
    let text = try text(for: folder, classes: classes, encoding: encoding)
    // What is written must read as it is meant.
    _ = try DatasetDescription(Data(text.utf8), file: file.path)
    try Files.write(text, to: file)
    return (file, text)
  }

  private static func text(for folder: URL, classes: Setting?, encoding: String?) throws -> String {
    let survey = try DatasetSurvey(folder, encoding: encoding)
    let counts = survey.splits.map { "\($0.scenes) \($0.name)" }.joined(separator: ", ")
    var lines = [
      "# What segbench found in this folder. Lines marked 'guessed' are worth a look.",
      "name: \(Setting.text(folder.standardizedFileURL.lastPathComponent).yaml)",
      "layout: \(survey.layout)  # scenes: \(counts)",
    ]
    for (what, count) in survey.unused.sorted(by: { $0.key < $1.key }) { lines.append("# not used: \(count) \(what)") }
    for problem in survey.problems.prefix(10) { lines.append("# left out: \(problem)") }
    if survey.problems.count > 10 { lines.append("# left out: \(survey.problems.count - 10) more") }
    let shown = survey.groups.prefix(6).map { "\($0.name.isEmpty ? "(no name)" : $0.name): \($0.scenes)" }
    lines += [
      "# Drives, guessed from folders and names: \(survey.groups.count), such as \(shown.joined(separator: ", "))",
      "# To tell them otherwise: group: \"a regular expression on the path, whose part in brackets is the drive\"",
    ]
    if survey.layout != CityscapesLayout.name, survey.groups.contains(where: { $0.scenes > 1 }) {
      lines.append(
        "order: \(PictureOrder.video.rawValue)  # guessed: pictures of a drive are frames of a video; \(PictureOrder.places.rawValue)"
          + " where each is from another place, \(PictureOrder.independent.rawValue) where nothing ties them")
    }
    if survey.splits.map(\.name) == [Dataset.undivided] {
      lines.append("# Nothing divides the scenes: whole drives are held out for validation and test.")
    }
    if let known = survey.encoding {
      lines.append("encoding: \(known.name)" + (encoding == nil ? "  # guessed: \(survey.reason)" : ""))
      let suggested = classes ?? suggestedClasses(of: known).map(Setting.text)
      if let suggested { lines.append("classes: \(suggested.yaml)" + (classes == nil ? "  # guessed" : "")) }
    } else {
      lines += try encodingLines(survey)
      if let classes { lines.append("classes: \(classes.yaml)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The built-in classes that are made for an encoding.
  private static func suggestedClasses(of encoding: LabelEncoding) -> String? {
    switch encoding.vocabulary {
    case .cityscapes where encoding == .trainIds: ClassSet.cityscapes19.name
    case .cityscapes, .categories: ClassSet.cityscapes8.name
    case .camvid: ClassSet.camvid11.name
    default: nil
    }
  }

  /// An encoding to fill in: what label files hold, a class each.
  private static func encodingLines(_ survey: DatasetSurvey) throws -> [String] {
    guard survey.raw.count <= 254 else {
      throw ScenesError.unclearEncoding(
        folder: "the label files", reason: "they hold \(survey.reason): too many for labels; are they pictures?")
    }
    var lines = ["# The label files hold \(survey.reason)."]
    if !survey.possible.isEmpty {
      lines.append(
        "# They may be: \(survey.possible.map(\.name).joined(separator: ", ")). If so, say: encoding: that name")
    }
    lines += [
      "# Guessed: a class for each. Give them their names; equal names are one class, 'void' is not learned.",
      "encoding:",
    ]
    var isFirst = true
    for (place, raw) in survey.raw.enumerated() {
      let share = String(format: "%.1f %% of pixels", 100 * raw.share)
      switch raw.label {
      case .value(let value):
        if isFirst { lines.append("  values:") }
        lines.append("    \(value): \(value == 255 ? "void" : "class-\(value)")  # \(share)")
      case .colour(let colour):
        if isFirst { lines.append("  colours:") }
        let name = colour == RGB(0, 0, 0) ? "void" : "class-\(place)"
        lines.append("    \(name): [\(colour.red), \(colour.green), \(colour.blue)]  # \(share)")
      }
      isFirst = false
    }
    return lines
  }
}
