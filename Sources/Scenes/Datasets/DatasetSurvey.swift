import Foundation
import Settings

/// What a folder of pictures and label files looks like, before its owner has said anything.
package struct DatasetSurvey {
  /// The name of its layout.
  package let layout: String
  /// How many scenes each split has.
  package let splits: [(name: String, scenes: Int)]
  package let unused: [String: Int]
  package let problems: [ScenesError]
  /// The drives that folders and names tell, and how many scenes each has.
  package let groups: [(name: String, scenes: Int)]
  /// What label files hold, where that is clear.
  package let encoding: LabelEncoding?
  /// Encodings that have all values of the label files, where it isn't clear which.
  package let possible: [LabelEncoding]
  /// What label files hold, in words.
  package let reason: String
  /// Each number or colour of the files that were looked at, with its share of their pixels.
  package let raw: [(label: RawLabel, share: Double)]

  /// Looks at the folder, and at some of its label files.
  ///
  /// - Parameters:
  ///   - folder: where the data lie.
  ///   - encoding: the name of an encoding, where its owner has said so.
  /// - Throws: `ScenesError`, `SettingError`.
  package init(_ folder: URL, encoding: String?) throws {
    let index = try FolderIndex(folder)
    let found = try DatasetLayouts.find(nil, in: index)
    guard !found.scenes.isEmpty else {
      throw found.problems.first ?? ScenesError.noScenes(folder: folder.path, split: "any part")
    }
    func counts(_ keys: [String]) -> [(name: String, scenes: Int)] {
      Dictionary(grouping: keys) { $0 }.map { (name: $0.key, scenes: $0.value.count) }.sorted { $0.name < $1.name }
    }
    (layout, unused, problems) = (found.layout, found.unused, found.problems)
    splits = counts(found.scenes.map { $0.split ?? Dataset.undivided })
    groups = counts(found.scenes.map(\.group))
    if let encoding {
      self.encoding = try LabelEncoding.named(encoding, for: .cityscapes8)
      (possible, reason, raw) = ([], "", [])
      return
    }
    do {
      let guess = try EncodingGuess(found, in: index, for: .cityscapes8)
      (self.encoding, possible, reason, raw) = (guess.encoding, [], guess.reason, [])
    } catch let unclear as EncodingGuess.Unclear {
      let whole = Double(max(1, unclear.survey.raw.reduce(0) { $0 + $1.pixels }))
      self.encoding = nil
      (possible, reason) = (unclear.possible, "\(unclear.survey)")
      raw = unclear.survey.raw.map { ($0.label, Double($0.pixels) / whole) }
    }
  }
}
