import Compute
import Foundation
import Harness
import Logging
import Scenes
import Settings
import TestSupport
import Testing

@Suite("Training of networks", .serialized) struct TrainingTests {
  private func settings(_ changes: [String: Setting] = [:]) throws -> CellSettings {
    let yaml = """
      model: unet-mini
      data: {size: 32x16, train: 6, validation: 3, test: 2}
      training: {epochs: 4, batch: 4, learningRate: 0.01, patience: 10}
      network: {width: 0.5}
      """
    let settings = try #require(try Experiment(yaml: yaml, file: "x").cellSettings().first)
    return try changes.reduce(settings) { try $0.with($1.key, $1.value) }
  }

  private func scenes(_ settings: CellSettings) throws -> PreparedScenes {
    try PreparedScenes(settings.data, progress: ProgressReporter(.quiet), logger: silentLogger)
  }

  private func runner(_ settings: CellSettings, _ folder: URL) throws -> CellRunner {
    CellRunner(scenes: try scenes(settings), store: RunStore(folder: folder), progress: ProgressReporter(.quiet))
  }

  /// `epochs.csv` without the seconds.
  private func epochs(_ folder: URL) throws -> [[String]] {
    try String(contentsOf: folder.appendingPathComponent("epochs.csv"), encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",").dropLast().map(String.init) }
  }

  @Test("A training that is stopped and gone on with ends at the bits of one that never stopped")
  func resume() throws {
    try withTemporaryFolder { folder in
      let whole = try settings()
      let runner = try runner(whole, folder)
      let first = try runner.run(whole, name: "whole")
      // Half as many epochs, then the rest in the same folder.
      _ = try runner.run(try settings(["training.epochs": .whole(2)]), name: "parts")
      try FileManager.default.removeItem(at: folder.appendingPathComponent("parts/scores.json"))
      let second = try runner.run(whole, name: "parts")
      #expect(second.testTally == first.testTally)
      for file in ["best.safetensors"] {
        #expect(
          try Data(contentsOf: folder.appendingPathComponent("parts/\(file)"))
            == Data(contentsOf: folder.appendingPathComponent("whole/\(file)")))
      }
      #expect(try epochs(folder.appendingPathComponent("parts")) == epochs(folder.appendingPathComponent("whole")))
      #expect(try epochs(folder.appendingPathComponent("parts")).count == 5)
    }
  }

  @Test("The weights that are kept are those of the best epoch, not of the last")
  func bestIsKept() throws {
    try withTemporaryFolder { folder in
      // A rate at which training is anything but steady.
      let settings = try settings(["training.epochs": .whole(6), "training.learningRate": .number(0.05)])
      let record = try runner(settings, folder).run(settings, name: "run")
      let rows = try epochs(folder.appendingPathComponent("run")).dropFirst()
      let meanIoUs = try rows.map { try #require(Double($0[2])) }
      let best = try #require(meanIoUs.max())
      #expect(record.fit.validationMeanIoU == best)
      #expect(record.fit.bestEpoch == meanIoUs.firstIndex(of: best).map { $0 + 1 })
      #expect(record.fit.bestEpoch != record.fit.epochs, "the last epoch is the best, so nothing is shown")
      let model = try StoredModel(run: folder.appendingPathComponent("run"))
      let loader = SceneLoader(size: settings.data.size.common)
      var tally = Tally()
      for entry in try scenes(settings).split.validation {
        let scene = try loader.scene(entry)
        tally += Tally(scene: scene, prediction: try model.predict(scene.picture))
      }
      #expect(Scores(tally, of: .cityscapes8, under: .withoutVoid)?.meanIoU == best)
    }
  }

  @Test("Training stops when patience is at its end")
  func earlyStopping() throws {
    try withTemporaryFolder { folder in
      // At a rate of nothing no epoch is better than the first.
      let settings = try settings([
        "training.epochs": .whole(50), "training.patience": .whole(3), "training.learningRate": .number(1e-30),
      ])
      let record = try runner(settings, folder).run(settings, name: "run")
      #expect(record.fit.bestEpoch == 1 && record.fit.epochs == 4)
    }
  }

  @Test("Validation and test scenes are not augmented")
  func validationUntouched() throws {
    try withTemporaryFolder { folder in
      // Weights that don't move say the same of the same pictures, whatever is done to training scenes.
      let records = try ["none", "mirror"].map { augmentation in
        let settings = try settings([
          "augmentation": .text(augmentation), "training.epochs": .whole(2), "training.learningRate": .number(1e-30),
        ])
        return try runner(settings, folder).run(settings, name: augmentation)
      }
      #expect(records[0].fit.validationMeanIoU == records[1].fit.validationMeanIoU)
      #expect(records[0].testTally == records[1].testTally)
      #expect(
        try epochs(folder.appendingPathComponent("none")).map { $0[1] }
          != epochs(folder.appendingPathComponent("mirror")).map { $0[1] }, "training itself must differ")
    }
  }
}
