import Compute
import Foundation
import Logging
import Scenes
import Settings
import Storage

/// Runs the cells of an experiment that aren't finished yet.
package struct Comparison {
  package let experiment: Experiment
  package let scenes: ExperimentScenes
  package let cells: [Cell]
  package let store: RunStore
  let progress: ProgressReporter
  let options: RunOptions

  /// Opens the data and lays out the cells; nothing is written.
  ///
  /// - Throws: `HarnessError` and `ScenesError` for settings and scenes that can't be used.
  package init(
    _ experiment: Experiment, runs: URL, progress: ProgressReporter, logger: Logger, options: RunOptions = RunOptions()
  ) throws {
    ProcessMemory.returnFreedBlocks()
    let experiment = try experiment.withDescribedClasses()
    self.experiment = experiment
    (self.progress, self.options) = (progress, options)
    // Settings first: a slip there should show before a folder of pictures is read.
    let settings = try experiment.cellSettings()
    for cell in settings { try options.requireShards(for: cell) }
    store = RunStore(folder: runs.appendingPathComponent(experiment.name))
    let digests = store.digests
    let data = settings.map(\.data).reduce(into: [DataSettings]()) { if !$0.contains($1) { $0.append($1) } }
    let scenes = try ExperimentScenes(
      data, conditions: experiment.conditions, digests: digests, cache: options.cache.map(SceneCache.init),
      progress: progress, logger: logger)
    self.scenes = scenes
    let axes = experiment.axes
    let laidOut = try settings.map { settings in
      let weights = try settings.encoder.file.map { try digests.digest(of: $0) }
      let contents = Cell.Contents(data: scenes[settings.data].fingerprint, weights: weights)
      return try Cell(settings, axes: axes, contents: contents)
    }
    digests.save()
    cells = try store.named(laidOut)
    for cell in cells { try scenes[cell.settings.data].requireOneSize(for: cell.settings) }
  }

  /// What would be run for one cell.
  package struct PlannedCell: Sendable {
    package let name: String
    package let parameters: Int?
    /// An estimate of what its fit takes.
    package let bytes: Int
    /// What its fit takes, by those of its model that are finished; nil where there is none.
    package let seconds: Double?
    /// What is left to do.
    package let state: String
    /// Whether anything is left to do.
    package let isOpen: Bool

    package init(name: String, parameters: Int?, bytes: Int, seconds: Double?, state: String, isOpen: Bool) {
      (self.name, self.parameters, self.bytes) = (name, parameters, bytes)
      (self.seconds, self.state, self.isOpen) = (seconds, state, isOpen)
    }
  }

  /// What would be run, cell by cell; nothing is.
  package func plan() throws -> [PlannedCell] {
    let (earlier, digests) = (EarlierCells(store, beside: cells), store.digests)
    defer { digests.save() }
    let pace = try Pace(cells.compactMap { try store.record(of: $0.name) })
    return try cells.map { cell in
      let estimate = try estimate(of: cell)
      return PlannedCell(
        name: cell.name, parameters: estimate.parameters, bytes: estimate.bytes,
        seconds: try pace.seconds(of: cell.settings), state: try state(of: cell, earlier, digests),
        isOpen: try isOpen(cell))
    }
  }

  private func estimate(of cell: Cell) throws -> (parameters: Int?, bytes: Int) {
    try Estimators.named(cell.settings.model).estimate(
      cell.settings, scenes.classSet, scenes[cell.settings.data].sizes, options.communicator.count)
  }

  /// Refuses to run more cells at a time than memory holds, as far as that can be told before.
  ///
  /// - Parameter jobs: how many.
  /// - Throws: `SettingError.invalid` with how many the largest ones leave room for; errors of stored files.
  package func requireMemory(jobs: Int) throws {
    guard jobs > 1, let available = options.availableBytes() else { return }
    let largest = try cells.filter(isOpen).map { try estimate(of: $0).bytes }.sorted(by: >).prefix(jobs)
    var needed = 0
    let fitting = largest.prefix { bytes in
      needed += bytes
      return needed <= available
    }.count
    guard fitting < largest.count else { return }
    throw SettingError.invalid(
      setting: "--jobs", value: "\(jobs)",
      bound:
        "at most \(max(1, fitting)): the \(largest.count) largest cells take about \(gibibytes(largest.reduce(0, +))) of "
        + "memory together, and \(gibibytes(available)) are available")
  }

  /// What is left to do for a cell.
  private func state(of cell: Cell, _ earlier: EarlierCells, _ digests: FileDigests) throws -> String {
    guard let record = try store.record(of: cell.name) else {
      if try store.isGivenUp(cell.name) { return "failed" }
      if !Checkpoint.files(in: store.folder(of: cell.name)).isEmpty { return "to go on with" }
      guard let shorter = earlier.shorter(than: cell), shorter.obstacle == nil else { return "to run" }
      return "to run, on from \(shorter.epochs) epochs"
    }
    if try store.fault(of: record, digests) != nil { return "finished, its weights damaged" }
    let missing = record.missing(of: scenes[cell.settings.data].conditions)
    return missing.isEmpty ? "finished" : "to score under \(missing.map(\.name).joined(separator: ", "))"
  }

  /// Which cells are trained though others like them are stored, a line each change since; none where nothing changed.
  package func changes() throws -> [String] { try changes(since: EarlierCells(store, beside: cells)) }

  private func changes(since earlier: EarlierCells) throws -> [String] {
    let open = try cells.filter { try store.record(of: $0.name) == nil && isOpen($0) }
    return earlier.changes(of: open).map { change, count in
      "\(count) \(count == 1 ? "cell" : "cells") to train since \(change)"
    }
  }

  /// Which cells a process runs.
  package enum Share {
    /// All that no other is at, then those that others gave up in the middle.
    case all
    /// As `all`, while some workers take cells, too; they are stopped where this process is.
    case beside(Workers)
    /// Those that no other is at, without waiting for the others'.
    case idle
    /// One, by its name or as much of its start as no other has.
    case cell(String)
  }

  /// Runs what isn't finished, and scores what is under conditions that came later. A cell that fails, now or before, is
  /// reported with its reason, and the others go on.
  ///
  /// Other processes may run the same experiment at the same time: each takes cells that none is at. In the end it
  /// waits for theirs, and takes over those of one that ended early.
  ///
  /// - Parameters:
  ///   - command: what the user typed, for the report.
  ///   - share: which of the cells this process runs.
  /// - Returns: how many cells were run, here or by workers, and what went wrong with those that failed.
  /// - Throws: `HarnessError.tooLarge` before anything is run, `.interrupted`, and errors of the experiment's own files;
  ///   `SettingError` for a cell that isn't one.
  package func run(command: String, _ share: Share = .all) throws -> (ran: Int, failures: [any Error]) {
    guard case .beside(let workers) = share else { return try runShare(command, share) }
    func finished() throws -> Int { try cells.count { try store.record(of: $0.name) != nil } }
    do {
      let before = try finished()
      let failures = try runShare(command, .all).failures
      workers.wait()
      return (try finished() - before, failures)
    } catch {
      workers.stop()
      throw error
    }
  }

  private func runShare(_ command: String, _ share: Share) throws -> (ran: Int, failures: [any Error]) {
    var cells = cells
    if case .cell(let name) = share {
      let full = try cells.map(\.name).cell(named: name, setting: "--cell")
      cells = cells.filter { $0.name == full }
    }
    let isWaitedFor = if case .idle = share { false } else { true }
    var open = try cells.filter { try isOpen($0) }
    for cell in open where try store.record(of: cell.name) == nil {
      try options.requireMemory(
        for: cell.settings, scenes.classSet, cell.name, scenes[cell.settings.data].sizes)
    }
    try store.exclusively { try prepare(environmentOf: open.isEmpty ? nil : command) }
    let earlier = EarlierCells(store, beside: cells)
    try tell(of: earlier)
    progress.log(to: store.folder.appendingPathComponent("log.txt"))
    if !open.isEmpty { progress.record(Environment.current(data: scenes.fingerprint, command: command).line) }
    let records = try cells.compactMap { try store.record(of: $0.name) }
    var (pace, fitted) = (try Pace(records), Set(records.map(\.cell)))
    var ran = 0
    var failed: [String: any Error] = [:]
    var isWaiting = false
    while true {
      var held: [Cell] = []
      for (place, cell) in open.enumerated() where try failed[cell.name] == nil && isOpen(cell) {
        guard let lock = try store.lock(cell.name) else {
          held.append(cell)
          continue
        }
        do {
          let others = open.dropFirst(place + 1).filter { !fitted.contains($0.name) }
          let later = try pace.seconds(of: others.map(\.settings), beside: cell.settings)
          let record = try withExtendedLifetime(lock) { try runLocked(cell, command, earlier, later: later) }
          if let record {
            ran += 1
            try pace.add(record)
            fitted.insert(record.cell)
          }
        } catch let error as HarnessError where error.isInterruption {
          throw error
        } catch {
          failed[cell.name] = error
          progress.fail(error)
        }
      }
      open = held
      if open.isEmpty || !isWaitedFor { break }
      if !isWaiting {
        let holders = Set(open.map { store.holder(of: $0.name) }).sorted().joined(separator: ", ")
        progress.note("waiting for \(open.count) cells that are being run by \(holders)")
        isWaiting = true
      }
      try Interrupts.pause()
    }
    try store.exclusively { try storeWorst() }
    return (ran, try cells.compactMap { try failed[$0.name] ?? store.failure(of: $0.name)?.error })
  }

  /// Fits a cell whose lock is held, where that is left to do, and scores it under the conditions.
  ///
  /// - Parameter later: gives the seconds that the cells after it take, by those that it takes.
  /// - Returns: its record where it was fitted; another process may have done so just before.
  private func runLocked(
    _ cell: Cell, _ command: String, _ earlier: EarlierCells, later: @escaping @Sendable (Double) -> Double
  ) throws -> RunStore.Record? {
    guard try isOpen(cell) else { return nil }
    let place = cells.firstIndex(of: cell) ?? 0
    progress.begin("[\(place + 1)/\(cells.count)] \(cell.name)", later: later)
    var runner = CellRunner(
      scenes: scenes[cell.settings.data], store: store, progress: progress, options: options)
    runner.command = command
    runner.panel = Set(panel.map(\.name))
    let finished = try store.record(of: cell.name)
    if finished == nil, Checkpoint.files(in: store.folder(of: cell.name)).isEmpty { try goOn(cell, from: earlier) }
    let record = try runner.complete(finished ?? runner.runLocked(cell.settings, cell.name))
    return finished == nil ? record : nil
  }

  /// Lets a cell go on from a shorter training, where there is one that it can go on from.
  private func goOn(_ cell: Cell, from earlier: EarlierCells) throws {
    guard let shorter = earlier.shorter(than: cell) else { return }
    if let obstacle = shorter.obstacle {
      progress.note("not going on from the \(shorter.epochs) epochs of \(shorter.cell): \(obstacle)")
    } else if try earlier.lend(shorter, to: cell.name) {
      progress.note("going on from the \(shorter.epochs) epochs of \(shorter.cell)")
    }
  }

  /// Says what changed since stored cells, how many are none of this experiment's, and whose weights are damaged.
  private func tell(of earlier: EarlierCells) throws {
    for change in try changes(since: earlier) { progress.note(change) }
    if earlier.count > 0 {
      progress.note(
        "\(earlier.count) stored \(earlier.count == 1 ? "cell is" : "cells are") not of this experiment and not in its "
          + "report; 'segbench runs show \(store.folder.relativePath)' lists them")
    }
    let digests = store.digests
    for record in try cells.compactMap({ try store.record(of: $0.name) }) {
      guard let fault = try store.fault(of: record, digests) else { continue }
      progress.note(
        "\(record.cell): \(fault). Its scores stand; to train it anew, remove it first: "
          + "'segbench runs rm \(store.folder.relativePath) \(record.cell)'")
    }
    digests.save()
  }

  /// Stores what the report needs beside the cells.
  private func prepare(environmentOf command: String?) throws {
    let panel = try preparePanel()
    try store.write(
      experiment,
      RunStore.Index(
        cells: cells.map(\.name), axes: experiment.axes, select: experiment.select, headline: scenes.headline,
        classSet: scenes.classSet, sceneCounts: scenes.sceneCounts, fewestScenes: scenes.fewestScenes,
        skipped: scenes.skipped, largestPicture: scenes.largestPicture, panel: panel,
        citation: scenes.dataset.citation, division: scenes.division, testPictures: scenes.testPictures))
    if let command { try store.write(Environment.current(data: scenes.fingerprint, command: command)) }
  }

  /// Whether anything is left to do for a cell: it is neither finished, under all conditions, nor given up.
  private func isOpen(_ cell: Cell) throws -> Bool {
    guard let record = try store.record(of: cell.name) else { return try !store.isGivenUp(cell.name) }
    return !record.missing(of: scenes[cell.settings.data].conditions).isEmpty
  }

  /// Stores the pictures and truths that figures show, so that a report needs no data: of the first fold, where there are
  /// several, so that one model has predicted all.
  private func preparePanel() throws -> [String] {
    try panel.map { entry in
      try store(entry)
      let scene = try scenes.loader.scene(entry)
      for condition in scenes.parts[0].conditions {
        try PNG.write(
          condition.apply(to: scene, of: entry).picture, to: store.panelPicture(entry.name, under: condition))
      }
      return entry.name
    }
  }

  /// The test scenes that figures show, spread over all.
  private var panel: [SceneEntry] {
    let test = scenes.parts[0].split.test
    let shown = min(4, test.count)
    return (0..<shown).map { row in test[(2 * row + 1) * test.count / (2 * shown)] }
  }

  /// Stores a test scene for figures.
  private func store(_ entry: SceneEntry) throws {
    let scene = try scenes.loader.scene(entry)
    try PNG.write(scene.picture, to: store.panelPicture(entry.name, under: .clean))
    try PNG.write(
      LabelMap(
        exporting: scene.classes, of: scenes.classSet, width: scene.picture.width, height: scene.picture.height),
      to: store.panelTruth(entry.name))
  }

  /// Where the scenes of a finished cell lie now: the record may be of a time when they lay elsewhere.
  func data(of record: RunStore.Record) -> DataSettings {
    cells.first { $0.name == record.cell }?.settings.data ?? record.settings.data
  }

  /// Stores which test pictures the cell with the best validation mean IoU segments worst, and the pictures themselves.
  private func storeWorst() throws {
    // A damaged table is for the report to name.
    guard let best = try cells.compactMap({ try store.record(of: $0.name) }).bestByValidation(under: scenes.headline),
      let table = try? PictureTable(
        contentsOf: store.pictures(of: best.cell, under: .clean), of: scenes.classSet, under: scenes.headline)
    else { return }
    let worst = FineGrained(table, of: scenes.classSet, under: scenes.headline).worst.map(\.name)
    let tested = scenes[data(of: best)].split.test
    for entry in tested where worst.contains(entry.name) { try store(entry) }
    var index = try store.index()
    index.worst = RunStore.WorstPictures(cell: best.cell, pictures: worst)
    try store.write(experiment, index)
  }
}
