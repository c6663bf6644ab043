import Foundation
import Harness
import Scenes
import Storage

/// A stored cell as programs take it that keep track of experiments.
package struct StoredRun {
  package enum State: Equatable, Sendable {
    /// A process is at it.
    case running
    /// It was stopped, and can go on.
    case stopped
    case finished
    /// It was given up, for this reason.
    case failed(String)

    package var isFinal: Bool {
      switch self {
      case .finished, .failed: true
      case .running, .stopped: false
      }
    }
  }

  /// The experiment that it is of: its name, or for a run by itself that of the folder that it lies in.
  package let experiment: String
  /// The cell's, which tells all apart that have other settings, pictures or weights.
  package let name: String
  package let folder: URL
  package let settings: CellSettings
  package let state: State
  /// One for each epoch so far; none of a classifier.
  package let epochs: [Epoch]
  /// Nil until it is finished.
  package let record: RunStore.Record?
  /// When it began and when it last came on, in seconds since 1970, as far as its files tell.
  package let start, end: Double
  /// The pictures that are shown of it.
  let shown: [ShownScene]

  /// What is shown of a scene, from stored files.
  struct ShownScene {
    let name: String
    /// The picture and its truth, of an experiment's cells.
    let picture, truth: URL?
    let prediction: URL
  }
}

// MARK: Reading

extension StoredRun {
  /// How many scenes are shown of a run by itself, whose folder says of none that it is worth it.
  private static let shownCount = 4

  /// The runs of an experiment's folder, or the one whose folder it is, that have begun.
  ///
  /// - Parameters:
  ///   - folder: of the runs, or of the run.
  ///   - known: names of runs that aren't read, as those are that were read before and have ended.
  /// - Returns: the runs in the experiment's order, and how many it has yet to begin.
  /// - Throws: `HarnessError.noRun` for other folders; errors of the runs' own files.
  package static func all(in folder: URL, except known: Set<String> = []) throws -> (runs: [StoredRun], missing: Int) {
    let store = RunStore(folder: folder)
    if exists("experiment.yaml", in: folder) {
      let (experiment, index) = (try store.experiment(), try store.index())
      let begun = index.cells.filter { exists("cell.json", in: store.folder(of: $0)) }
      let runs = try begun.filter { !known.contains($0) }.map {
        try StoredRun($0, of: experiment.name, in: store, panel: index.panel)
      }
      return (runs, index.cells.count - begun.count)
    }
    guard exists("cell.json", in: folder) else {
      throw HarnessError.noRun(
        folder: folder.path,
        reason:
          "it holds neither experiment.yaml nor cell.json, so it is the folder of no experiment's runs and of no run")
    }
    // Of an experiment's cell, what the experiment knows.
    let parent = RunStore(folder: folder.standardizedFileURL.deletingLastPathComponent())
    let isCell = exists("experiment.yaml", in: parent.folder)
    return (
      [
        try StoredRun(
          folder.standardizedFileURL.lastPathComponent,
          of: isCell ? parent.experiment().name : parent.folder.lastPathComponent, in: parent,
          panel: isCell ? parent.index().panel : nil)
      ], 0
    )
  }

  private init(_ name: String, of experiment: String, in store: RunStore, panel: [String]?) throws {
    let folder = store.folder(of: name)
    (self.name, self.experiment, self.folder) = (name, experiment, folder)
    settings = try RunStore.settings(of: folder)
    record = try store.record(of: name)
    state =
      if record != nil {
        .finished
      } else if let failure = try store.failure(of: name) {
        .failed(failure.reason)
      } else {
        try store.isBeingRun(name) ? .running : .stopped
      }
    epochs = Self.exists(EpochTable.fileName, in: folder) ? try EpochTable.read(folder) : []
    (start, end) = Self.times(of: folder, epochs, record)
    let predictions = store.predictions(of: name, under: .clean)
    let ending = "_labelIds.png"
    let scenes =
      panel
      ?? (Files.visiblePaths(below: predictions) ?? []).filter { $0.hasSuffix(ending) }.prefix(Self.shownCount)
      .map { String($0.dropLast(ending.count)) }
    shown = scenes.map { scene in
      ShownScene(
        name: scene, picture: panel == nil ? nil : store.panelPicture(scene, under: .clean),
        truth: panel == nil ? nil : store.panelTruth(scene),
        prediction: predictions.appendingPathComponent(scene + ending))
    }
  }

  private static func exists(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  /// Epochs end when their table is written; what they took says when they began.
  private static func times(
    of folder: URL, _ epochs: [Epoch], _ record: RunStore.Record?
  ) -> (start: Double, end: Double) {
    func written(_ name: String) -> Double? {
      let values = try? folder.appendingPathComponent(name).resourceValues(forKeys: [.contentModificationDateKey])
      return values?.contentModificationDate?.timeIntervalSince1970
    }
    let scored = written("scores.json")
    let trained = written(EpochTable.fileName) ?? (scored ?? written("cell.json") ?? 0)
    let seconds = epochs.isEmpty ? record?.fit.seconds ?? 0 : epochs.reduce(0) { $0 + $1.seconds }
    // A copy's files may be written in any order.
    return (trained - seconds, max(trained, scored ?? trained))
  }
}
