import Compute
import Deep
import Foundation
import Harness
import Reports
import Scenes
import Settings
import Streets
import TestSupport
import Testing

/// Pictures at their own sizes, and crops of them.
@Suite("Native size", .serialized) struct NativeSizeTests {
  /// The sizes of the scenes that `makeData` writes, in turn.
  private static let mixed = [(48, 32), (75, 41), (33, 57)].map { PixelSize(width: $0.0, height: $0.1) }

  /// Writes streets of `sizes` in turn, in the layout of Cityscapes: two of each of four cities to train on, four to test.
  private func makeData(_ sizes: [PixelSize], in folder: URL) throws {
    for index in 0..<12 {
      let (split, city) = index < 8 ? ("train", "city\(index / 2)") : ("val", "town")
      let size = sizes[index % sizes.count]
      let scene = SyntheticStreet(seed: 2).scene(index: 50 * index, width: size.width, height: size.height)
      let name = "\(city)_000000_00000\(index % 10)"
      try PNG.write(
        scene.picture, to: folder.appendingPathComponent("leftImg8bit/\(split)/\(city)/\(name)_leftImg8bit.png"))
      try PNG.write(
        scene.labels, to: folder.appendingPathComponent("gtFine/\(split)/\(city)/\(name)_gtFine_labelIds.png"))
    }
  }

  private func comparison(
    _ folder: URL, _ name: String = "native", options: RunOptions = RunOptions(), set: [String] = []
  ) throws -> Comparison {
    let yaml = """
      name: \(name)
      model: unet-mini
      data: {root: \(folder.appendingPathComponent("data").path), size: native}
      training: {epochs: 3, batch: 2, learningRate: 0.01, patience: 10}
      network: {width: 0.25}
      forest: {trees: 3}
      """
    return try makeComparison(yaml, runs: folder.appendingPathComponent("runs"), options: options) { experiment in
      for assignment in set { try experiment.set(assignment) }
    }
  }

  private func weights(_ comparison: Comparison) throws -> Data {
    try Data(
      contentsOf: comparison.store.folder(of: comparison.cells[0].name).appendingPathComponent("best.safetensors"))
  }

  private static let crop = "augmentation={name: mirror+random-crop, width: 40, height: 24}"

