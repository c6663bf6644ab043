import Compute
import Foundation
import Logging
import Scenes

/// Runs the cells of an experiment that aren't finished yet.
public struct Comparison {
  public let experiment: Experiment
  public let scenes: PreparedScenes
  public let cells: [Cell]
  public let store: RunStore
  private let progress: ProgressReporter

  /// Opens the data and lays out the cells; nothing is written.
  ///
  /// - Throws: `HarnessError` and `ScenesError` for settings and scenes that can't be used.
  public init(_ experiment: Experiment, runs: URL, progress: ProgressReporter, logger: Logger) throws {
    self.experiment = experiment
    self.progress = progress
    // Settings first: a slip there should show before a folder of pictures is read.
    let settings = try experiment.cellSettings()
    scenes = try PreparedScenes(experiment.dataSettings(), logger: logger)
    store = RunStore(folder: runs.appendingPathComponent(experiment.name))
    let axes = experiment.axes
    let fingerprint = scenes.fingerprint
    cells = try settings.map { try Cell($0, axes: axes, dataFingerprint: fingerprint) }
  }

  /// What would be run, as text: cells, scenes, conditions, parameters and an estimate of memory.
  public func plan() throws -> String {
    let counts = scenes.division
    var text = "experiment \(experiment.name): \(cells.count) cells\n"
    text +=
      "scenes: \(counts.training.count) training, \(counts.validation.count) validation, \(counts.test.count) test, "
    text += "\(scenes.loader.size.map(String.init(describing:)) ?? "native size") from \(scenes.dataset.location)\n"
    if !experiment.conditions.isEmpty {
      text += "test conditions: \(([.clean] + experiment.conditions).map(\.name).joined(separator: ", "))\n"
    }
    let rows = try cells.map { cell -> [Table.Value] in
      let estimate = try Models.named(cell.settings.model).estimate(cell.settings, counts.training.count)
      return [
        .text(cell.name), .whole(estimate.parameters),
        .text(String(format: "%.2f GiB", Double(estimate.bytes) / 0x1p30)),
        .text(try state(of: cell)),
      ]
    }
    let columns = ["Cell", "Parameters", "Memory", "State"].map { Table.Column(title: $0, key: $0) }
    return text + Table(columns: columns, rows: rows).plain
  }

  /// What is left to do for a cell.
  private func state(of cell: Cell) throws -> String {
    guard let record = try store.record(of: cell.name) else { return "to run" }
    let missing = record.missing(of: experiment.conditions)
    return missing.isEmpty ? "finished" : "to score under \(missing.map(\.name).joined(separator: ", "))"
  }

  /// Runs what isn't finished, and scores what is under conditions that came later. A cell that diverges is reported,
  /// and the others go on.
  ///
  /// - Parameter command: what the user typed, for the report.
  /// - Returns: how many cells were fitted, and what went wrong with those that failed.
  /// - Throws: `HarnessError.interrupted`, and errors of data and files, which would befall the other cells too.
  public func run(command: String) throws -> (ran: Int, failures: [any Error]) {
    let panel = try preparePanel()
    try store.write(
      experiment,
      RunStore.Index(
        cells: cells.map(\.name), axes: experiment.axes, select: experiment.select, headline: scenes.headline,
        sceneCounts: [
          .training: scenes.division.training.count, .validation: scenes.division.validation.count,
          .test: scenes.division.test.count,
        ],
        skipped: scenes.skipped, panel: panel, citation: scenes.dataset.citation))
    let pending = try cells.filter { cell in
      try store.record(of: cell.name).map { !$0.missing(of: experiment.conditions).isEmpty } ?? true
    }
    var runner = CellRunner(scenes: scenes, store: store, progress: progress)
    runner.command = command
    var (ran, failures): (Int, [any Error]) = (0, [])
    for (index, cell) in pending.enumerated() {
      progress.begin("[\(index + 1)/\(pending.count)] \(cell.name)")
      do {
        let finished = try store.record(of: cell.name)
        let record = try finished ?? runner.run(cell.settings, name: cell.name)
        if finished == nil { ran += 1 }
        try runner.complete(record, under: experiment.conditions)
      } catch let error as HarnessError {
        guard case .diverged = error else { throw error }
        progress.end("failed: \(error)")
        failures.append(error)
      }
    }
    return (ran, failures)
  }

  /// Stores the pictures and truths that figures show, so that a report needs no data.
  private func preparePanel() throws -> [String] {
    let test = scenes.division.test
    let shown = min(4, test.count)
    return try (0..<shown).map { row in
      let entry = test[(2 * row + 1) * test.count / (2 * shown)]
      let scene = try scenes.loader.scene(entry)
      try PNG.write(scene.picture, to: store.panelFolder.appendingPathComponent("\(entry.name)_picture.png"))
      try PNG.write(
        LabelMap(mainLabelsOf: scene.categories, width: scene.picture.width, height: scene.picture.height),
        to: store.panelFolder.appendingPathComponent("\(entry.name)_truth.png"))
      return entry.name
    }
  }
}
