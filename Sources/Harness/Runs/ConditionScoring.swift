import Compute
import Foundation
import Scenes

extension Condition {
  /// The condition called `name`.
  ///
  /// - Throws: `HarnessError.unknown` with the nearest.
  public static func named(_ name: String) throws -> Condition {
    guard let condition = Condition(named: name) else {
      throw HarnessError.unknown(kind: "condition", name: name, known: all.map(\.name))
    }
    return condition
  }
}

extension RunStore.Record {
  /// Those of `wanted` that the model hasn't been scored under.
  func missing(of wanted: [Condition]) -> [Condition] {
    wanted.filter { conditions?[$0.name] == nil }
  }

  /// The scores of the test scenes under a condition and a protocol.
  func scores(under condition: Condition, _ scoringProtocol: ScoringProtocol) -> Scores? {
    let all = condition == .clean ? scores[.test] : conditions?[condition.name]
    return all?.first { $0.scoringProtocol == scoringProtocol }
  }
}

extension RunStore {
  /// The per-picture matrices of a cell's test scenes under a condition.
  func pictures(of cell: String, under condition: Condition) -> URL {
    folder(of: cell).appendingPathComponent(condition == .clean ? "pictures.csv" : "pictures-\(condition.name).csv")
  }
}

extension CellRunner {
  /// Scores a finished cell under those of `conditions` that its record lacks, with its model as stored, so that a
  /// condition that comes later costs no training. Per-picture matrices and the record are stored after each.
  ///
  /// - Throws: `HarnessError.noRun` where the stored model is gone, `.interrupted`; errors of data and files.
  @discardableResult
  func complete(_ record: RunStore.Record, under conditions: [Condition]) throws -> RunStore.Record {
    let missing = record.missing(of: conditions)
    guard !missing.isEmpty else { return record }
    var record = record
    let model = try TrainedModel(run: store.folder(of: record.cell))
    for (index, condition) in missing.enumerated() {
      let outcome = try Evaluation.score(
        model.segmenter, on: scenes.division.test, loader: scenes.loader, condition: condition,
        progress: { progress.update((Double(index) + $0) / Double(missing.count), "scoring under \(condition)") })
      try Files.write(PictureTable.csv(outcome.pictures), to: store.pictures(of: record.cell, under: condition))
      record.conditions = (record.conditions ?? [:]).merging([condition.name: Self.scores(outcome.tally)]) { $1 }
      try store.write(record)
    }
    FloatBuffer.releaseUnused()
    progress.end("scored under \(missing.map(\.name).joined(separator: ", "))")
    return record
  }
}
