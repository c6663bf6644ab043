import Compute
import Foundation
import Logging
import Scenes
import Settings
import Storage

/// Fits, scores and stores single cells.
package struct CellRunner {
  let scenes: PreparedScenes
  let store: RunStore
  let progress: ProgressReporter
  /// What the user typed, for the records.
  var command: String?
  /// The test scenes that figures show, whose predictions are stored under every condition.
  var panel: Set<String> = []
  let options: RunOptions

  /// A runner of cells whose folders lie in that of `store`.
  package init(
    scenes: PreparedScenes, store: RunStore, progress: ProgressReporter, options: RunOptions = RunOptions()
  ) {
    (self.scenes, self.store, self.progress, self.options) = (scenes, store, progress, options)
  }

  /// Runs a cell of these settings, stored as `name`, or goes on with it where it was interrupted.
  ///
  /// - Throws: `HarnessError.inUse` where another process is at it, `.severalSizes`, `.tooLarge`, `.diverged`,
  ///   `.interrupted`; errors of data and files.
  @discardableResult
  package func run(_ settings: CellSettings, name: String) throws -> RunStore.Record {
    guard let lock = try store.lock(name) else {
      throw HarnessError.inUse(folder: store.folder(of: name).path, holder: store.holder(of: name))
    }
    return try withExtendedLifetime(lock) { try runLocked(settings, name) }
  }

  /// Runs a cell whose lock is held. Where it fails, the reason is stored.
  func runLocked(_ settings: CellSettings, _ name: String) throws -> RunStore.Record {
    try scenes.requireOneSize(for: settings)
    try options.requireMemory(for: settings, scenes.classSet, name, scenes.sizes)
    do {
      try store.write(settings, of: name)
      store.removeFailure(of: name)
      return try fitAndScore(settings, name)
    } catch {
      if let failure = Self.failure(error, settings, name) { try? store.write(failure) }
      throw error
    }
  }

  /// What is stored of an error; nil for what is none of the cell's, such as the user's wish to stop.
  static func failure(_ error: any Error, _ settings: CellSettings, _ name: String) -> RunStore.Failure? {
    switch error {
    case HarnessError.interrupted, HarnessError.inUse, HarnessError.tooLarge: nil
    case HarnessError.diverged(_, let epoch, let reason):
      RunStore.Failure(cell: name, settings: settings, epoch: epoch, reason: reason)
    // Files come and go, disks fill up and are emptied.
    case is StorageError, is ScenesError:
      RunStore.Failure(cell: name, settings: settings, reason: "\(error)", isLasting: false)
    default: RunStore.Failure(cell: name, settings: settings, reason: "\(error)")
    }
  }

  private func fitAndScore(_ settings: CellSettings, _ name: String) throws -> RunStore.Record {
    ProcessMemory.resetPeak()
    let before = ProcessorWait.now
    let fitted = try Estimators.named(settings.model).fit(
      Fitting(
        settings: settings, classSet: scenes.classSet, scenes: scenes, folder: store.folder(of: name),
        progress: progress,
        checkpointInterval: options.checkpointInterval, communicator: options.communicator))
    var summary = fitted.summary
    summary.peakBytes = ProcessMemory.peakBytes
    summary.processorWait = ProcessorWait.now?.share(since: before)
    // What fitting took is not what scoring takes.
    FloatBuffer.releaseUnused()
    progress.update(1, "scoring")
    let training = try Evaluation.score(fitted.segmenter, on: scenes.split.training, loader: scenes.loader)
    let validation = try Evaluation.score(fitted.segmenter, on: scenes.split.validation, loader: scenes.loader)
    let test = try scoreTest(fitted.segmenter, name)
    let frame = try scenes.split.test.first.map {
      try FrameTime(fitted.segmenter, on: $0.load(size: FrameTime.size).picture)
    }
    FloatBuffer.releaseUnused()
    let record = RunStore.Record(
      cell: name, settings: settings, classSet: scenes.classSet, fit: summary,
      scores: [
        .training: scores(training.tally), .validation: scores(validation.tally), .test: scores(test.tally),
      ],
      predictionSeconds: test.seconds / Double(max(1, test.pictures.count)), frame: frame, testTally: test.tally,
      validationCalibration: validation.tally.calibration, contents: try contents(settings, name),
      environment: .current(data: scenes.fingerprint, command: command))
    try store.write(record)
    let meanIoU = record.scores(.test, scenes.headline)?.meanIoU ?? 0
    progress.end("test mean IoU \(String(format: "%.4f", meanIoU)), \(summary.time)")
    for note in summary.notes ?? [] { progress.note("\(name): \(note.text(scenes.classSet.names))") }
    return record
  }

  /// Of the files that a cell was fitted from and to.
  private func contents(_ settings: CellSettings, _ name: String) throws -> RunStore.Record.Contents {
    let digests = store.digests
    defer { digests.save() }
    return try RunStore.Record.Contents(
      weights: digests.digest(of: store.weights(of: name)),
      encoder: settings.encoder.file.map { try digests.digest(of: $0) })
  }

  /// Scores the test scenes and stores predictions and per-picture matrices.
  private func scoreTest(_ segmenter: any Segmenter, _ name: String) throws -> Evaluation.Outcome {
    let outcome = try Evaluation.score(
      segmenter, on: scenes.split.test, loader: scenes.loader,
      visit: { try export($1, of: $0, to: name, under: .clean) })
    try store.write(outcome.pictures, of: name, scenes.classSet, under: .clean)
    return outcome
  }

  /// Stores what a cell predicted for a test scene.
  func export(_ prediction: Prediction, of entry: SceneEntry, to cell: String, under condition: Condition) throws {
    let map = LabelMap(
      exporting: prediction.classes, of: scenes.classSet, width: prediction.width, height: prediction.height)
    try PNG.write(
      map, to: store.predictions(of: cell, under: condition).appendingPathComponent("\(entry.name)_labelIds.png"))
  }

  func scores(_ tally: Tally) -> [Scores] {
    ScoringProtocol.allCases.compactMap { Scores(tally, of: scenes.classSet, under: $0) }
  }
}

