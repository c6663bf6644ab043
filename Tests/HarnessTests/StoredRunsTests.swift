import Foundation
import Harness
import Reports
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// Runs that another version stored, and runs whose files were changed since.
@Suite("Stored runs", .serialized) struct StoredRunsTests {
  private static let yaml = """
    name: tiny
    model: [linear-svc, unet-mini]
    data: {size: 32x16}
    training: {epochs: 1, batch: 2}
    network: {width: 0.25}
    """

  /// The folder of runs that 0.1.0 stored, copied so that it may be written to.
  private func copyOfOldRuns(_ folder: URL) throws -> URL {
    let fixture = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/runs-0.1.0/tiny")
    let copy = folder.appendingPathComponent("tiny")
    try FileManager.default.copyItem(at: fixture, to: copy)
    return copy
  }

  @Test("Runs that 0.1.0 stored are read: experiment, records, report, models and their scores")
  func oldRuns() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: try copyOfOldRuns(folder))
      #expect(try store.experiment().conditions.map(\.name) == ["fog-3"])
      let index = try store.index()
      #expect(index.classes == .cityscapes8 && index.headline == .official && index.cells.count == 3)
      for cell in index.cells {
        let record = try #require(try store.record(of: cell))
        #expect(record.classes == .cityscapes8)
        #expect(Set((record.scores[.test] ?? []).map(\.scoringProtocol)) == Set(ScoringProtocol.allCases))
        #expect(try RunStore.settings(of: store.folder(of: cell)) == record.settings)
        let run = store.folder(of: cell)
        let stored = try #require(record.scores[.test]?.first { $0.scoringProtocol == .official })
        // The classifiers never predict void; the network did, so its scores are others where void is masked.
        let scores = try Evaluation.scores(
          of: .run(run), data: "synthetic", split: "val", under: .official, progress: ProgressReporter(.quiet))
        #expect(scores.pictures == 500 && stored.pictures == 2)
      }
      let network = try #require(
        try index.cells.compactMap(store.record(of:)).first { $0.settings.model == "unet-mini" })
      #expect(network.settings.loss == Choice("ce", ["labelSmoothing": .number(0.1)]))
      #expect(network.settings.own == ["width": .number(0.125)])
      let report = try Report(store, logger: silentLogger)
      _ = try report.write(to: folder.appendingPathComponent("report"))
      let markdown = try String(contentsOf: folder.appendingPathComponent("report/report.md"), encoding: .utf8)
      #expect(markdown.contains("unet-mini") && markdown.contains("random-forest"))
      // What 0.1.0 didn't store is left out; scores by picture follow from what it did.
      #expect(!markdown.contains("## Calibration") && !markdown.contains("## Drive by drive"))
      #expect(markdown.contains("## Picture by picture") && !markdown.contains("Mean boundary IoU"))
      #expect(try index.cells.compactMap(store.record(of:)).allSatisfy { $0.testTally.calibration == nil })
    }
  }

  @Test("A classifier of 0.1.0 scores as it did, on the same scenes")
  func oldClassifier() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: try copyOfOldRuns(folder))
      let settings = try store.experiment().dataSettings()
      let scenes = try PreparedScenes(settings, progress: ProgressReporter(.quiet), logger: silentLogger)
      for cell in try store.index().cells where !cell.contains("unet") {
        let model = try StoredModel(run: store.folder(of: cell))
        var tally = Tally()
        for entry in scenes.split.test {
          let scene = try entry.load(size: settings.size.common)
          tally += Tally(scene: scene, prediction: try model.predict(scene.picture))
        }
        let record = try store.record(of: cell)
        #expect(tally.sums == record?.testTally.sums, "\(cell)")
      }
    }
  }

  @Test("A setting of a newer version is named, and is no damage")
  func newerVersion() throws {
    try withTemporaryFolder { folder in
      let run = try copyOfOldRuns(folder).appendingPathComponent("linear-svc_seed0_ea1e5dae")
      let file = run.appendingPathComponent("cell.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Files.write(
        text.replacingOccurrences(of: "\"tolerance\"", with: "\"momentousness\": 3, \"tolerance\""), to: file)
      let error = #expect(throws: HarnessError.self) { try RunStore.settings(of: run) }
      #expect("\(String(describing: error))".contains("another version of segbench"))
      #expect("\(String(describing: error))".contains("svc.momentousness"))
      try Files.write(text.replacingOccurrences(of: "\"linear-svc\"", with: "\"quantum-svc\""), to: file)
      let other = #expect(throws: HarnessError.self) { try RunStore.settings(of: run) }
      #expect("\(String(describing: other))".contains("there is no model 'quantum-svc'"))
    }
  }

  @Test("Settings are read back as they were stored, whatever components they have")
  func roundTrip() throws {
    let yaml = """
      model: [random-forest, linear-svc, unet-mini, vgg-unet]
      loss: [ce, {name: focal-tversky, gamma: 0.5}]
      augmentation: [none, mirror+fog/rain]
      training: {optimizer: {name: sgd, momentum: 0.5}, schedule: plateau, augmentationPolicy: append:0.25}
      features: {sampling: balanced:200}
      data: {classes: cityscapes-19}
      """
    for settings in try Experiment(yaml: yaml, file: "x").cellSettings() {
      let json = try JSONEncoder().encode(settings)
      #expect(try JSONDecoder().decode(CellSettings.self, from: json) == settings)
      #expect(try CellSettings(settings.values) == settings)
    }
  }

  @Test("A run is read though the weights that its encoder started from are gone, which a new one needs")
  func goneWeights() throws {
    let values: [String: Setting] = ["model": .text("vgg-unet"), "encoder.weights": .text("gone.safetensors")]
    #expect(throws: StorageError.self) { try CellSettings(values) }
    let stored = try CellSettings(values, isStored: true)
    #expect(try JSONDecoder().decode(CellSettings.self, from: JSONEncoder().encode(stored)) == stored)
  }

  @Test("An output stride of 32 leaves a cell's identity as it was before there was a choice, others make other cells")
  func outputStride() throws {
    func settings(_ stride: Int?) throws -> CellSettings {
      var values: [String: Setting] = ["model": .text("vgg-pspnet")]
      values["network.outputStride"] = stride.map(Setting.whole)
      return try CellSettings(values)
    }
    #expect(try settings(32) == settings(nil) && settings(nil).changes == ["model": .text("vgg-pspnet")])
    #expect(try settings(16).changes["network.outputStride"] == .whole(16))
    #expect(
      throws: SettingError.invalid(setting: "network.outputStride", value: "12", bound: "one of 8, 16, 32")
    ) { try settings(12) }
  }

  @Test("Without a learning rate of its own an encoder leaves a cell's identity as it was before there was one")
  func encoderLearningRate() throws {
    func settings(_ values: [String: Setting]) throws -> CellSettings {
      try CellSettings(values.merging(["model": .text("vgg-unet")]) { $1 })
    }
    #expect(try settings(["encoder.learningRate": .none]).changes == ["model": .text("vgg-unet")])
    #expect(try settings(["encoder.learningRate": .number(1e-4)]).changes["encoder.learningRate"] == .number(1e-4))
    #expect(
      throws: SettingError.invalid(setting: "encoder.learningRate", value: "0", bound: "above 0, at most 10")
    ) { try settings(["encoder.learningRate": .whole(0)]) }
    // It doesn't bear on what has no encoder.
    let plain = try CellSettings(["model": .text("unet"), "encoder.learningRate": .number(1e-4)])
    #expect(plain.changes == ["model": .text("unet")])
    // The short key still means what it meant.
    #expect(try Schema.shared.key("learningRate").name == "training.learningRate")
  }

  // MARK: Contents

  private func comparison(_ folder: URL, data: URL, _ change: (inout Experiment) throws -> Void = { _ in }) throws
    -> Comparison
  {
    try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs")) {
      try $0.set("data.root", to: .text(data.path))
      try change(&$0)
    }
  }

  private func synthesize(_ folder: URL) throws -> URL {
    let data = folder.appendingPathComponent("data")
    try writeStreets(to: data, count: 150)
    return data
  }

  @Test("Two classes swapped in every mask make other cells, though no file changed its size")
  func swappedLabels() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let before = try comparison(folder, data: data).cells.map(\.name)
      for split in ["train", "val"] {
        for entry in try Dataset.open(data).entries(split) {
          guard case .files(_, let labels, _) = entry.source else { continue }
          var map = try PNG.labels(at: labels)
          map.labels = map.labels.map { $0 == 7 ? 8 : $0 == 8 ? 7 : $0 }
          try PNG.write(map, to: labels)
        }
      }
      let after = try comparison(folder, data: data).cells.map(\.name)
      #expect(Set(before).isDisjoint(with: after))
    }
  }

  @Test("Pictures and labels that were moved are the same cells, other classes of theirs are others")
  func movedData() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let before = try comparison(folder, data: data).cells.map(\.name)
      let moved = folder.appendingPathComponent("moved")
      try FileManager.default.copyItem(at: data, to: moved)
      #expect(try comparison(folder, data: moved).cells.map(\.name) == before)
      let classes = try comparison(folder, data: data) { try $0.set("data.classes=cityscapes-19") }
      #expect(Set(before).isDisjoint(with: classes.cells.map(\.name)))
    }
  }

  @Test("Encoder weights count by what they hold: moved they are the same, replaced they are others")
  func weights() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let files = ["a", "b", "c"].map { folder.appendingPathComponent("\($0).safetensors") }
      for (file, value) in zip(files, [Float(1), 1, 2]) {
        try SafeTensors(arrays: ["x": .init(.float32, shape: [1], values: [value])]).write(to: file)
      }
      let names = try files.map { file in
        try comparison(folder, data: data) {
          try $0.set("model=vgg-unet")
          try $0.set("encoder.weights", to: .text(file.path))
        }.cells[0].name
      }
      #expect(names[0] == names[1] && names[0] != names[2])
    }
  }

  @Test("A run's encoder starts another network, and its record says whose it was")
  func encoderOfRun() throws {
    try withTemporaryFolder { folder in
      func run(_ model: String, weights: URL?) throws -> (record: RunStore.Record, best: URL) {
        let comparison = try makeComparison(Self.yaml, runs: folder.appendingPathComponent(model)) {
          for setting in ["model=\(model)", "width=0.125", "train=2", "validation=2", "test=2"] { try $0.set(setting) }
          // Frozen throughout, so that the weights scored are those it started from.
          if let weights {
            try $0.set("freeze=1")
            try $0.set("encoder.weights", to: .text(weights.path))
          }
        }
        let outcome = try comparison.run(command: "test")
        #expect(outcome.failures.isEmpty)
        let name = comparison.cells[0].name
        let record = try #require(try comparison.store.record(of: name))
        return (record, comparison.store.folder(of: name).appendingPathComponent("best.safetensors"))
      }
      let first = try run("vgg-unet", weights: nil)
      let second = try run("vgg-pspnet", weights: first.best)
      #expect(first.record.fit.encoderNetwork == nil && second.record.fit.encoderNetwork == "vgg-unet")
      let (own, theirs) = (try SafeTensors(contentsOf: second.best), try SafeTensors(contentsOf: first.best))
      let names = own.arrays.keys.filter { $0.hasPrefix("encoder.") }
      #expect(names.count == 26 && names.allSatisfy { own.arrays[$0] == theirs.arrays[$0] })
    }
  }

  @Test("A digest is taken anew where a file has changed, and only there")
  func digests() throws {
    try withTemporaryFolder { folder in
      let (file, kept) = (folder.appendingPathComponent("x"), folder.appendingPathComponent("kept.json"))
      try Files.write("one", to: file)
      let first = FileDigests(keptIn: kept)
      let digest = try first.digest(of: file)
      first.save()
      #expect(try FileDigests(keptIn: kept).digest(of: file) == digest)
      // What is kept is believed for the file as it was: the digest that stands there is not made again.
      let text = try String(contentsOf: kept, encoding: .utf8)
      try Files.write(text.replacingOccurrences(of: digest, with: "feedfeedfeedfeed"), to: kept)
      #expect(try FileDigests(keptIn: kept).digest(of: file) == "feedfeedfeedfeed")
      try Files.write("two", to: file)
      #expect(try FileDigests(keptIn: kept).digest(of: file) != "feedfeedfeedfeed")
      try Files.write("no digests", to: kept)
      #expect(try FileDigests(keptIn: kept).digest(of: file) != digest)
      #expect(throws: StorageError.self) { try first.digest(of: folder.appendingPathComponent("nothing")) }
    }
  }

  // MARK: Trouble

  @Test("Whatever a cell throws is stored with its reason, and the others go on")
  func troubleOfOne() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let weights = folder.appendingPathComponent("weights.safetensors")
      try SafeTensors(arrays: ["x": .init(.float32, shape: [1], values: [Float(1)])]).write(to: weights)
      func run() throws -> (comparison: Comparison, outcome: (ran: Int, failures: [any Error])) {
        let comparison = try self.comparison(folder, data: data) {
          try $0.set("model=[vgg-unet, linear-svc]")
          try $0.set("width=0.125")
          try $0.set("encoder.weights", to: .text(weights.path))
        }
        return (comparison, try comparison.run(command: "test"))
      }
      let (comparison, outcome) = try run()
      #expect(outcome.ran == 1 && outcome.failures.count == 1)
      let failure = try #require(try comparison.store.failure(of: comparison.cells[0].name))
      #expect(failure.reason.contains("features.0.weight") && failure.epoch == nil)
      #expect(try comparison.store.record(of: comparison.cells[1].name) != nil)
      let report = try Report(comparison.store, logger: silentLogger)
      #expect(report.markdown(hasFigures: false).contains("features.0.weight"))
      // The same would happen again.
      let again = try run().outcome
      #expect(
        again.ran == 0 && again.failures.map { "\($0)" } == ["\(comparison.cells[0].name) failed: \(failure.reason)"])
    }
  }

  @Test("What files and disks did is tried again")
  func troubleThatPasses() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let first = try comparison(folder, data: data) { try $0.set("model=linear-svc") }
      let aside = folder.appendingPathComponent("aside.png")
      guard case .files(let picture, _, _) = first.scenes.parts[0].split.training[0].source else { return }
      try FileManager.default.moveItem(at: picture, to: aside)
      let outcome = try first.run(command: "test")
      #expect(
        outcome.ran == 0 && outcome.failures.count == 1 && "\(outcome.failures[0])".contains(picture.lastPathComponent))
      #expect(try first.store.failure(of: first.cells[0].name)?.isLasting == false)
      try FileManager.default.moveItem(at: aside, to: picture)
      let second = try comparison(folder, data: data) { try $0.set("model=linear-svc") }
      let again = try second.run(command: "test")
      #expect(again.ran == 1 && again.failures.isEmpty)
      #expect(try second.store.failure(of: second.cells[0].name) == nil)
    }
  }

  @Test("Combinations that can't be are refused before anything is trained, on a dry run too")
  func impossibleCombination() throws {
    try withTemporaryFolder { folder in
      let runs = folder.appendingPathComponent("runs")
      let error = #expect(throws: SettingError.self) {
        try makeComparison(Self.yaml, runs: runs) {
          try $0.set("model=unet-mini")
          try $0.set("loss=[ce, dice]")
          try $0.set("labelSmoothing=0.1")
        }
      }
      #expect("\(String(describing: error))".contains("loss.labelSmoothing is 0.1, but must be left out with dice"))
      #expect(!FileManager.default.fileExists(atPath: runs.path))
    }
  }

  @Test("Scenes without a single labelled pixel are refused with their part")
  func unlabelled() throws {
    try withTemporaryFolder { folder in
      let data = try synthesize(folder)
      let validation = try DataSplit(Dataset.open(data)).validation
      for entry in validation {
        guard case .files(_, let labels, _) = entry.source else { continue }
        var map = try PNG.labels(at: labels)
        map.labels = map.labels.map { _ in 0 }
        try PNG.write(map, to: labels)
      }
      let error = #expect(throws: ScenesError.self) { try comparison(folder, data: data) }
      #expect("\(String(describing: error))".contains("validation"))
    }
  }
}
