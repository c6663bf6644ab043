import Compute
import Foundation
import Scenes
import Settings
import Storage

extension Condition {
  /// The condition called `name`.
  ///
  /// - Throws: `HarnessError.unknown` with the nearest.
  package static func named(_ name: String) throws -> Condition {
    guard let condition = Condition(named: name) else {
      throw SettingError.unknown(kind: "condition", name: name, known: all.map(\.name))
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
  package func scores(under condition: Condition, _ scoringProtocol: ScoringProtocol) -> Scores? {
    let all = condition == .clean ? scores[.test] : conditions?[condition.name]
    return all?.first { $0.scoringProtocol == scoringProtocol }
  }
}

extension RunStore {
  /// The per-picture matrices of a cell's test scenes under a condition.
  package func pictures(of cell: String, under condition: Condition) -> URL { table("pictures", cell, condition) }

  /// The per-picture instance sums beside them; there is no such file without instance ids.
  package func instances(of cell: String, under condition: Condition) -> URL { table("instances", cell, condition) }

  /// The per-picture sums of classes' boundaries beside them; runs of 0.1.0 have no such file.
  package func boundaries(of cell: String, under condition: Condition) -> URL { table("boundaries", cell, condition) }

  private func table(_ name: String, _ cell: String, _ condition: Condition) -> URL {
    folder(of: cell).appendingPathComponent(condition == .clean ? "\(name).csv" : "\(name)-\(condition.name).csv")
  }

  /// Stores the tables of a cell's test pictures.
  func write(
    _ pictures: [(name: String, tally: Tally)], of cell: String, _ classSet: ClassSet, under condition: Condition
  ) throws {
    try Files.write(PictureTable.csv(pictures, of: classSet), to: self.pictures(of: cell, under: condition))
    if let text = InstanceTable.csv(pictures, of: classSet) {
      try Files.write(text, to: instances(of: cell, under: condition))
    }
    if let text = BoundaryTable.csv(pictures, of: classSet) {
      try Files.write(text, to: boundaries(of: cell, under: condition))
    }
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
    let model = try StoredModel(run: store.folder(of: record.cell))
    for (index, condition) in missing.enumerated() {
      let outcome = try Evaluation.score(
        model.segmenter, on: scenes.split.test, loader: scenes.loader, condition: condition,
        progress: { progress.update((Double(index) + $0) / Double(missing.count), "scoring under \(condition)") })
      try store.write(outcome.pictures, of: record.cell, scenes.classSet, under: condition)
      record.conditions = (record.conditions ?? [:]).merging([condition.name: scores(outcome.tally)]) { $1 }
      if let calibration = outcome.tally.calibration {
        record.calibrations = (record.calibrations ?? [:]).merging([condition.name: calibration]) { $1 }
      }
      try store.write(record)
    }
    FloatBuffer.releaseUnused()
    progress.end("scored under \(missing.map(\.name).joined(separator: ", "))")
    return record
  }
}
