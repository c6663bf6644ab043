import Foundation
import Harness
import Scenes
import Settings
import Storage

/// Reads an experiment's finished cells and reduces each training to what reports need, one after another: per-picture
/// matrices are held of one training at a time, so memory doesn't grow with the number of pictures.
struct ReportReader {
  private let store: RunStore
  private let index: RunStore.Index
  /// Those of all models together, which stand for what each cell's record has; nil where one is missing.
  private(set) var frameTimes: FrameTimes?
  private let axes: [String]
  /// The pictures of all cells: paired differences need the same ones everywhere.
  private(set) var test: TestOrder?
  /// A cell that was scored under each condition of a folder, by the cells' data and the condition, and the pictures it was
  /// scored with.
  private var conditionContents: [[String]: (cell: String, contents: String)] = [:]
  /// How many trainings of each kind of cell were given up.
  private var failures: [[String: Setting]: Int] = [:]
  /// The contents of encoders' first weights by their path, or the path where no record tells them.
  private var encoderContents: [String: String] = [:]
  private(set) var absent: [AbsentCell] = []

  init(_ store: RunStore, _ index: RunStore.Index, _ frameTimes: FrameTimes?) {
    (self.store, self.index, self.frameTimes) = (store, index, frameTimes)
    axes = index.groupAxes
    test = index.testPictures.map(TestOrder.init)
  }

  /// What a cell tells of itself, and how it scored each of its test pictures.
  private struct Tested {
    let record: RunStore.Record
    let clean: PictureTable
    /// By the name of the condition.
    let conditions: [String: PictureTable]
    let epochs: [Epoch]?
    let boundaries: PictureSums?
  }

  /// What the cells of one seed are reduced to: one, or one a fold.
  private struct Training {
    let records: [RunStore.Record]
    let scores: TrainingScores
    let borders: TrainingScores?
    let boundaries: TrainingScores?
    let confusions: [Confusion: TrainingScores]
    let conditions: [String: TrainingScores]
    /// Those of each cell by itself.
    let ownConditions: [[String: ConditionFacts]]
    /// What pictures tell beside the scores: of all folds together, and of each cell by itself.
    let facts: PictureFacts
    let cellFacts: [PictureFacts]
    let epochs: [[Epoch]]
  }

  /// The groups of finished cells, in the order of the experiment. Cells that aren't there or can't be trusted are
  /// gathered in `absent`.
  mutating func groups() -> [Group] {
    var found = index.cells.compactMap { record(of: $0) }
    if let times = frameTimes?.cells, found.allSatisfy({ times[$0.cell] != nil }) {
      for place in found.indices { found[place].frame = times[found[place].cell] }
    } else {
      frameTimes = nil
    }
    for record in found {
      guard let path = record.settings.encoder.weights else { continue }
      encoderContents[path] = record.contents?.encoder ?? encoderContents[path] ?? path
    }
    var order: [[String: Setting]] = []
    var records: [[String: Setting]: [RunStore.Record]] = [:]
    for record in found {
      let kind = kind(of: record)
      if records[kind] == nil { order.append(kind) }
      records[kind, default: []].append(record)
    }
    let groups = order.compactMap { kind -> Group? in
      let bySeed = Dictionary(grouping: records[kind] ?? [], by: \.settings.seed)
      let trainings = bySeed.sorted { $0.key < $1.key }.compactMap { training($0.value) }
      return group(trainings, kind)
    }
    let telling = Dictionary(grouping: groups, by: \.model).mapValues { Self.tellingAxes($0.map(\.axisValues)) }
    let labelled = groups.enumerated().map { place, group in
      var group = group
      group.place = place
      group.failedCount = failures[Self.kind(of: group.settings)] ?? 0
      group.ownValues = telling[group.model, default: []].compactMap { axis in
        group.axisValues[axis].map { index.shown(axes[axis], $0) }
      }
      return group
    }
    return Self.distinguished(labelled)
  }

  /// The places of the axes that tell rows of a model apart: from the last on, what the others make up for is left out,
  /// such as a learning rate that goes with a loss.
  private static func tellingAxes(_ rows: [[String?]]) -> [Int] {
    func kinds(_ axes: [Int]) -> Int { Set(rows.map { row in axes.map { row[$0] } }).count }
    let all = Array(rows[0].indices)
    return all.reversed().reduce(all) { axes, axis in
      let fewer = axes.filter { $0 != axis }
      return kinds(fewer) == kinds(axes) ? fewer : axes
    }
  }

