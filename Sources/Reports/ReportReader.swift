import Compute
import Foundation
import Harness
import Scenes
import Settings
import Storage

/// Reads an experiment's finished cells and reduces each to what reports need, one after another: per-picture matrices
/// are held of one cell at a time, so memory doesn't grow with the number of pictures.
struct ReportReader {
  private let store: RunStore
  private let index: RunStore.Index
  private let axes: [String]
  private let bootstrap = Bootstrap()
  /// The pictures of the first cell: paired differences need the same ones everywhere.
  private var pictures: [String]?
  private(set) var absent: [AbsentCell] = []

  init(_ store: RunStore, _ index: RunStore.Index) {
    (self.store, self.index) = (store, index)
    axes = index.groupAxes
  }

  /// What one cell is reduced to.
  private struct Reduced {
    let record: RunStore.Record
    let replicates: Replicates
    let borders: (scores: Scores, replicates: Replicates)?
    let conditions: [String: (scores: Scores, replicates: Replicates)]
    let epochs: [Epoch]?
    let facts: PictureFacts
  }

  /// The groups of finished cells, in the order of the experiment. Cells that aren't there or can't be trusted are
  /// gathered in `absent`.
  mutating func groups() -> [Group] {
    var order: [[String: Setting]] = []
    var records: [[String: Setting]: [RunStore.Record]] = [:]
    for cell in index.cells {
      guard let record = record(of: cell) else { continue }
      let key = record.settings.values(without: ["seed"])
      if records[key] == nil { order.append(key) }
      records[key, default: []].append(record)
    }
    let groups = order.compactMap { key in
      group((records[key] ?? []).sorted { $0.settings.seed < $1.settings.seed }.compactMap { reduce($0) })
    }
    let differing = Dictionary(grouping: groups, by: \.model).mapValues { alike in
      axes.indices.filter { axis in Set(alike.map { $0.axisValues[axis] }).count > 1 }
    }
    return groups.map { group in
      var group = group
      group.ownValues = differing[group.model, default: []].compactMap { group.axisValues[$0] }
      return group
    }
  }

  private mutating func record(of cell: String) -> RunStore.Record? {
    do {
      if let record = try store.record(of: cell) { return record }
      let reason = try store.failure(of: cell)?.reason
      absent.append(AbsentCell(cell: cell, state: reason == nil ? .unfinished : .failed, reason: reason ?? ""))
    } catch {
      absent.append(AbsentCell(cell: cell, state: .damaged, reason: described(error)))
    }
    return nil
  }

  private mutating func reduce(_ record: RunStore.Record) -> Reduced? {
    do {
      let folder = store.folder(of: record.cell)
      let table = try pictures(
        store.pictures(of: record.cell, under: .clean), instances: store.instances(of: record.cell, under: .clean))
      for (scoringProtocol, sums) in record.testTally.sums where table.totals[scoringProtocol] != sums.confusion {
        throw StorageError.malformed(
          file: folder.appendingPathComponent("pictures.csv").path,
          reason: "its pictures don't sum to the tally of scores.json under protocol \(scoringProtocol.rawValue)")
      }
      guard record.scores(.test, index.headline) != nil else {
        throw StorageError.malformed(
          file: folder.appendingPathComponent("scores.json").path,
          reason: "no test scores under protocol \(index.headline.rawValue)")
      }
      return Reduced(
        record: record, replicates: bootstrap.replicates(of: table.sums, of: index.classes, under: index.headline),
        borders: borders(record, table),
        conditions: try conditions(record, folder),
        epochs: record.fit.epochs == nil ? nil : try EpochTable.read(folder),
        facts: PictureFacts(
          table,
          boundaries: try BoundaryTable.read(
            store.boundaries(of: record.cell, under: .clean), pictures: table.names, of: index.classes), index))
    } catch {
      absent.append(AbsentCell(cell: record.cell, state: .damaged, reason: described(error)))
      return nil
    }
  }

  /// How the cell scored near borders. Only the mean IoU is compared there.
  private func borders(_ record: RunStore.Record, _ table: PictureTable) -> (scores: Scores, replicates: Replicates)? {
    guard let scores = record.scores(.test, .borders), table.borderSums.pictureCount == table.names.count else {
      return nil
    }
    return (scores, bootstrap.replicates(of: table.borderSums, of: index.classes, under: .borders).keeping([.meanIoU]))
  }

  /// A table of per-picture matrices of the pictures that all cells share.
  private mutating func pictures(_ file: URL, instances: URL? = nil) throws -> PictureTable {
    let table = try PictureTable(contentsOf: file, instances: instances, of: index.classes, under: index.headline)
    if pictures == nil { pictures = table.names }
    guard table.names == pictures else {
      throw StorageError.malformed(file: file.path, reason: "its pictures aren't those of the other cells")
    }
    return table
  }

  /// What the cell scored under other conditions: `pictures-<condition>.csv`.
  private mutating func conditions(
    _ record: RunStore.Record, _ folder: URL
  ) throws -> [String: (scores: Scores, replicates: Replicates)] {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    var found: [String: (scores: Scores, replicates: Replicates)] = [:]
    for file in files where file.pathExtension == "csv" && file.lastPathComponent.hasPrefix("pictures-") {
      let table = try pictures(file)
      guard let total = table.totals[index.headline] else { continue }
      let scores = Scores(
        confusion: total, pictures: table.names.count, of: index.classes, under: index.headline)
      // Of a condition only the mean IoU is compared.
      let replicates = bootstrap.replicates(of: table.sums, of: index.classes, under: index.headline).keeping([.meanIoU]
      )
      found[String(file.deletingPathExtension().lastPathComponent.dropFirst("pictures-".count))] = (scores, replicates)
    }
    return found
  }

  private func group(_ cells: [Reduced]) -> Group? {
    guard let first = cells.first else { return nil }
    let names = first.conditions.keys.filter { name in cells.allSatisfy { $0.conditions[name] != nil } }
    let conditions = names.map { name in
      (
        name,
        SeededScores(
          cells.compactMap { cell in
            cell.conditions[name].map { (cell.record.settings.seed, $0.scores, $0.replicates) }
          })
      )
    }
    let headline = index.headline
    let borders = cells.compactMap { cell in
      cell.borders.map { (cell.record.settings.seed, $0.scores, $0.replicates) }
    }
    return Group(
      records: cells.map(\.record), axisValues: axisValues(first.record.settings),
      scores: SeededScores(
        cells.compactMap { cell in
          cell.record.scores(.test, headline).map { (cell.record.settings.seed, $0, cell.replicates) }
        }),
      borders: borders.count == cells.count ? SeededScores(borders) : nil,
      conditions: Dictionary(uniqueKeysWithValues: conditions),
      largestPicture: first.record.settings.data.size.common ?? index.largestPicture,
      epochs: cells.compactMap(\.epochs), facts: cells.map(\.facts))
  }

  private func axisValues(_ settings: CellSettings) -> [String?] {
    axes.map { axis in settings.shown(axis).map { "\($0)" } }
  }

  /// What went wrong, with files named from the experiment's folder on, so that it reads the same everywhere.
  private func described(_ error: any Error) -> String {
    "\(error)".replacingOccurrences(of: store.folder.path + "/", with: "")
  }
}