extension CellRunner {
  /// Runs the single cell of `experiment` with `folder` as its folder; returns at once where that is done already.
  ///
  /// - Throws: what `run` does, `HarnessError.diverged` at once where it did before; `HarnessError.noRun` where the folder holds a run of other settings, which is left as it is.
  package static func runSingle(
    _ experiment: Experiment, folder: URL, command: String? = nil, progress: ProgressReporter, logger: Logger,
    options: RunOptions = RunOptions()
  ) throws -> RunStore.Record {
    ProcessMemory.returnFreedBlocks()
    let experiment = try experiment.withDescribedClasses()
    let cells = try experiment.cellSettings()
    guard cells.count == 1 else {
      throw SettingError.invalid(setting: experiment.axes.joined(separator: ", "), value: "a list", bound: "one value")
    }
    try options.requireShards(for: cells[0])
    let store = RunStore(folder: folder.deletingLastPathComponent())
    let name = folder.lastPathComponent
    var finished: RunStore.Record?
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent("cell.json").path) {
      finished = try store.record(of: name)
      try requireSame(try RunStore.settings(of: folder), cells[0], in: folder, isFinished: finished != nil)
      if finished == nil, try store.isGivenUp(name), let failure = try store.failure(of: name) { throw failure.error }
    }
    // Whether a folder holds the same pictures as then shows when it is read.
    if let finished, finished.settings == cells[0], finished.missing(of: experiment.conditions).isEmpty {
      return finished
    }
    let scenes = try PreparedScenes(
      cells[0].data, conditions: experiment.conditions, digests: store.digests,
      cache: options.cache.map(SceneCache.init), progress: progress,
      logger: logger)
    if let finished, finished.environment.data != scenes.fingerprint {
      throw HarnessError.noRun(folder: folder.path, reason: "it holds a run on other pictures; choose another folder")
    }
    progress.begin(name)
    var runner = CellRunner(scenes: scenes, store: store, progress: progress, options: options)
    runner.command = command
    return try runner.complete(finished ?? runner.run(cells[0], name: name))
  }

  /// Checks that a folder's run is of the settings that are asked for, wherever the data of a finished one lie now.
  private static func requireSame(
    _ stored: CellSettings, _ asked: CellSettings, in folder: URL, isFinished: Bool
  ) throws {
    let left = isFinished ? Cell.places : []
    let (before, now) = (stored.values(without: left), asked.values(without: left))
    let changes = now.differences(from: before)
    guard !changes.isEmpty else { return }
    let told =
      changes.prefix(3).map { "\($0) is \(before[$0] ?? .none) there, not \(now[$0] ?? .none)" }
      + (changes.count > 3 ? ["\(changes.count - 3) more differ"] : [])
    throw HarnessError.noRun(
      folder: folder.path,
      reason: "it holds a run of other settings (\(told.joined(separator: "; "))); choose another folder")
  }
}
