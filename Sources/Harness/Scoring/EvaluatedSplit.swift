import Foundation
import Scenes

/// The scenes of a split that a run is scored on, which aren't to be those that it was trained on without a word.
package struct EvaluatedSplit {
  package let entries: [SceneEntry]
  /// What the user should know of them.
  package let notes: [String]

  /// A split of the dataset's own; of the data that the run was trained on, where these have none of that name, or where
  /// folds put their splits aside, the run's part: `test` is then what its own scores are of, `val` what it was chosen by.
  ///
  /// - Parameters:
  ///   - split: its name.
  ///   - dataset: whose scenes.
  ///   - root: where it lies; data of the same folder name are taken for those that the run was trained on, which may lie
  ///     elsewhere now.
  ///   - trained: how the run's data were divided.
  /// - Throws: `ScenesError.noScenes`; `SettingError.invalid` for a fold that the dataset doesn't have.
  package init(_ split: String, of dataset: Dataset, at root: String, trained: DataSettings) throws {
    let names = [trained.root, root].map { URL(fileURLWithPath: $0).standardizedFileURL.lastPathComponent }
    let isOwn = names[0] == names[1]
    if isOwn, trained.fold != nil || dataset.splits[split]?.isEmpty != false {
      let parts = try trained.split(of: dataset)
      let named = ["train": parts.training, "val": parts.validation, "test": parts.test]
      guard let part = named[split] else {
        throw ScenesError.noScenes(folder: dataset.location, split: split, known: named.keys.sorted())
      }
      entries = part
      let fold = trained.fold.map { " of fold \($0)" }
      notes = ["\(split) is the run's own part" + (fold ?? ", as the data have none of that name")]
      return
    }
    entries = try dataset.entries(split)
    // A dataset of the same name may be another, which can't be divided so.
    let seen = isOwn ? Set((try? trained.split(of: dataset))?.training.map(\.key) ?? []) : []
    let count = entries.count { seen.contains($0.key) }
    if let fold = trained.fold {
      notes = [
        """
        warning: the run was trained on scenes of all splits of \(trained.root), as data.fold was \(fold): if these are the \
        same scenes, their scores are no test
        """
      ]
    } else if count > 0, split != "train" {
      notes = ["warning: the run was trained on \(count) of the \(entries.count) scenes of \(split)"]
    } else {
      notes = []
    }
  }
}
