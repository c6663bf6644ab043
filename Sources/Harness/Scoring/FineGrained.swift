import Scenes

/// Mean IoU over pictures instead of over their sum (Wang et al. 2023, arXiv:2310.19252): large things and large
/// pictures weigh no more than others here, and the worst pictures show.
///
/// IoU_i,c is that of class c in picture i alone, defined where the picture's truth has the class.
package struct FineGrained: Equatable, Sendable {
  /// A picture and its score.
  package struct Picture: Equatable, Sendable {
    package let name: String
    /// The mean of IoU_i,c over its classes.
    package let meanIoU: Double
    /// How many classes that is over.
    package let classCount: Int
    /// The class with the lowest IoU_i,c, as its place in the class set, and that IoU; the first of equals.
    package let worstClass: Int
    package let worstIoU: Double
  }

  /// The share of pictures that worst cases are of.
  package static let worstShare = 0.05
  /// How many of the worst pictures are named.
  package static let worstCount = 4

  /// Mean over pictures of the mean over their classes of IoU_i,c (mIoU^I); nil where no picture has a class.
  package let byPicture: Double?
  /// Mean over classes of the mean over the pictures that have the class (mIoU^C).
  package let byClass: Double?
  /// `byPicture` of the worst 5 % of the pictures, at least one (mIoU^I5).
  package let worstByPicture: Double?
  /// `byClass` where of each class the worst 5 % of its pictures count, at least one (mIoU^C5).
  package let worstByClass: Double?
  /// The places of the classes that are scored.
  package let places: [Int]
  /// In how many pictures' truth each of them is.
  package let occurrences: [Int]
  /// How many pictures have a class at all.
  package let pictureCount: Int
  /// The worst pictures, the worst first; of equals the first in order.
  package let worst: [Picture]

  /// The scores of pictures with these sums.
  ///
  /// - Parameters:
  ///   - sums: of every picture.
  ///   - names: of every picture.
  ///   - places: the classes that are scored.
  package init(_ sums: PictureSums, names: [String], places: [Int]) {
    precondition(names.count == sums.pictureCount, "\(names.count) names of \(sums.pictureCount) pictures")
    var pictures: [Picture] = []
    var ofClasses = [[Double]](repeating: [], count: places.count)
    for (index, name) in names.enumerated() {
      var own: [(place: Int, iou: Double)] = []
      for (number, place) in places.enumerated() {
        guard let iou = sums.iou(picture: index, place) else { continue }
        own.append((place, iou))
        ofClasses[number].append(iou)
      }
      guard let worst = own.min(by: { $0.iou < $1.iou }) else { continue }
      pictures.append(
        Picture(
          name: name, meanIoU: own.reduce(0) { $0 + $1.iou } / Double(own.count), classCount: own.count,
          worstClass: worst.place, worstIoU: worst.iou))
    }
    let scores = pictures.map(\.meanIoU)
    byPicture = mean(scores)
    byClass = mean(ofClasses.map { mean($0) })
    worstByPicture = Self.meanOfWorst(scores)
    worstByClass = mean(ofClasses.map(Self.meanOfWorst))
    (self.places, occurrences, pictureCount) = (places, ofClasses.map(\.count), pictures.count)
    // Sorting is stable, so equals keep their order.
    worst = Array(pictures.sorted { $0.meanIoU < $1.meanIoU }.prefix(Self.worstCount))
  }

  /// The scores of a table of pictures.
  package init(_ table: PictureTable, of classSet: ClassSet, under scoringProtocol: ScoringProtocol) {
    self.init(table.sums, names: table.names, places: scoringProtocol.classes(of: classSet))
  }

  /// The mean of the lowest 5 %, rounded down, at least one; nil for none.
  private static func meanOfWorst(_ scores: [Double]) -> Double? {
    let count = max(1, Int(worstShare * Double(scores.count)))
    return mean(Array(scores.sorted().prefix(count)))
  }
}

extension PictureSums {
  /// The IoU of a class in one picture; nil where its truth hasn't the class.
  func iou(picture: Int, _ place: Int) -> Double? {
    let base = picture * width
    let truth = values[base + classCount + place]
    guard truth > 0 else { return nil }
    return Overlap(hits: values[base + place], truth: truth, predicted: values[base + 2 * classCount + place]).iou
  }
}

extension [RunStore.Record] {
  /// The one with the best validation mean IoU, the first of equals; nil where none has any.
  package func bestByValidation(under scoringProtocol: ScoringProtocol) -> RunStore.Record? {
    var best: (record: RunStore.Record, meanIoU: Double)?
    for record in self {
      guard let meanIoU = record.scores(.validation, scoringProtocol)?.meanIoU else { continue }
      if best.map({ meanIoU > $0.meanIoU }) ?? true { best = (record, meanIoU) }
    }
    return best?.record
  }
}