  @Test("Networks learn from crops of scenes of several sizes and are scored at each scene's own")
  func mixedSizes() throws {
    try withTemporaryFolder { folder in
      try makeData(Self.mixed, in: folder.appendingPathComponent("data"))
      let native = try comparison(folder, set: [Self.crop, "model=[unet-mini, random-forest]", "conditions=fog-3"])
      #expect(native.scenes.largestPicture == Self.mixed[1])
      #expect(try native.planText().contains("native size up to 75x41"))
      _ = try native.run(command: "test")
      for cell in native.cells {
        let record = try #require(try native.store.record(of: cell.name))
        let model = try StoredModel(run: native.store.folder(of: cell.name))
        var (differing, pixels, counted) = (0, 0, 0)
        for entry in native.scenes.parts[0].split.test {
          let scene = try entry.load()
          let file = native.store.predictions(of: cell.name, under: .clean).appendingPathComponent(
            "\(entry.name)_labelIds.png")
          let stored = try PNG.labels(at: file)
          #expect(PixelSize(width: stored.width, height: stored.height) == scene.picture.size)
          let prediction = try model.predict(scene.picture)
          let exported = LabelMap(
            exporting: prediction.classes, of: .cityscapes8, width: stored.width, height: stored.height)
          differing += zip(exported.labels, stored.labels).count { $0 != $1 }
          pixels += stored.labels.count
          counted += scene.classes.count { $0 != scene.void }
        }
        // Among others a picture may be rounded otherwise than alone.
        #expect(differing <= pixels / 100)
        #expect(record.testTally.sums[.withoutVoid]?.confusion.total == counted)
        if cell.settings.model == "unet-mini" {
          #expect(record.fit.pixels == native.scenes.parts[0].split.training.count * 40 * 24)
        }
        #expect(record.settings == cell.settings && record.settings.data.size == .native)
      }
      let report = try Report(native.store, logger: silentLogger)
      _ = try report.write(to: folder.appendingPathComponent("report"))
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("all at native size, the size at which") && text.contains("for one picture of 75x41"))
      let french = try Report(native.store, language: .french, logger: silentLogger).markdown(hasFigures: true)
      #expect(french.contains("taille d’origine") && !french.contains("native size"))
      let note = try Note([native.store], language: .english, logger: silentLogger).markdown(hasFigures: false)
      #expect(note.contains("on pictures of 40x24"))
    }
  }

  @Test(
    "A training on crops that is stopped and gone on with ends at the same bits, with any thread count",
    arguments: Precision.allCases.filter(\.isAvailable))
  func resuming(_ precision: Precision) throws {
    try withTemporaryFolder { folder in
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      try makeData(Self.mixed, in: folder.appendingPathComponent("data"))
      let set = [Self.crop, "precision=\(precision)"]
      let whole = try comparison(folder, "whole", set: set)
      _ = try whole.run(command: "test")
      Parallel.threadCount = 1
      let parts = try comparison(folder, "parts", set: set)
      let runner = CellRunner(
        scenes: parts.scenes.parts[0], store: parts.store, progress: ProgressReporter(.quiet), options: RunOptions())
      let name = parts.cells[0].name
      _ = try runner.run(parts.cells[0].settings.with("training.epochs", .whole(1)), name: name)
      try FileManager.default.removeItem(
        at: parts.store.folder(of: name).appendingPathComponent("scores.json"))
      _ = try parts.run(command: "test")
      #expect(try weights(parts) == weights(whole))
      #expect(
        try parts.store.record(of: name)?.testTally == whole.store.record(of: whole.cells[0].name)?.testTally)
    }
  }

  @Test("Every training scene is cropped, whatever the policy says of other augmentations")
  func policies() throws {
    try withTemporaryFolder { folder in
      try makeData(Self.mixed, in: folder.appendingPathComponent("data"))
      for policy in ["probability:0", "append:0.5"] {
        let name = policy.prefix(6)
        let comparison = try comparison(
          folder, "\(name)", set: [Self.crop, "augmentationPolicy=\(policy)", "epochs=1"])
        #expect(try comparison.run(command: "test").failures.isEmpty)
      }
    }
  }

  @Test("Without crops, networks refuse scenes of several sizes by their files, and classifiers take them")
  func refusal() throws {
    try withTemporaryFolder { folder in
      try makeData(Self.mixed, in: folder.appendingPathComponent("data"))
      let error = try #require(throws: HarnessError.self) { try comparison(folder) }
      guard case .severalSizes(let files, let sizes) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(files.count == 2 && files[0].hasSuffix("_leftImg8bit.png") && Set(sizes).count == 2)
      #expect("\(error)".contains(files[1]) && "\(error)".contains("random-crop") && ExitStatus(error) == .usage)
      #expect(try comparison(folder, set: ["model=linear-svc"]).run(command: "test").ran == 1)
    }
  }

  @Test("Where all pictures have one size, native gives the weights that the size itself gives")
  func oneSize() throws {
    try withTemporaryFolder { folder in
      try makeData([PixelSize(width: 45, height: 23)], in: folder.appendingPathComponent("data"))
      let all = try ["native", "45x23"].map { size in
        let comparison = try comparison(folder, "size-\(size)", set: ["data.size=\(size)", "augmentation=rotate"])
        _ = try comparison.run(command: "test")
        return comparison
      }
      #expect(try weights(all[0]) == weights(all[1]))
      let records = try all.map { try #require(try $0.store.record(of: $0.cells[0].name)) }
      #expect(records[0].testTally == records[1].testTally && records[0].fit.pixels == records[1].fit.pixels)
      #expect(all[0].cells[0].name != all[1].cells[0].name)
    }
  }

  @Test("Crops bound the memory of training, and the largest picture that of scoring")
  func memory() throws {
    try withTemporaryFolder { folder in
      try makeData([PixelSize(width: 600, height: 400)], in: folder.appendingPathComponent("data"))
      func planned(_ width: Int, _ height: Int, size: String = "native", available: Int = .max) throws -> Comparison {
        try comparison(
          folder, options: RunOptions(availableBytes: { available }),
          set: [
            "augmentation={name: random-crop, width: \(width), height: \(height)}", "data.size=\(size)", "batch=8",
          ])
      }
      func bytes(_ width: Int, _ height: Int, size: String = "native") throws -> Int {
        try planned(width, height, size: size).plan()[0].bytes
      }
      let whole = try comparison(folder, set: ["batch=8"]).plan()[0].bytes
      let (large, small, tiny) = (try bytes(512, 256), try bytes(256, 128), try bytes(32, 32))
      #expect(tiny <= small && small < large && large < whole)
      // Scoring sees whole pictures, however small crops are.
      #expect(try tiny > bytes(32, 32, size: "64x64"))
      let narrow = try planned(512, 256, available: large - 1)
      let error = try #require(throws: HarnessError.self) { try narrow.run(command: "test") }
      #expect("\(error)".contains("augmentation={height: 128, name: random-crop, width: 256}"))
    }
  }

  @Test("A size is written as before, native as itself, and nothing else is one")
  func texts() throws {
    func settings(_ size: String) throws -> CellSettings { try CellSettings(["data.size": .text(size)]) }
    #expect(try CellSettings().values["data.size"] == .text("256x128"))
    #expect(try settings("512x256").changes["data.size"] == .text("512x256"))
    #expect(try settings("256x128") == CellSettings())
    let native = try settings("native")
    #expect(native.data.size == .native && native.changes["data.size"] == .text("native"))
    let stored = try JSONEncoder().encode(native)
    #expect(try JSONDecoder().decode(CellSettings.self, from: stored) == native)
    for wrong in ["Native", "8x8", "own", "", "256", "native 256x128"] {
      #expect(throws: SettingError.self) { try settings(wrong) }
    }
  }
}
