import Scenes

/// A hard score that follows from sums over pictures alone, so that it can be taken of any resample of pictures.
package enum Metric: Hashable, Sendable {
  case meanIoU, flatIoU, meanDice, accuracy
  /// Of the class of that name.
  case iou(String)
  /// Instance-weighted: the mean over the classes that have instances, and that of one of them.
  case meanInstanceIoU
  case instanceIoU(String)

  /// All of them under a protocol: the four sums first, then the IoU of each class, then those of instances.
  package static func all(
    of classSet: ClassSet, under scoringProtocol: ScoringProtocol, hasInstances: Bool
  ) -> [Metric] {
    let names = classSet.names
    let instances =
      hasInstances ? [.meanInstanceIoU] + classSet.withInstances.map { Metric.instanceIoU(names[$0]) } : []
    return [.meanIoU, .flatIoU, .meanDice, .accuracy]
      + scoringProtocol.classes(of: classSet).map { .iou(names[$0]) } + instances
  }

  /// Its value in `scores`; nil where it is 0/0.
  package func value(in scores: Scores) -> Double? {
    switch self {
    case .meanIoU: scores.meanIoU
    case .flatIoU: scores.flatIoU
    case .meanDice: scores.meanDice
    case .accuracy: scores.accuracy
    case .iou(let name): scores.classes.firstIndex(of: name).flatMap { scores.iou[$0] }
    case .meanInstanceIoU: scores.meanInstanceIoU
    case .instanceIoU(let name): scores.instanceClasses.firstIndex(of: name).flatMap { scores.instanceIoU[$0] }
    }
  }
}
