import Compute
import Foundation
import Logging
import Scenes

/// Fits, scores and stores single cells.
public struct CellRunner {
  let scenes: PreparedScenes
  let store: RunStore
  let progress: ProgressReporter
  /// What the user typed, for the records.
  var command: String?
  let options: RunOptions

  /// A runner of cells whose folders lie in that of `store`.
  public init(
    scenes: PreparedScenes, store: RunStore, progress: ProgressReporter, options: RunOptions = RunOptions()
  ) {
    (self.scenes, self.store, self.progress, self.options) = (scenes, store, progress, options)
  }

  /// Runs a cell of these settings, stored as `name`, or goes on with it where it was interrupted.
  ///
  /// - Throws: `HarnessError.inUse` where another process is at it, `.tooLarge`, `.diverged`, `.interrupted`; errors of
  ///   data and files.
  @discardableResult
  public func run(_ settings: CellSettings, name: String) throws -> RunStore.Record {
    guard let lock = try store.lock(name) else {
      throw HarnessError.inUse(folder: store.folder(of: name).path, holder: store.holder(of: name))
    }
    return try withExtendedLifetime(lock) { try runLocked(settings, name) }
  }

  /// Runs a cell whose lock is held. Where it diverges, the reason is stored.
  func runLocked(_ settings: CellSettings, _ name: String) throws -> RunStore.Record {
    try options.requireMemory(for: settings, name, sceneCount: scenes.division.training.count)
    try store.write(settings, of: name)
    do {
      return try fitAndScore(settings, name)
    } catch let error as HarnessError {
      if case .diverged(_, let epoch, let reason) = error {
        try store.write(RunStore.Failure(cell: name, settings: settings, epoch: epoch, reason: reason))
      }
      throw error
    }
  }

  private func fitAndScore(_ settings: CellSettings, _ name: String) throws -> RunStore.Record {
    ProcessMemory.resetPeak()
    let fitted = try Models.named(settings.model).fit(
      Fitting(
        settings: settings, scenes: scenes, folder: store.folder(of: name), progress: progress,
        checkpointInterval: options.checkpointInterval))
    var summary = fitted.summary
    summary.peakBytes = ProcessMemory.peakBytes
    // What fitting took is not what scoring takes.
    FloatBuffer.releaseUnused()
    progress.update(1, "scoring")
    let training = try Evaluation.score(fitted.segmenter, on: scenes.division.training, loader: scenes.loader)
    let validation = try Evaluation.score(fitted.segmenter, on: scenes.division.validation, loader: scenes.loader)
    let test = try scoreTest(fitted.segmenter, name)
    FloatBuffer.releaseUnused()
    let record = RunStore.Record(
      cell: name, settings: settings, fit: summary,
      scores: [
        .training: Self.scores(training.tally), .validation: Self.scores(validation.tally),
        .test: Self.scores(test.tally),
      ],
      predictionSeconds: test.seconds / Double(max(1, test.pictures.count)), testTally: test.tally,
      environment: .current(data: scenes.fingerprint, command: command))
    try store.write(record)
    let meanIoU = record.scores(.test, scenes.headline)?.meanIoU ?? 0
    progress.end("test mean IoU \(String(format: "%.4f", meanIoU)), fitted in \(duration(fitted.summary.seconds))")
    return record
  }

  /// Scores the test scenes and stores predictions and per-picture matrices.
  private func scoreTest(_ segmenter: any Segmenter, _ name: String) throws -> Evaluation.Outcome {
    let folder = store.predictions(of: name)
    func export(_ entry: SceneEntry, _ prediction: Prediction) throws {
      let map = LabelMap(mainLabelsOf: prediction.categories, width: prediction.width, height: prediction.height)
      try PNG.write(map, to: folder.appendingPathComponent("\(entry.name)_labelIds.png"))
    }
    let outcome = try Evaluation.score(
      segmenter, on: scenes.division.test, loader: scenes.loader, visit: export)
    try Files.write(PictureTable.csv(outcome.pictures), to: store.pictures(of: name, under: .clean))
    return outcome
  }

  static func scores(_ tally: Tally) -> [Scores] {
    ScoringProtocol.allCases.compactMap { Scores(tally, under: $0) }
  }
}

extension CellRunner {
  /// Runs the single cell of `experiment` with `folder` as its folder; returns at once where that is done already.
  ///
  /// - Throws: what `run` does, `HarnessError.diverged` at once where it did before; `HarnessError.noRun` where the folder holds a run of other settings, which is left as it is.
  public static func runSingle(
    _ experiment: Experiment, folder: URL, command: String? = nil, progress: ProgressReporter, logger: Logger,
    options: RunOptions = RunOptions()
  ) throws -> RunStore.Record {
    ProcessMemory.returnFreedBlocks()
    let cells = try experiment.cellSettings()
    guard cells.count == 1 else {
      throw HarnessError.invalid(key: experiment.axes.joined(separator: ", "), value: "a list", bound: "one value")
    }
    let store = RunStore(folder: folder.deletingLastPathComponent())
    let name = folder.lastPathComponent
    var finished: RunStore.Record?
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent("cell.json").path) {
      guard try RunStore.settings(of: folder) == cells[0] else {
        throw HarnessError.noRun(folder: folder.path, reason: "it holds a run of other settings; choose another folder")
      }
      finished = try store.record(of: name)
      if finished == nil, let failure = try store.failure(of: name) { throw failure.error }
    }
    if let finished, finished.missing(of: experiment.conditions).isEmpty { return finished }
    let scenes = try PreparedScenes(cells[0].data, logger: logger)
    progress.begin(name)
    var runner = CellRunner(scenes: scenes, store: store, progress: progress, options: options)
    runner.command = command
    return try runner.complete(finished ?? runner.run(cells[0], name: name), under: experiment.conditions)
  }
}
