import Foundation
import Scenes
import Settings

/// The stored runs of one experiment, or of several that are read as one: rows of one table, where their data and their
/// protocol are the same.
package struct MergedRuns {
  /// Finds the files of every cell and panel picture, whichever experiment they are of.
  package let store: RunStore
  package let experiment: Experiment
  package private(set) var index: RunStore.Index
  /// The experiments' own names, in order.
  package let experimentNames: [String]
  /// The same by cell.
  private let names: [String: String]

  /// Reads the experiments of `stores`, of which there is one at least. A training that several of them have counts once.
  ///
  /// - Throws: `HarnessError.notComparable` where two have other data or another protocol; errors of the experiments' own
  ///   files.
  package init(_ stores: [RunStore]) throws {
    precondition(!stores.isEmpty, "no experiment")
    let parts = try stores.map(Source.init)
    for other in parts.dropFirst() { try parts[0].requireSameData(as: other) }
    store = RunStore(folder: stores[0].folder, besides: Array(stores.dropFirst()))
    experiment = try Experiment(merging: parts.map(\.experiment))
    experimentNames = parts.map(\.experiment.name)
    let cells = Self.cells(of: parts)
    names = Dictionary(cells.map { ($0.name, $0.experiment) }) { first, _ in first }
    index =
      parts.count == 1 ? parts[0].index : Self.index(of: parts, cells: cells.map(\.name), select: experiment.select)
  }

  /// The same of some stored cells, which may be none of the experiments' as they were last run.
  package func of(cells: [String]) -> MergedRuns {
    var merged = self
    merged.index.cells = cells
    return merged
  }

  /// The name of the experiment that a cell is of.
  package func experimentName(of cell: String) -> String { names[cell] ?? experiment.name }

  /// What is stored of one experiment.
  private struct Source {
    let store: RunStore
    let experiment: Experiment
    let index: RunStore.Index
    /// By cell, those that are finished; a damaged one is for the report to name.
    let records: [String: RunStore.Record]

    init(_ store: RunStore) throws {
      self.store = store
      (experiment, index) = (try store.experiment(), try store.index())
      records = Dictionary(
        index.cells.compactMap { cell in (try? store.record(of: cell)).map { (cell, $0) } }, uniquingKeysWith: { $1 })
    }

    /// Where the files of cells with a fold and a number of training scenes are the same, so are their contents.
    private var contents: [[Int?]: Set<String>] {
      Dictionary(grouping: records.values) { [$0.settings.data.fold, $0.settings.data.train] }
        .mapValues { Set($0.map(\.environment.data)) }
    }

    func requireSameData(as other: Source) throws {
      func refuse(_ reason: String) -> HarnessError {
        .notComparable(first: store.folder.relativePath, second: other.store.folder.relativePath, reason: reason)
      }
      if let difference = index.difference(from: other.index) { throw refuse(difference) }
      for key in dataKeys.union(other.dataKeys).sorted() {
        let (own, others) = (values(of: key), other.values(of: key))
        guard own == others else {
          throw refuse("\(key) is \(own.joined(separator: ", ")) and \(others.joined(separator: ", "))")
        }
      }
      guard experiment.margin == other.experiment.margin else {
        throw refuse("their margins are \(experiment.margin) and \(other.experiment.margin)")
      }
      let (own, others) = (contents, other.contents)
      let common = Set(own.keys).intersection(others.keys)
      guard !common.isEmpty else {
        throw refuse(
          "no two of their cells had the same training scenes, by which it would show that their pictures are the same")
      }
      guard common.allSatisfy({ own[$0] == others[$0] }) else {
        throw refuse("their pictures, labels or parts are others")
      }
    }

    /// The settings of data that bear on scores and are the same in all cells of an experiment.
    private var dataKeys: Set<String> {
      Set(records.values.flatMap { $0.settings.values.keys }).filter { $0.hasPrefix("data.") }
        .subtracting(Cell.places + ["data.fold", "data.train"])
    }

    private func values(of key: String) -> [String] {
      Set(records.values.map { "\($0.settings.values[key] ?? .none)" }).sorted()
    }
  }

  /// The cells of all, each training once: that which is finished, where one is.
  private static func cells(of parts: [Source]) -> [(name: String, experiment: String)] {
    var places: [String: Int] = [:]
    var cells: [(name: String, experiment: String)] = []
    for part in parts {
      for cell in part.index.cells {
        let fingerprint = Cell.fingerprint(in: cell)
        guard let place = places[fingerprint] else {
          places[fingerprint] = cells.count
          cells.append((cell, part.experiment.name))
          continue
        }
        let isFinished = parts.contains { $0.records[cells[place].name] != nil }
        if !isFinished, part.records[cell] != nil { cells[place] = (cell, part.experiment.name) }
      }
    }
    return cells
  }

  private static func index(of parts: [Source], cells: [String], select: Experiment.Selection?) -> RunStore.Index {
    let (first, indices) = (parts[0].index, parts.map(\.index))
    let ranges = [Part.training, .validation, .test].map { part in
      (
        part,
        indices.map { $0.range(part) }.reduce(first.range(part)) {
          min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
        }
      )
    }
    let records = parts.flatMap { $0.records.values }
    let best = parts.compactMap { part in part.index.worst.flatMap { part.records[$0.cell] } }
      .bestByValidation(under: first.headline)
    return RunStore.Index(
      cells: cells, axes: axes(of: records.map(\.settings), indices.flatMap(\.axes)), select: select,
      headline: first.headline, classSet: first.classSet,
      sceneCounts: Dictionary(uniqueKeysWithValues: ranges.map { ($0, $1.upperBound) }),
      fewestScenes: ranges.allSatisfy { $1.count == 1 }
        ? nil : Dictionary(uniqueKeysWithValues: ranges.map { ($0, $1.lowerBound) }),
      skipped: indices.map(\.skipped).max() ?? 0, largestPicture: first.largestPicture,
      panel: first.panel.filter { name in indices.allSatisfy { $0.panel.contains(name) } }, citation: first.citation,
      division: first.division, testPictures: first.testPictures,
      worst: indices.compactMap(\.worst).first { $0.cell == best?.cell })
  }

  /// The axes of all, and what else tells cells of one model apart.
  private static func axes(of cells: [CellSettings], _ own: [String]) -> [String] {
    let models = Dictionary(grouping: cells, by: \.model).values
    return Schema.shared.keys.map(\.name).filter { key in
      if own.contains(key) { return true }
      // A loss' own settings stand with its name.
      guard !Cell.places.contains(key), !key.hasPrefix("loss.") else { return false }
      return models.contains { alike in Set(alike.map { $0.shown(key) }).count > 1 }
        || key == "model" && models.count > 1
    }
  }
}
