import Foundation

/// How far the cells of an experiment are, as its folder tells: on any machine that sees it, whoever runs them.
package struct GridStatus {
  package enum State: Equatable, Sendable {
    case finished(meanIoU: Double?)
    /// By whom, as `host-process`.
    case running(String)
    /// Begun, not finished, and nobody is at it: the process was stopped, or is lost.
    case stopped
    case failed(String)
    case damaged(String)
    case notBegun
  }

  package struct Cell: Equatable, Sendable {
    package let name: String
    package let state: State
    /// Epochs trained, and those that it is to be trained for; nil for classifiers and before the first.
    package let epochs: (done: Int, planned: Int)?
    /// Seconds until the last epoch, by those that are done; an early stop ends it before.
    package let secondsLeft: Double?

    package static func == (a: Cell, b: Cell) -> Bool {
      (a.name, a.state, a.secondsLeft) == (b.name, b.state, b.secondsLeft)
        && a.epochs?.done == b.epochs?.done && a.epochs?.planned == b.epochs?.planned
    }
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
      guard begun.contains(cell) else { return Cell(name: cell, state: .notBegun, epochs: nil, secondsLeft: nil) }
      let state: State =
        switch try RunInventory.state(of: cell, in: store, index, digests) {
        case .finished(let meanIoU): .finished(meanIoU: meanIoU)
        case .running(let holder): .running(holder)
        case .unfinished: .stopped
        case .failed(let reason): .failed(reason)
        case .damaged(let reason): .damaged(reason)
        }
      let folder = store.folder(of: cell)
      guard let settings = try? RunStore.settings(of: folder), settings.architecture != nil,
        let epochs = try? EpochTable.read(folder)
      else { return Cell(name: cell, state: state, epochs: nil, secondsLeft: nil) }
      let isRunning = if case .running = state { true } else { false }
      let left = settings.training.epochs - epochs.count
      return Cell(
        name: cell, state: state, epochs: (epochs.count, settings.training.epochs),
        secondsLeft: isRunning && !epochs.isEmpty ? Double(left) * epochs.map(\.seconds).mean : nil)
    }
  }
}
