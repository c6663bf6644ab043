import Foundation
import Harness
import Scenes

extension StoredRun {
  /// A value of a run.
  package struct Metric: Equatable, Sendable {
    /// Such as `validation/mean_iou`, of letters, digits, spaces and `-_./`, which all trackers take.
    package let name: String
    /// The epoch that it is of; 0 of a classifier.
    package let step: Int
    /// In seconds since 1970.
    package let time: Double
    package let value: Double
  }

  /// What each epoch gave, the first first.
  package var epochMetrics: [[Metric]] {
    var time = start
    return epochs.map { epoch in
      time += epoch.seconds
      let values = [
        ("training/loss", epoch.loss), ("training/learning_rate", epoch.learningRate),
        ("training/epoch_seconds", epoch.seconds), ("validation/mean_iou", epoch.validationMeanIoU),
        ("validation/accuracy", epoch.validationAccuracy),
      ]
      return values.map { Metric(name: $0, step: epoch.epoch, time: time, value: $1) }
    }
  }

  /// The epoch whose weights were scored, 0 of a classifier.
  var scoredEpoch: Int { record?.fit.bestEpoch ?? 0 }

  /// Scores and costs of what was trained, at the epoch whose weights they are of; none until the run is finished.
  package var finalMetrics: [Metric] {
    guard let record else { return [] }
    var values: [(name: String, value: Double)] = []
    for part in [Part.training, .validation, .test] {
      for scores in record.scores[part] ?? [] { values += Self.values(scores, "\(part.rawValue)") }
    }
    for (condition, all) in (record.conditions ?? [:]).sorted(by: { $0.key < $1.key }) {
      for scores in all { values += Self.values(scores, "\(Part.test.rawValue)/\(condition)") }
    }
    values.append(("cost/fit_seconds", record.fit.seconds))
    values.append(("cost/prediction_seconds", record.predictionSeconds))
    if let frame = record.frame { values.append(("cost/frame_seconds", frame.seconds)) }
    if let parameters = record.fit.parameters { values.append(("cost/parameters", Double(parameters))) }
    if let bytes = record.fit.peakBytes { values.append(("cost/peak_bytes", Double(bytes))) }
    return values.map { Metric(name: Self.plain($0.name), step: scoredEpoch, time: end, value: $0.value) }
  }

  /// Scores under a protocol; those that are nil are left out.
  private static func values(_ scores: Scores, _ start: String) -> [(name: String, value: Double)] {
    let whole: [(String, Double?)] = [
      ("mean_iou", scores.meanIoU), ("mean_dice", scores.meanDice), ("accuracy", scores.accuracy),
      ("flat_iou", scores.flatIoU), ("frequency_weighted_iou", scores.frequencyWeightedIoU),
      ("soft_flat_iou", scores.softFlatIoU), ("soft_flat_dice", scores.softFlatDice),
      ("mean_instance_iou", scores.meanInstanceIoU),
    ]
    let classes = zip(scores.classes, scores.iou).map { ("iou/\($0)", $1) }
    return (whole + classes).compactMap { name, value in
      value.map { ("\(start)/\(scores.scoringProtocol.rawValue)/\(name)", $0) }
    }
  }

  /// A name whose other characters are written as `_2B_`, by the number of each, so that no two become one.
  package static func plain(_ name: String) -> String {
    name.unicodeScalars.map { scalar in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || " -_./".unicodeScalars.contains(scalar)
        ? String(scalar) : "_\(String(scalar.value, radix: 16, uppercase: true))_"
    }.joined()
  }
}
