import Foundation

/// How far the cells of an experiment are, as its folder tells: on any machine that sees it, whoever runs them.
package struct GridStatus {
  /// Of a network's training, how many epochs it has come through, and is to come through at most.
  package struct Progress: Equatable, Sendable {
    package let done, planned: Int
  }

  package struct Cell: Equatable, Sendable {
    package let name: String
    /// Nil where it isn't begun.
    package let state: CellState?
    /// Nil for classifiers and before the first epoch.
    package let epochs: Progress?
    /// Seconds until the last epoch, by those that are done; an early stop ends it before.
    package let secondsLeft: Double?
  }

  /// The experiment's name.
  package let name: String
  /// The cells of the experiment, as it was last run.
  package let cells: [Cell]

  /// Looks at every cell of `store`; nothing is changed.
  ///
  /// - Throws: `HarnessError.noRun` for a folder without an experiment; errors of the experiment's own files.
  package init(_ store: RunStore) throws {
    name = try store.experiment().name
    let index = try store.index()
    let begun = try RunInventory.cellFolders(in: store.folder)
    let digests = store.digests
    cells = try index.cells.map { cell in
      guard begun.contains(cell) else { return Cell(name: cell, state: nil, epochs: nil, secondsLeft: nil) }
      let state = try RunInventory.state(of: cell, in: store, index, digests)
      let folder = store.folder(of: cell)
      guard let settings = try? RunStore.settings(of: folder), settings.architecture != nil,
        let epochs = try? EpochTable.read(folder)
      else { return Cell(name: cell, state: state, epochs: nil, secondsLeft: nil) }
      let left = settings.training.epochs - epochs.count
      return Cell(
        name: cell, state: state, epochs: Progress(done: epochs.count, planned: settings.training.epochs),
        secondsLeft: state.isRunning && !epochs.isEmpty ? Double(left) * epochs.map(\.seconds).mean : nil)
    }
  }
}
