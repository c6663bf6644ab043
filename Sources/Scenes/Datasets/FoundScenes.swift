import Foundation

/// What a layout found in a folder, before the meaning of labels is known.
package struct FoundScenes: Sendable {
  /// One picture with its label file.
  package struct Found: Sendable {
    /// `train`, `val` or `test`; nil where the data aren't divided.
    package let split: String?
    package let group: String
    package let name: String
    /// Paths from the dataset's folder.
    package let picture, labels: String
    package let instances: String?

    package init(
      split: String?, group: String, name: String, picture: String, labels: String, instances: String? = nil
    ) {
      (self.split, self.group, self.name) = (split, group, name)
      (self.picture, self.labels, self.instances) = (picture, labels, instances)
    }
  }

  /// How label files can be told to have one encoding or another.
  package enum Evidence: Sendable {
    /// One of Cityscapes' own.
    case cityscapes
    /// CamVid's own; `isNamed`: the files are called as CamVid's are.
    case camvid(isNamed: Bool)
    /// Nothing but what they hold.
    case contents
  }

  package var scenes: [Found] = []
  /// Pictures without labels, labels without pictures, and what can't be told apart.
  package var problems: [ScenesError] = []
  /// How many files aren't used, by what they are, such as `.txt` or `pictures without labels (test)`.
  package var unused: [String: Int] = [:]
  package var evidence = Evidence.contents
  package var citation: String?
  /// How much the pictures of a drive have in common; nil where the layout doesn't tell.
  package var order: PictureOrder?
  /// The name of the layout.
  package var layout = "described"

  package init() {}

  /// The same, found by the layout of that name.
  func of(layout: String) -> FoundScenes {
    var found = self
    found.layout = layout
    return found
  }

  /// Counts the files of `index` that nothing uses, by their endings.
  mutating func countUnused(_ index: FolderIndex, besides others: (String) -> Bool = { _ in false }) {
    let used = Set(scenes.flatMap { [$0.picture, $0.labels] + ($0.instances.map { [$0] } ?? []) })
    let named = Set(problems.compactMap(\.file))
    for file in index.files
    where file != DatasetDescription.fileName && !used.contains(file) && !others(file)
      && !named.contains(index.url(file).path)
    {
      let ending = file.ending
      unused[ending.isEmpty ? "without ending" : ".\(ending)", default: 0] += 1
    }
  }
}

/// Words by which folders and files tell what they hold.
enum Words {
  static let pictures: Set = [
    "images", "image", "img", "imgs", "pictures", "picture", "pics", "photos", "rgb", "jpegimages", "frames", "frame",
    "input", "inputs",
  ]
  static let masks: Set = [
    "masks", "mask", "labels", "label", "annotations", "annotation", "annot", "gt", "gts", "groundtruth",
    "segmentationclass", "segmentation", "segmentations", "seg", "segs", "targets", "target", "semantic", "truth",
  ]
  private static let splits: [String: [String]] = [
    "train": ["train", "training", "trn"], "val": ["val", "valid", "validation", "dev"],
    "test": ["test", "testing", "tst"],
  ]

  /// The split that a word stands for.
  static func split(_ word: String) -> String? {
    let word = word.lowercased()
    return splits.first { $0.value.contains(word) }?.key
  }

  /// The words of a name, in lower case: `Train_images` is train and images.
  static func words(_ name: String) -> [String] {
    name.lowercased().split { "_-. ".contains($0) }.map(String.init)
  }
}

/// The drive or place that a scene belongs to, as its path tells: the folder, or else the name without the number at its
/// end, as frames of one video are numbered.
package func group(of name: String) -> String {
  let folder = name.folder
  if !folder.isEmpty { return folder }
  let stem = name.lastComponent
  guard let last = stem.last, last.isASCII, last.isNumber else { return stem }
  let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }.count
  var rest = stem.dropLast(digits)
  while let last = rest.last, "_-. ".contains(last) { rest = rest.dropLast() }
  return String(rest)
}
