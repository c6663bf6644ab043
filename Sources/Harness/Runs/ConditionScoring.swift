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

  /// The condition that an experiment names: weather, or a section of a name and a folder of pictures.
  ///
  /// - Throws: `SettingError`.
  init(setting: Setting) throws {
    guard case .section(let section) = setting else {
      self = try Self.named("\(setting)")
      return
    }
    let known = ["name", "pictures"]
    if let other = section.keys.sorted().first(where: { !known.contains($0) }) {
      throw SettingError.unknown(kind: "setting of a condition", name: other, known: known)
    }
    guard let name = section["name"], case .text(let folder)? = section["pictures"] else {
      throw SettingError.invalid(
        setting: "conditions", value: setting.yaml,
        bound: "weather such as fog-3, or {name: frost, pictures: FOLDER} for pictures that another program made")
    }
    guard let condition = Condition(name: "\(name)", folder: folder) else {
      throw SettingError.invalid(
        setting: "the name of a condition", value: "'\(name)'",
        bound: "up to 40 letters, digits, dots, dashes and underscores, and not weather of segbench's own")
    }
    self = condition
  }

  /// What an experiment would name it as.
  var setting: Setting {
    folder.map { .section(["name": .text(name), "pictures": .text($0)]) } ?? .text(name)
  }

  /// The condition with the file of each of `entries`, all of which were read.
  ///
  /// - Throws: `HarnessError` where one is missing or unclear; `ScenesError` where one is damaged or of another size than
  ///   the scene's own picture.
  func found(for entries: [SceneEntry], of dataset: Dataset, _ digests: FileDigests) throws -> Condition {
    guard let folder else { return self }
    let found = try SceneFiles(
      .picture, in: Dataset.folder(folder), of: entries.map(\.name),
      among: dataset.splits.values.flatMap { $0.map(\.name) })
    let lines = try Parallel.map(entries.count) { index -> String in
      let (entry, file) = (entries[index], found.files[index])
      let own = try entry.files.first.map(PictureFile.size) ?? entry.load().picture.size
      let data = try Files.read(file, limit: PNG.byteLimit)
      let size = try PictureFile.verifiedSize(data, file: file.path)
      guard size == own else {
        throw ScenesError.badPicture(
          file: file.path, reason: "it is \(size), but the picture of \(entry.name) that it stands for is \(own)")
      }
      return "\(entry.name) \(try digests.digest(of: file, reading: { _ in data }))"
    }
    return showing(
      Dictionary(uniqueKeysWithValues: zip(entries.map(\.key), found.files)),
      contents: Checksum.digits(of: Data(lines.joined(separator: "\n").utf8)))
  }
}

extension RunStore.Record {
  /// Those of `wanted` that the model hasn't been scored under, or with other pictures than now lie in their folder.
  func missing(of wanted: [Condition]) -> [Condition] {
    wanted.filter { conditions?[$0.name] == nil || conditionContents?[$0.name] != $0.contents }
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

  /// Where a cell's predictions for the test scenes under a condition lie: for all of them in clear weather, else for
  /// those that figures show.
  package func predictions(of cell: String, under condition: Condition) -> URL {
    folder(of: cell).appendingPathComponent(Self.name("predictions", condition))
  }

  /// The picture of a scene that figures show, as models see it under a condition.
  package func panelPicture(_ scene: String, under condition: Condition) -> URL {
    found("panel/\(scene)_\(Self.name("picture", condition)).png")
  }

  private func table(_ name: String, _ cell: String, _ condition: Condition) -> URL {
    folder(of: cell).appendingPathComponent("\(Self.name(name, condition)).csv")
  }

  /// What belongs to a condition has its name behind its own; that of clear weather has none.
  static func name(_ name: String, _ condition: Condition) -> String {
    condition == .clean ? name : "\(name)-\(condition.name)"
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
  /// Scores a finished cell under those of the scenes' conditions that its record lacks, with its model as stored, so that a
  /// condition that comes later costs no training. Per-picture matrices and the record are stored after each.
  ///
  /// - Throws: `HarnessError.noRun` where the stored model is gone, `.interrupted`; errors of data and files.
  @discardableResult
  func complete(_ record: RunStore.Record) throws -> RunStore.Record {
    let missing = record.missing(of: scenes.conditions)
    guard !missing.isEmpty else { return record }
    var record = record
    progress.restart()
    let model = try StoredModel(run: store.folder(of: record.cell))
    for (index, condition) in missing.enumerated() {
      let outcome = try Evaluation.score(
        model.segmenter, on: scenes.split.test, loader: scenes.loader, condition: condition,
        progress: { progress.update((Double(index) + $0) / Double(missing.count), "scoring under \(condition)") },
        visit: { entry, prediction in
          if panel.contains(entry.name) { try export(prediction, of: entry, to: record.cell, under: condition) }
        })
      try store.write(outcome.pictures, of: record.cell, scenes.classSet, under: condition)
      if let contents = condition.contents {
        record.conditionContents = (record.conditionContents ?? [:]).merging([condition.name: contents]) { $1 }
      }
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