  /// What is equal for trainings of one kind, whatever their seed and fold, and wherever the same data and weights lay.
  private func kind(of record: RunStore.Record) -> [String: Setting] {
    var kind = Self.kind(of: record.settings)
    if let path = record.settings.encoder.weights {
      kind["encoder.weights"] = .text(record.contents?.encoder ?? encoderContents[path] ?? path)
    }
    return kind
  }

  private static func kind(of settings: CellSettings) -> [String: Setting] {
    settings.values(without: RunStore.Index.replicateAxes + Cell.places)
  }

  /// The groups with labels that no two share: where the axes don't tell some apart, all that differs does.
  private static func distinguished(_ groups: [Group]) -> [Group] {
    var groups = groups
    for alike in Dictionary(grouping: groups.indices, by: { groups[$0].label }).values where alike.count > 1 {
      let keys = Set(alike.flatMap { groups[$0].kind.keys }).sorted()
      for key in keys where Set(alike.map { groups[$0].kind[key] }).count > 1 {
        for place in alike { groups[place].ownValues.append("\(key)=\(groups[place].kind[key] ?? .none)") }
      }
    }
    return groups
  }

  private mutating func record(of cell: String) -> RunStore.Record? {
    do {
      if let record = try store.record(of: cell) { return record }
      let failure = try store.failure(of: cell)
      if let failure { failures[Self.kind(of: failure.settings), default: 0] += 1 }
      let reason = failure?.reason
      absent.append(AbsentCell(cell: cell, state: reason == nil ? .unfinished : .failed, reason: reason ?? ""))
    } catch {
      absent.append(AbsentCell(cell: cell, state: .damaged, reason: described(error)))
    }
    return nil
  }

  // MARK: One training

  /// The training of one seed; nil where a fold of it is missing or damaged, without which it isn't tested on all pictures.
  private mutating func training(_ records: [RunStore.Record]) -> Training? {
    let cells = records.compactMap { tested($0) }
    guard cells.count == records.count, let test, let first = cells.first else { return nil }
    let order = test.order(of: cells.flatMap(\.clean.names))
    guard let order else {
      absent += records.map {
        AbsentCell(cell: $0.cell, state: .unfinished, reason: "other folds of its seed are missing")
      }
      return nil
    }
    let headline = index.headline
    func scores(
      _ tables: [PictureTable], _ kind: ScoringProtocol, _ sums: KeyPath<PictureTable, PictureSums>, all: Bool
    ) -> TrainingScores? {
      guard let total = tables.total(kind) else { return nil }
      let pictures = tables.map { $0[keyPath: sums] }.reduce(into: PictureSums(classCount: index.classes.count)) {
        $0 += $1
      }
      guard pictures.pictureCount == order.count else { return nil }
      // Instances and soft sums are not in the matrices.
      let own = all && tables.count == 1 ? first.record.scores(.test, kind) : nil
      return TrainingScores(
        seed: first.record.settings.seed,
        scores: own ?? Scores(confusion: total, pictures: order.count, of: index.classes, under: kind),
        sums: pictures.pictures(order), metrics: all ? nil : [.meanIoU], of: index.classes, design: test.design)
    }
    let clean = cells.map(\.clean)
    guard let own = scores(clean, headline, \.sums, all: true) else { return nil }
    let facts = cells.map { self.facts([$0]) }
    let conditions = Set(first.conditions.keys).filter { name in cells.allSatisfy { $0.conditions[name] != nil } }
    return Training(
      records: cells.map(\.record), scores: own,
      borders: cells.allSatisfy { $0.record.scores(.test, .borders) != nil }
        ? scores(clean, .borders, \.borderSums, all: false) : nil,
      boundaries: boundaries(of: cells, order, test.design),
      confusions: confusions(of: clean, order, first, test.design),
      conditions: Dictionary(
        uniqueKeysWithValues: conditions.compactMap { name in
          scores(cells.compactMap { $0.conditions[name] }, headline, \.sums, all: false).map { (name, $0) }
        }),
      ownConditions: cells.map { cell in cell.conditions.compactMapValues { ConditionFacts($0, index) } },
      facts: cells.count == 1 ? facts[0] : self.facts(cells), cellFacts: facts,
      epochs: cells.compactMap(\.epochs))
  }

