/// What the raw values of a dataset's label files mean.
public struct LabelSet: Equatable, Sendable {
  /// Its name, such as `cityscapes`.
  public let name: String
  /// The category of each raw value, nil where the value is unknown; 256 entries.
  public let categories: [Category?]
  /// Whether the official evaluation leaves pixels of the value out; 256 entries. Nil where the dataset has no
  /// Cityscapes label ids, so that the official protocol isn't defined for it.
  public let ignored: [Bool]?
  /// The raw value of pixels of which nothing is known, such as those from outside a shifted scene.
  public let void: UInt8

  init(name: String, categories: [Category?], ignored: [Bool]?, void: UInt8) {
    precondition(categories.count == 256 && (ignored?.count ?? 256) == 256, "label sets have 256 entries")
    (self.name, self.categories, self.ignored, self.void) = (name, categories, ignored, void)
  }

  /// Cityscapes label ids (`labels.py` of cityscapesScripts): ids 0 to 33, and 255 for -1, the licence plate.
  public static let cityscapes: LabelSet = {
    var categories = [Category?](repeating: nil, count: 256)
    let ranges: [(ClosedRange<Int>, Category)] = [
      (0...6, .void), (7...10, .flat), (11...16, .construction), (17...20, .object), (21...22, .nature),
      (23...23, .sky), (24...25, .human), (26...33, .vehicle), (255...255, .vehicle),
    ]
    for (range, category) in ranges {
      for label in range { categories[label] = category }
    }
    var ignored = [Bool](repeating: false, count: 256)
    for label in Array(0...6) + [9, 10, 14, 15, 16, 18, 29, 30, 255] { ignored[label] = true }
    return LabelSet(name: "cityscapes", categories: categories, ignored: ignored, void: 0)
  }()

  /// CamVid's 11 classes and void, as distributed with SegNet (Brostow, Fauqueur, Cipolla 2009,
  /// doi:10.1016/j.patrec.2008.04.005): sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian,
  /// bicyclist, unlabelled.
  public static let camvid: LabelSet = {
    let known: [Category] = [
      .sky, .construction, .object, .flat, .flat, .nature, .object, .construction, .vehicle, .human, .human, .void,
    ]
    return LabelSet(name: "camvid", categories: known + [Category?](repeating: nil, count: 244), ignored: nil, void: 11)
  }()
}
