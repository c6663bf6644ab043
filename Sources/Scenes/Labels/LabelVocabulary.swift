/// What the labels of a dataset are called, before any class set and however files write them.
package struct LabelVocabulary: Hashable, Sendable {
  /// Its name, such as `cityscapes`.
  package let name: String
  /// The known labels and what they stand for. 255, which many tools write for 'ignore', is void wherever it isn't known
  /// otherwise.
  package let names: [UInt8: String]
  /// The label of pixels of which nothing is known, such as those from outside a shifted scene.
  package let void: UInt8

  package init(name: String, names: [UInt8: String], void: UInt8) {
    (self.name, self.names, self.void) = (name, names, void)
  }

  /// Cityscapes' label ids (`labels.py` of cityscapesScripts).
  package static let cityscapes = LabelVocabulary(
    name: "cityscapes",
    names: numbered([
      "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road",
      "sidewalk", "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole",
      "polegroup", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck",
      "bus", "caravan", "trailer", "train", "motorcycle", "bicycle",
    ]), void: 0)

  /// Cityscapes' eight categories, as `categoryId` of `labels.py` numbers them.
  package static let categories = LabelVocabulary(
    name: "cityscapes-categories",
    names: numbered(["void", "flat", "construction", "object", "nature", "sky", "human", "vehicle"]), void: 0)

  /// CamVid's classes as distributed with SegNet.
  package static let camvid = LabelVocabulary(
    name: "camvid",
    names: numbered([
      "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
      "unlabelled",
    ]), void: 11)

  /// The classes of a set themselves, by their places.
  package static func places(of classSet: ClassSet) -> LabelVocabulary {
    LabelVocabulary(name: classSet.name, names: numbered(classSet.names), void: classSet.void)
  }

  static func numbered(_ names: [String]) -> [UInt8: String] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { (UInt8($0), $1) })
  }

  /// The label that a text names: by its number, or by what it stands for.
  func value(_ text: String) -> UInt8? {
    if let number = UInt8(text), names[number] != nil || number == 255 { return number }
    return names.filter { $0.value == text }.map(\.key).min()
  }

  /// A label as messages name it: `8 (sidewalk)`.
  package func described(_ label: UInt8) -> String {
    names[label].map { $0 == "\(label)" ? $0 : "\(label) (\($0))" } ?? "\(label)"
  }
}