  /// The Boundary IoU; nil where a cell's boundaries weren't stored.
  private func boundaries(of cells: [Tested], _ order: [Int], _ design: PictureDesign) -> TrainingScores? {
    let all = cells.compactMap(\.boundaries)
    guard all.count == cells.count, let seed = cells.first?.record.settings.seed else { return nil }
    return scores(ofSums: all, .meanIoU, seed: seed, order, design)
  }

  /// The confusions that claims are about: the accuracy of each is the share.
  private func confusions(
    of tables: [PictureTable], _ order: [Int], _ first: Tested, _ design: PictureDesign
  ) -> [Confusion: TrainingScores] {
    Dictionary(
      uniqueKeysWithValues: (tables.first?.confusions ?? [:]).keys.map { confusion in
        let sums = tables.compactMap { $0.confusions[confusion] }
        return (confusion, scores(ofSums: sums, .accuracy, seed: first.record.settings.seed, order, design))
      })
  }

  /// One score of the sums of cells, each of a fold.
  private func scores(
    ofSums all: [PictureSums], _ metric: Metric, seed: Int, _ order: [Int], _ design: PictureDesign
  ) -> TrainingScores {
    let sums = all.reduce(into: PictureSums(classCount: index.classes.count)) { $0 += $1 }
    return TrainingScores(
      seed: seed,
      scores: Scores(
        confusion: sums.total(void: index.classes.void), pictures: order.count, of: index.classes, under: .withoutVoid),
      sums: sums.pictures(order), metrics: [metric], of: index.classes, design: design)
  }

  /// What the pictures of cells, each of a fold, tell together.
  private func facts(_ cells: [Tested]) -> PictureFacts {
    let boundaries = cells.compactMap(\.boundaries)
    let empty = PictureSums(classCount: index.classes.count)
    return PictureFacts(
      cells.map(\.clean.sums).reduce(into: empty) { $0 += $1 }, names: cells.flatMap(\.clean.names),
      boundaries: boundaries.count == cells.count ? boundaries.reduce(into: empty) { $0 += $1 } : nil, index)
  }

  private mutating func tested(_ record: RunStore.Record) -> Tested? {
    do {
      let folder = store.folder(of: record.cell)
      let table = try pictures(
        store.pictures(of: record.cell, under: .clean), instances: store.instances(of: record.cell, under: .clean))
      for (scoringProtocol, sums) in record.testTally.sums where table.totals[scoringProtocol] != sums.confusion {
        throw StorageError.malformed(
          file: folder.appendingPathComponent("pictures.csv").path,
          reason: "its pictures don't sum to the tally of scores.json under protocol \(scoringProtocol.rawValue)")
      }
      try checkContents(of: record)
      guard record.scores(.test, index.headline) != nil else {
        throw StorageError.malformed(
          file: folder.appendingPathComponent("scores.json").path,
          reason: "no test scores under protocol \(index.headline.rawValue)")
      }
      return Tested(
        record: record, clean: table, conditions: try conditions(folder),
        epochs: record.fit.epochs == nil ? nil : try EpochTable.read(folder),
        boundaries: try BoundaryTable.read(
          store.boundaries(of: record.cell, under: .clean), pictures: table.names, of: index.classes))
    } catch {
      absent.append(AbsentCell(cell: record.cell, state: .damaged, reason: described(error)))
      return nil
    }
  }

  /// Checks that a cell saw the same pictures as the others under each condition whose pictures lie in a folder.
  private mutating func checkContents(of record: RunStore.Record) throws {
    for (name, contents) in record.conditionContents ?? [:] {
      let key = [record.environment.data, name]
      let other = conditionContents[key] ?? (record.cell, contents)
      conditionContents[key] = other
      guard other.contents == contents else {
        throw StorageError.malformed(
          file: store.folder(of: record.cell).appendingPathComponent("pictures-\(name).csv").path,
          reason:
            "it was scored under \(name) with other pictures than \(other.cell); compare scores again what changed")
      }
    }
  }

