import Harness
import Scenes

extension Report {
  /// All scores, tidy: one row a cell and seed; columns of test scores are `<protocol>_<score>`, others
  /// `<part>_<protocol>_<score>`, those under conditions `<condition>_<protocol>_<score>`.
  var cellsTable: Table {
    let protocols = groups[0].records[0].scores[.test]?.map(\.scoringProtocol) ?? []
    let conditions = Set(groups.flatMap(\.conditions.keys)).sorted()
    let names = ["mean_iou", "flat_iou", "mean_dice", "accuracy"]
    var keys = ["cell"] + groupColumns.flatMap(\.keys)
    keys += ["seed"] + (index.axes.contains("data.fold") ? ["fold"] : [])
    keys += ["build", "fit_seconds", "prediction_seconds", "parameters", "epochs", "best_epoch", "peak_bytes"]
    for part in [Part.test, .validation, .training] {
      for kind in protocols {
        let prefix = (part == .test ? "" : "\(part.rawValue)_") + kind.rawValue
        keys += (names + Self.furtherScores.map(\.name)).map { "\(prefix)_\($0)" }
        if part == .test { keys += classes.names(of: classes.scored(under: kind)).map { "\(prefix)_iou_\($0)" } }
      }
    }
    for condition in conditions { keys += names.map { "\(condition)_\(index.headline.rawValue)_\($0)" } }
    keys += Self.furtherFacts.map(\.name) + Self.calibrationKeys + conditions.map { "\($0)_ece" }
    let rows = groups.flatMap { group in
      group.records.enumerated().map { place, record -> [Table.Value] in
        let own = group.ownConditions[place]
        var row = identity(record, groupValues(group)) + scores(record, protocols)
        row += conditions.flatMap { Self.sums(own[$0]?.scores) }
        row += Self.furtherFacts.map { .score($0.value(group.cellFacts[place])) }
        row += Self.calibrations(record) + conditions.map { .score(record.calibrations?[$0]?.expectedError) }
        return row
      }
    }
    return Table(columns: keys.map { .init(title: $0, key: $0) }, rows: rows)
  }

  private func identity(_ record: RunStore.Record, _ values: [Table.Value]) -> [Table.Value] {
    let fit = record.fit
    return [.text(record.cell)] + values + [
      .whole(record.settings.seed)
    ] + (index.axes.contains("data.fold") ? [.text(record.settings.shown("data.fold").map { "\($0)" } ?? "–")] : []) + [
      .text(record.environment.build), .seconds(fit.seconds),
      .seconds(record.predictionSeconds), .whole(fit.parameters), .whole(fit.epochs), .whole(fit.bestEpoch),
      .bytes(fit.peakBytes),
    ]
  }

  private func scores(_ record: RunStore.Record, _ protocols: [ScoringProtocol]) -> [Table.Value] {
    [Part.test, .validation, .training].flatMap { part in
      protocols.flatMap { kind -> [Table.Value] in
        let scores = record.scores(part, kind)
        let ious = part == .test ? classes.scored(under: kind).indices.map { scores?.iou[$0] } : []
        return Self.sums(scores) + Self.furtherScores.map { .score(scores.flatMap($0.value)) }
          + ious.map { .score($0.flatMap { $0 }) }
      }
    }
  }

  private static func sums(_ scores: Scores?) -> [Table.Value] {
    [.score(scores?.meanIoU), .score(scores?.flatIoU), .score(scores?.meanDice), .score(scores?.accuracy)]
  }

  private static var furtherFacts: [(name: String, value: (PictureFacts) -> Double?)] {
    [
      ("mean_iou_by_picture", \.fineGrained.byPicture), ("mean_iou_by_picture_worst", \.fineGrained.worstByPicture),
      ("mean_iou_by_class", \.fineGrained.byClass), ("mean_iou_by_class_worst", \.fineGrained.worstByClass),
      ("boundary_mean_iou", \.boundaryIoU),
    ]
  }

  private static let calibrationKeys = ["ece", "overconfidence", "brier_score", "validation_ece"]

  private static func calibrations(_ record: RunStore.Record) -> [Table.Value] {
    let test = record.testTally.calibration
    return [
      .score(test?.expectedError), .score(test?.overconfidence), .score(test?.brierScore),
      .score(record.validationCalibration?.expectedError),
    ]
  }

  private static var furtherScores: [(name: String, value: (Scores) -> Double?)] {
    [
      ("frequency_weighted_iou", \.frequencyWeightedIoU), ("soft_flat_iou", \.softFlatIoU),
      ("soft_flat_dice", \.softFlatDice), ("mean_instance_iou", \.meanInstanceIoU),
    ]
  }
}
