import Foundation
import Settings
import Storage

/// The stored cells that an experiment, as it is now, doesn't have: what was trained before its settings or files changed.
struct EarlierCells {
  private struct Stored {
    let name: String
    let settings: CellSettings
    /// All that bears on its model, wherever its data lay.
    let values: [String: Setting]
  }

  private let store: RunStore
  private let stored: [Stored]

  /// Those of `store` beside `cells`. A folder whose settings can't be read is passed over.
  init(_ store: RunStore, beside cells: [Cell]) {
    self.store = store
    let names = ((try? RunInventory.cellFolders(in: store.folder)) ?? []).subtracting(cells.map(\.name))
    stored = names.sorted().compactMap { name in
      (try? RunStore.settings(of: store.folder(of: name))).map {
        Stored(name: name, settings: $0, values: $0.values(without: Cell.places))
      }
    }
  }

  var count: Int { stored.count }

  // MARK: More epochs

  /// A stored training that differs from a cell in being of fewer epochs alone.
  struct Shorter: Equatable {
    let cell: String
    let epochs: Int
    /// Why the cell can't go on from it; nil where it can.
    let obstacle: String?
  }

  /// The longest of the trainings that differ from `cell` in being of fewer epochs alone; nil where there is none.
  func shorter(than cell: Cell) -> Shorter? {
    guard cell.settings.architecture != nil, let canGoOn = try? cell.settings.training.canGoOn else { return nil }
    let epochs = cell.settings.training.epochs
    let shorter = stored.filter { earlier in
      let settings = earlier.settings
      guard settings.model == cell.settings.model, settings.seed == cell.settings.seed,
        settings.training.epochs < epochs,
        let longer = try? settings.with("training.epochs", .whole(epochs)),
        (try? Cell.fingerprint(longer, cell.contents)) == cell.fingerprint,
        let fingerprint = try? Cell.fingerprint(settings, cell.contents)
      else { return false }
      // Of the same pictures and weights, too.
      return Cell.fingerprint(in: earlier.name) == fingerprint
    }
    guard let longest = shorter.max(by: { $0.settings.training.epochs < $1.settings.training.epochs }) else {
      return nil
    }
    let obstacle: String? =
      if !canGoOn {
        "\(cell.settings.training.schedule) plans the step size by the number of epochs"
      } else if Checkpoint.files(in: store.folder(of: longest.name)).isEmpty {
        "its state isn't stored any more"
      } else {
        nil
      }
    return Shorter(cell: longest.name, epochs: longest.settings.training.epochs, obstacle: obstacle)
  }

  /// Gives a cell, whose lock is held, the state of a shorter training to go on from. The earlier one keeps its own.
  ///
  /// - Returns: whether it did; not where another process is at the earlier one.
  /// - Throws: `StorageError.unwritable`.
  func lend(_ shorter: Shorter, to cell: String) throws -> Bool {
    guard let lock = try store.lock(shorter.cell) else { return false }
    return try withExtendedLifetime(lock) {
      let (source, target) = (store.folder(of: shorter.cell), store.folder(of: cell))
      // The state comes last: without it nothing is gone on from.
      for file in [store.weights(of: shorter.cell)] + Checkpoint.files(in: source).reversed() {
        try Files.link(file, to: target.appendingPathComponent(file.lastPathComponent))
      }
      return true
    }
  }

  // MARK: What changed

  /// Why cells are trained though others like them are stored, by what changed since: how many cells, the most first.
  func changes(of cells: [Cell]) -> [(change: String, count: Int)] {
    var counts: [String: Int] = [:]
    for cell in cells {
      if let change = change(since: cell) { counts[change, default: 0] += 1 }
    }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  /// More settings than these make another cell, not a changed one.
  private static let mostChanges = 3

  /// What a cell differs in from the most similar stored one of its model, seed and fold.
  private func change(since cell: Cell) -> String? {
    let values = cell.settings.values(without: Cell.places)
    let differences = stored.compactMap { earlier -> [String]? in
      guard earlier.settings.model == cell.settings.model, earlier.settings.seed == cell.settings.seed,
        earlier.settings.data.fold == cell.settings.data.fold
      else { return nil }
      let before = earlier.values
      let changed = values.differences(from: before)
      // Another component has other settings, which no one changed.
      let own = changed.filter { key in !changed.contains { key.hasPrefix($0 + ".") } }
      return own.map { "\($0) \(before[$0] ?? .none) → \(values[$0] ?? .none)" }
    }
    guard let fewest = differences.min(by: { $0.count < $1.count }), fewest.count <= Self.mostChanges else {
      return nil
    }
    return fewest.isEmpty ? "other pictures, labels or weights" : fewest.joined(separator: ", ")
  }
}
