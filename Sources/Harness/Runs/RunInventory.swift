import Foundation
import Settings
import Storage

/// What lies in the folder of an experiment's runs: its cells, and those that no longer belong to it.
package struct RunInventory {
  package struct Cell: Equatable, Sendable {
    package let name: String
    package let state: CellState
    /// Whether the experiment, as it was last run, has it.
    package let belongs: Bool
    /// What all of its files take on disk.
    package let bytes: Int
    /// What those take that only a training needs that goes on.
    package let stateBytes: Int
  }

  package let store: RunStore
  /// The experiment's name.
  package let name: String
  /// How many cells the experiment has, stored or not.
  package let plannedCount: Int
  /// Those of the experiment in its order, those that it lacks behind them, by name.
  package let cells: [Cell]

  /// Looks at every cell of `store`; nothing of them is changed.
  ///
  /// - Throws: `HarnessError.noRun` for a folder without an experiment; errors of the experiment's own files.
  package init(_ store: RunStore) throws {
    self.store = store
    name = try store.experiment().name
    let index = try store.index()
    plannedCount = index.cells.count
    let stored = try Self.cellFolders(in: store.folder)
    let own = Set(index.cells)
    let names = index.cells.filter(stored.contains) + stored.subtracting(own).sorted()
    let digests = store.digests
    cells = try names.map { name in
      let folder = store.folder(of: name)
      return Cell(
        name: name, state: try Self.state(of: name, in: store, index, digests), belongs: own.contains(name),
        bytes: Self.bytes(below: folder),
        stateBytes: Checkpoint.files(in: folder).reduce(0) { $0 + Self.bytes(of: $1) })
    }
  }

  /// The experiments below a folder of runs, by name; what holds none is passed over.
  package static func all(in runs: URL) throws -> [RunInventory] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: runs.path) else {
      throw HarnessError.noRun(folder: runs.path, reason: "it is not a readable folder")
    }
    return try names.sorted().map { RunStore(folder: runs.appendingPathComponent($0)) }
      .filter { FileManager.default.fileExists(atPath: $0.folder.appendingPathComponent("index.json").path) }
      .map(RunInventory.init)
  }

  /// The bytes of all cells.
  package var bytes: Int { cells.reduce(0) { $0 + $1.bytes } }

  /// The cell that `name` means: its whole name, or as much of its start as no other has.
  ///
  /// - Throws: `SettingError.unknown` with the nearest, `.invalid` with those that it could be.
  package func cell(_ name: String) throws -> Cell {
    let full = try cells.map(\.name).cell(named: name, setting: "cell")
    guard let cell = cells.first(where: { $0.name == full }) else { preconditionFailure("\(full) is no cell") }
    return cell
  }

  /// Removes a cell with all that it stored.
  ///
  /// - Throws: `HarnessError.inUse` where a process is at it; `StorageError.unwritable`.
  package func remove(_ cell: Cell) throws {
    try whileIdle(cell) { try Self.remove(store.folder(of: cell.name)) }
  }

  /// Removes what only a training needs that goes on, of a finished cell; scores, weights and predictions stay.
  ///
  /// - Throws: as `remove(_:)`.
  package func removeState(of cell: Cell) throws {
    guard cell.state.isFinished else { return }
    try whileIdle(cell) {
      for file in Checkpoint.files(in: store.folder(of: cell.name)) { try Self.remove(file) }
    }
  }

  private func whileIdle(_ cell: Cell, _ work: () throws -> Void) throws {
    guard let lock = try store.lock(cell.name) else {
      throw HarnessError.inUse(folder: store.folder(of: cell.name).path, holder: store.holder(of: cell.name))
    }
    try withExtendedLifetime(lock, work)
  }

  static func state(
    of cell: String, in store: RunStore, _ index: RunStore.Index, _ digests: FileDigests
  ) throws -> CellState {
    do {
      if let record = try store.record(of: cell) {
        if let fault = try store.fault(of: record, digests) { return .damaged(fault) }
        return .finished(meanIoU: record.scores(.test, index.headline)?.meanIoU)
      }
      guard try store.lock(cell) != nil else { return .running(store.holder(of: cell)) }
      return try store.failure(of: cell).map { .failed($0.reason) } ?? .stopped
    } catch let error as StorageError {
      return .damaged("\(error)")
    } catch let error as HarnessError {
      return .damaged("\(error)")
    }
  }

  /// The names of folders that are cells.
  static func cellFolders(in folder: URL) throws -> Set<String> {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return Set(
      names.filter { name in
        ["cell.json", "scores.json"].contains {
          FileManager.default.fileExists(atPath: folder.appendingPathComponent("\(name)/\($0)").path)
        }
      })
  }

  private static func bytes(below folder: URL) -> Int {
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return paths.reduce(0) { $0 + bytes(of: folder.appendingPathComponent($1)) }
  }

  /// The size of a file; 0 for folders.
  private static func bytes(of file: URL) -> Int {
    var status = stat()
    guard lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }

  private static func remove(_ file: URL) throws {
    do {
      try FileManager.default.removeItem(at: file)
    } catch {
      throw StorageError.unwritable(file: file.path, reason: "it can't be removed: \(error.localizedDescription)")
    }
  }
}
