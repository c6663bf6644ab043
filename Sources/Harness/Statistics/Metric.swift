import Scenes

/// A hard score that follows from a confusion matrix alone, so that it can be taken of any resample of pictures.
package enum Metric: Hashable, Sendable {
  case meanIoU, flatIoU, meanDice, accuracy
  case iou(Category)

  /// All of them under a protocol: the four sums first, then the IoU of each category.
  package static func all(under scoringProtocol: ScoringProtocol) -> [Metric] {
    [.meanIoU, .flatIoU, .meanDice, .accuracy] + scoringProtocol.categories.map(Metric.iou)
  }

  /// Its value in `scores`; nil where it is 0/0.
  package func value(in scores: Scores) -> Double? {
    switch self {
    case .meanIoU: scores.meanIoU
    case .flatIoU: scores.flatIoU
    case .meanDice: scores.meanDice
    case .accuracy: scores.accuracy
    case .iou(let category):
      scores.scoringProtocol.categories.firstIndex(of: category).flatMap { scores.iou[$0] }
    }
  }
}
