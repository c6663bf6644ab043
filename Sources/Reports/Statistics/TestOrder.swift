import Harness
import Scenes

/// What reports say of how intervals are made.
struct IntervalFacts: Equatable {
  let order: PictureOrder
  let pictures, drives: Int
  /// None without folds.
  let folds: Int
  /// Whether intervals are made from what varies between drives or folds.
  let isClustered: Bool

  init(_ test: TestOrder) {
    (order, pictures, drives) = (test.pictures.order, test.count, test.pictures.drives.count)
    folds = test.design.hasFolds ? test.design.clusters.count : 0
    isClustered = test.design.isClustered
  }
}

/// The test pictures of a report in the order in which statistics take them.
struct TestOrder {
  let pictures: TestPictures
  let design: PictureDesign
  /// The place of each picture by its name.
  private let places: [String: Int]

  init(_ pictures: TestPictures) {
    // Fold by fold, as those are the clusters.
    let drives = pictures.drives.enumerated().sorted {
      ($0.element.fold ?? 0, $0.offset) < ($1.element.fold ?? 0, $1.offset)
    }
    .map(\.element)
    self.pictures = TestPictures(order: pictures.order, drives: drives)
    let folds = drives.reduce(into: [(Int, Int)]()) { folds, drive in
      guard let fold = drive.fold else { return }
      if folds.last?.0 == fold {
        folds[folds.count - 1].1 += drive.pictures.count
      } else {
        folds.append((fold, drive.pictures.count))
      }
    }
    design = PictureDesign(drives: drives.map(\.pictures.count), order: pictures.order, folds: folds.map(\.1))
    let names = drives.flatMap(\.pictures)
    places = Dictionary(zip(names, names.indices)) { first, _ in first }
  }

  /// As the names of pictures tell, of runs that didn't store it.
  ///
  /// - Parameters:
  ///   - names: those of all test pictures.
  ///   - citation: the source of the scenes.
  init(names: [String], citation: String) {
    let order: PictureOrder =
      citation == Dataset.syntheticCitation ? .independent : citation.contains("Cityscapes") ? .places : .video
    var drives: [(name: String, pictures: [String])] = []
    for name in names {
      let drive = group(of: name)
      if let place = drives.firstIndex(where: { $0.name == drive }) {
        drives[place].pictures.append(name)
      } else {
        drives.append((drive, [name]))
      }
    }
    self.init(
      TestPictures(order: order, drives: drives.map { TestPictures.Drive(name: $0.name, pictures: $0.pictures) }))
  }

  var count: Int { places.count }

  /// Whether all of `names` are test pictures, and without folds none is missing.
  func holds(_ names: [String]) -> Bool {
    Set(names).count == names.count && names.allSatisfy { places[$0] != nil }
      && (pictures.drives.contains { $0.fold != nil } || names.count == count)
  }

  /// Where each test picture stands in `names`; nil where those aren't all of them.
  func order(of names: [String]) -> [Int]? {
    var order = [Int?](repeating: nil, count: count)
    for (place, name) in names.enumerated() { places[name].map { order[$0] = place } }
    let found = order.compactMap { $0 }
    return names.count == count && found.count == count ? found : nil
  }
}
