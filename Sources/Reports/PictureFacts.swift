import Harness
import Scenes

/// What the per-picture sums of a training, or of one of its folds, are reduced to beside its scores: nothing here grows with the number of pictures.
struct PictureFacts {
  let fineGrained: FineGrained
  /// The mean Boundary IoU over the classes in truth or prediction; nil where it wasn't stored.
  let boundaryIoU: Double?
  /// The scores of each of the index's drives; nil where the cell has none of its pictures.
  let drives: [DriveScore?]
  /// The scores of all drives that are trained on, and of all that aren't; nil where there are none.
  let seen, unseen: DriveScore?
  /// The scores by `FrameDistance`; nil where no picture is as far.
  let distances: [DriveScore?]
  /// The mean IoU of each picture of the index's panel, over the classes that its truth has.
  let ofPanel: [String: Double]

  /// - Parameters:
  ///   - sums: those of every picture.
  ///   - names: those of the pictures.
  ///   - boundaries: the sums of the pictures' boundaries; nil where they weren't stored.
  ///   - index: names the drives, the classes and the protocol.
  init(_ sums: PictureSums, names: [String], boundaries: PictureSums?, _ index: RunStore.Index) {
    let places = index.headline.classes(of: index.classes)
    fineGrained = FineGrained(sums, names: names, places: places)
    boundaryIoU = boundaries.flatMap {
      Scores(confusion: $0.total(void: index.classes.void), of: index.classes, under: .withoutVoid).meanIoU
    }
    let drives = index.testPictures?.drives ?? []
    let rows = Dictionary(zip(names, 0...)) { first, _ in first }
    func score(_ pictures: some Sequence<String>) -> DriveScore? {
      DriveScore(sums, of: pictures.compactMap { rows[$0] }, places: places)
    }
    self.drives = drives.map { score($0.pictures) }
    ofPanel = Self.ofPanel(sums, names: names, index)
    seen = score(drives.filter(\.isSeen).flatMap(\.pictures))
    unseen = score(drives.filter { !$0.isSeen }.flatMap(\.pictures))
    let away = drives.flatMap { drive in zip(drive.pictures, drive.distances ?? []) }
    distances = FrameDistance.allCases.map { bin in score(away.filter { bin.range.contains($0.1) }.map(\.0)) }
  }

  fileprivate static func ofPanel(_ sums: PictureSums, names: [String], _ index: RunStore.Index) -> [String: Double] {
    let places = index.headline.classes(of: index.classes)
    let panel = Set(index.panel)
    return Dictionary(
      uniqueKeysWithValues: names.enumerated().filter { panel.contains($0.element) }.compactMap { row, name in
        DriveScore(sums, of: [row], places: places).map { (name, $0.meanIoU) }
      })
  }
}

/// What the pictures of a training, or of one of its folds, are reduced to under one condition.
struct ConditionFacts {
  let scores: Scores
  /// As `PictureFacts.ofPanel`.
  let ofPanel: [String: Double]

  /// Nil where the condition's pictures have no sums under the index's headline protocol.
  init?(_ table: PictureTable, _ index: RunStore.Index) {
    guard let total = table.totals[index.headline] else { return nil }
    scores = Scores(confusion: total, pictures: table.names.count, of: index.classes, under: index.headline)
    ofPanel = PictureFacts.ofPanel(table.sums, names: table.names, index)
  }
}

/// How well the pictures of one drive, or of several, are segmented: one matrix over them. A class that their truth
/// lacks is left out, or a false alarm of one pixel would count as a class that is never found.
struct DriveScore: Equatable {
  /// The mean IoU over the classes in the truth.
  let meanIoU: Double
  let pictureCount: Int
  /// How many classes that is over.
  let classCount: Int

  /// The score of the pictures at `rows`; nil without a true pixel of any class.
  init?(_ sums: PictureSums, of rows: [Int], places: [Int]) {
    var total = [Double](repeating: 0, count: sums.width)
    for row in rows {
      for column in 0..<sums.width { total[column] += sums.values[row * sums.width + column] }
    }
    let count = sums.classCount
    let scores = places.filter { total[count + $0] > 0 }.compactMap {
      Overlap(hits: total[$0], truth: total[count + $0], predicted: total[2 * count + $0]).iou
    }
    guard !scores.isEmpty else { return nil }
    (meanIoU, pictureCount, classCount) = (scores.mean, rows.count, scores.count)
  }
}

/// How many frames lie between a test picture and the nearest one that is trained on.
enum FrameDistance: String, CaseIterable {
  case to2 = "1-2"
  case to9 = "3-9"
  case to29 = "10-29"
  case to99 = "30-99"
  case beyond = "100+"

  var range: ClosedRange<Int> {
    switch self {
    case .to2: 0...2
    case .to9: 3...9
    case .to29: 10...29
    case .to99: 30...99
    case .beyond: 100...Int.max
    }
  }
}

extension Group {
  /// The mean over seeds of a score of pictures; nil where a seed lacks it.
  func mean(_ value: (PictureFacts) -> Double?) -> Double? {
    let values = facts.compactMap(value)
    return values.count == facts.count ? values.mean : nil
  }

  /// How far probabilities are frequencies on test scenes, all seeds together; nil where a seed has none.
  var calibration: Calibration? { calibration(\.testTally.calibration) }

  /// The calibration of each condition that all seeds have one of.
  var conditionCalibrations: [String: Calibration] {
    let names = records.reduce(into: Set<String>()) { $0.formUnion($1.calibrations?.keys.sorted() ?? []) }
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in calibration { $0.calibrations?[name] }.map { (name, $0) } })
  }

  /// The sum of a calibration over seeds; nil where a seed lacks it.
  func calibration(_ of: (RunStore.Record) -> Calibration?) -> Calibration? {
    let all = records.compactMap(of)
    guard let first = all.first, all.count == records.count else { return nil }
    return all.dropFirst().reduce(into: first) { $0 += $1 }
  }
}
