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
  let progress: ProgressReporter
  let options: RunOptions

  /// Opens the data and lays out the cells; nothing is written.
  ///
  /// - Throws: `HarnessError` and `ScenesError` for settings and scenes that can't be used.
  public init(
    _ experiment: Experiment, runs: URL, progress: ProgressReporter, logger: Logger, options: RunOptions = RunOptions()
  ) throws {
    ProcessMemory.returnFreedBlocks()
    self.experiment = experiment
    (self.progress, self.options) = (progress, options)
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
        .text(gibibytes(estimate.bytes)),
        .text(try state(of: cell)),
      ]
    }
    let columns = ["Cell", "Parameters", "Memory", "State"].map { Table.Column(title: $0, key: $0) }
    return text + Table(columns: columns, rows: rows).plain
  }

  /// What is left to do for a cell.
  private func state(of cell: Cell) throws -> String {
    guard let record = try store.record(of: cell.name) else {
      return try store.failure(of: cell.name) == nil ? "to run" : "diverged"
    }
    let missing = record.missing(of: experiment.conditions)
    return missing.isEmpty ? "finished" : "to score under \(missing.map(\.name).joined(separator: ", "))"
  }

  /// Runs what isn't finished, and scores what is under conditions that came later. A cell that diverges, now or
  /// before, is reported, and the others go on.
  ///
  /// Other processes may run the same experiment at the same time: each takes cells that none is at. In the end it
  /// waits for theirs, and takes over those of one that ended early.
  ///
  /// - Parameter command: what the user typed, for the report.
  /// - Returns: how many cells were run here, and what went wrong with those that failed.
  /// - Throws: `HarnessError.tooLarge` before anything is run, `.interrupted`, and errors of data and files, which would
  ///   befall the other cells too.
  public func run(command: String) throws -> (ran: Int, failures: [any Error]) {
    var open = try cells.filter { try isOpen($0) }
    for cell in open where try store.record(of: cell.name) == nil {
      try options.requireMemory(for: cell.settings, cell.name, sceneCount: scenes.division.training.count)
    }
    try store.exclusively { try prepare(environmentOf: open.isEmpty ? nil : command) }
    var ran = 0
    var refused: [any Error] = []
    var isWaiting = false
    while true {
      var held: [Cell] = []
      for cell in open where try isOpen(cell) {
        guard let lock = try store.lock(cell.name) else {
          held.append(cell)
          continue
        }
        do {
          ran += try withExtendedLifetime(lock) { try runLocked(cell, command) } ? 1 : 0
        } catch let error as HarnessError {
          switch error {
          case .diverged: break
          case .tooLarge: refused.append(error)
          default: throw error
          }
          progress.end("failed: \(error)")
        }
      }
      open = held
      if open.isEmpty { break }
      if !isWaiting {
        let holders = Set(open.map { store.holder(of: $0.name) }).sorted().joined(separator: ", ")
        progress.note("waiting for \(open.count) cells that are being run by \(holders)")
        isWaiting = true
      }
      try Interrupts.pause()
    }
    return (ran, try cells.compactMap { try store.failure(of: $0.name)?.error } + refused)
  }

  /// Fits a cell whose lock is held, where that is left to do, and scores it under the conditions.
  ///
  /// - Returns: whether it was fitted; another process may have done so just before.
  private func runLocked(_ cell: Cell, _ command: String) throws -> Bool {
    guard try isOpen(cell) else { return false }
    progress.begin("[\((cells.firstIndex(of: cell) ?? 0) + 1)/\(cells.count)] \(cell.name)")
    var runner = CellRunner(scenes: scenes, store: store, progress: progress, options: options)
    runner.command = command
    let finished = try store.record(of: cell.name)
    try runner.complete(finished ?? runner.runLocked(cell.settings, cell.name), under: experiment.conditions)
    return finished == nil
  }

  /// Stores what the report needs beside the cells.
  private func prepare(environmentOf command: String?) throws {
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
    if let command { try store.write(Environment.current(data: scenes.fingerprint, command: command)) }
  }

  /// Whether anything is left to do for a cell: it is neither finished, under all conditions, nor given up.
  private func isOpen(_ cell: Cell) throws -> Bool {
    guard let record = try store.record(of: cell.name) else { return try store.failure(of: cell.name) == nil }
    return !record.missing(of: experiment.conditions).isEmpty
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
