/// What the raw values of a dataset's label files are called, before any class set.
package struct LabelEncoding: Hashable, Sendable {
  /// Its name, such as `cityscapes`.
  package let name: String
  /// The known raw values and what they stand for. 255, which other tools write for 'ignore', is void wherever it isn't
  /// known otherwise.
  package let names: [UInt8: String]
  /// The raw value of pixels of which nothing is known, such as those from outside a shifted scene.
  package let void: UInt8

  /// Cityscapes' label ids (`labels.py` of cityscapesScripts).
  package static let cityscapes = LabelEncoding(
    name: "cityscapes",
    names: numbered([
      "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road",
      "sidewalk", "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole",
      "polegroup", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck",
      "bus", "caravan", "trailer", "train", "motorcycle", "bicycle",
    ]), void: 0)

  /// CamVid's labels as distributed with SegNet.
  package static let camvid = LabelEncoding(
    name: "camvid",
    names: numbered([
      "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
      "unlabelled",
    ]), void: 11)

  /// All that the program knows.
  package static let all = [cityscapes, camvid]

  private static func numbered(_ names: [String]) -> [UInt8: String] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { (UInt8($0), $1) })
  }

  /// The raw value that a text names: by its number, or by what it stands for.
  func value(_ text: String) -> UInt8? {
    if let number = UInt8(text), names[number] != nil || number == 255 { return number }
    return names.first { $0.value == text }?.key
  }

  /// A raw value as messages name it: `8 (sidewalk)`.
  package func described(_ value: UInt8) -> String { names[value].map { "\(value) (\($0))" } ?? "\(value)" }
}