  /// A table of per-picture matrices of pictures that all cells share.
  private mutating func pictures(_ file: URL, instances: URL? = nil) throws -> PictureTable {
    let table = try PictureTable(
      contentsOf: file, instances: instances, of: index.classes, under: index.headline,
      confusions: Claim.confusions(of: index.classes))
    let known = test ?? TestOrder(names: table.names, citation: index.citation)
    test = known
    guard known.holds(table.names) else {
      throw StorageError.malformed(file: file.path, reason: "its pictures aren't those of the other cells")
    }
    return table
  }

  /// What the cell scored under other conditions: `pictures-<condition>.csv`.
  private mutating func conditions(_ folder: URL) throws -> [String: PictureTable] {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    var found: [String: PictureTable] = [:]
    for file in files where file.pathExtension == "csv" && file.lastPathComponent.hasPrefix("pictures-") {
      found[String(file.deletingPathExtension().lastPathComponent.dropFirst("pictures-".count))] = try pictures(file)
    }
    return found
  }

  // MARK: One group

  private func group(_ trainings: [Training], _ kind: [String: Setting]) -> Group? {
    guard let test, let first = trainings.first, let record = first.records.first else { return nil }
    let settings = record.settings
    let hasChance = (try? Estimators.named(settings.model).hasChance(settings)) ?? true
    func seeded(_ scores: (Training) -> TrainingScores?) -> SeededScores? {
      let all = trainings.compactMap(scores)
      guard all.count == trainings.count else { return nil }
      return SeededScores(model: settings.model, hasChance: hasChance, all, design: test.design)
    }
    guard let scores = seeded(\.scores) else { return nil }
    let names = Set(trainings.flatMap(\.conditions.keys))
    return Group(
      records: trainings.flatMap(\.records), kind: kind, axisValues: axisValues(settings), scores: scores,
      borders: seeded(\.borders), boundaries: seeded(\.boundaries),
      confusions: Dictionary(
        uniqueKeysWithValues: first.confusions.keys.compactMap { key in seeded { $0.confusions[key] }.map { (key, $0) }
        }),
      conditions: Dictionary(
        uniqueKeysWithValues: names.compactMap { name in seeded { $0.conditions[name] }.map { (name, $0) } }),
      ownConditions: trainings.flatMap(\.ownConditions),
      weightsName: weightsName(settings), largestPicture: settings.data.size.common ?? index.largestPicture,
      epochs: trainings.flatMap(\.epochs), facts: trainings.map(\.facts), cellFacts: trainings.flatMap(\.cellFacts))
  }

  private func axisValues(_ settings: CellSettings) -> [String?] {
    axes.map { axis in
      // Without augmentation its policy is none of the row's.
      if axis == Report.policy, settings.augmentation.name == "none" { return nil }
      let file = axis == "encoder.weights" ? weightsName(settings) : nil
      return file ?? settings.shown(axis).map { "\($0)" }
    }
  }

  /// The file of an encoder's first weights, with as many folders as tell it from files of other weights; nil of none.
  private func weightsName(_ settings: CellSettings) -> String? {
    guard let path = settings.encoder.weights else { return nil }
    let parts = path.split(separator: "/")
    let others = encoderContents.filter { $0.value != encoderContents[path] }.keys.map { $0.split(separator: "/") }
    let count = (1...max(1, parts.count)).first { count in
      !others.contains { $0.suffix(count).elementsEqual(parts.suffix(count)) }
    }
    return parts.suffix(count ?? parts.count).joined(separator: "/")
  }

  /// What went wrong, with files named from the experiment's folder on, so that it reads the same everywhere.
  private func described(_ error: any Error) -> String {
    "\(error)".replacingOccurrences(of: store.folder.path + "/", with: "")
  }
}

extension [PictureTable] {
  /// The matrices of all pictures of all tables under a protocol; nil where one has none.
  fileprivate func total(_ scoringProtocol: ScoringProtocol) -> ConfusionMatrix? {
    let all = compactMap { $0.totals[scoringProtocol] }
    guard all.count == count, let first = all.first else { return nil }
    return all.dropFirst().reduce(into: first) { $0 += $1 }
  }
}
