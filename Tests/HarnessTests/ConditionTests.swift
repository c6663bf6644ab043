import Compute
import Foundation
import Harness
import Reports
import Logging
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// Experiments whose models see the test pictures under weather too.
@Suite("Conditions", .serialized) struct ConditionTests {
  fileprivate static let yaml = """
    name: tiny
    model: [linear-svc, unet-mini]
    conditions: [fog-4, night-5]
    data: {size: 32x16, train: 4, validation: 2, test: 3}
    training: {epochs: 1, batch: 2}
    network: {width: 0.25}
    """

  private func comparison(_ folder: URL, _ change: (inout Experiment) throws -> Void = { _ in }) throws -> Comparison {
    try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs"), change)
  }

  private func contents(_ comparison: Comparison, _ name: String) throws -> [Data] {
    try comparison.cells.map {
      try Data(contentsOf: comparison.store.folder(of: $0.name).appendingPathComponent(name))
    }
  }

  private func records(_ comparison: Comparison) throws -> [RunStore.Record] {
    try comparison.cells.map { try #require(try comparison.store.record(of: $0.name)) }
  }

  @Test("Each condition has its scores and its table of pictures, and leaves those of clear weather as they are")
  func stored() throws {
    try withTemporaryFolder { folder in
      let weather = try comparison(folder.appendingPathComponent("a"))
      #expect(try weather.planText().contains("test conditions: clean, fog-4, night-5\n"))
      _ = try weather.run(command: "test")
      let clear = try comparison(folder.appendingPathComponent("b")) { try $0.set("conditions=[]") }
      #expect(try !clear.planText().contains("conditions"))
      _ = try clear.run(command: "test")

      #expect(weather.cells.map(\.name) == clear.cells.map(\.name))
      for name in ["best.safetensors", "pictures.csv"] {
        #expect(try contents(weather, name) == contents(clear, name), "\(name)")
      }
      for (record, plain) in zip(try records(weather), try records(clear)) {
        #expect(record.scores == plain.scores && plain.conditions == nil)
        #expect(Set(try #require(record.conditions).keys) == ["fog-4", "night-5"])
        for condition in ["fog-4", "night-5"] {
          let scores = try #require(record.conditions?[condition]?.first)
          #expect(scores.scoringProtocol == .official && scores.pictures == 3)
          #expect(scores.pixels == record.scores[.test]?.first?.pixels, "weather changes no labels")
          #expect(
            scores.softFlatIoU != record.scores[.test]?.first?.softFlatIoU || record.settings.model == "linear-svc")
          let table = weather.store.folder(of: record.cell).appendingPathComponent("pictures-\(condition).csv")
          #expect(
            try Self.confusion(table, .official)
              != Self.confusion(
                table.deletingLastPathComponent()
                  .appendingPathComponent("pictures.csv"), .official))
          // The scores are those of the sum of the pictures' matrices.
          var tally = ConfusionMatrix(classCount: 8)
          for matrix in try Self.confusion(table, .official).values { tally += matrix }
          let hits = (1..<8).reduce(0) { $0 + tally[$1, $1] }
          #expect(scores.accuracy == Double(hits) / Double(tally.total))
        }
      }
    }
  }

  /// The matrix of each picture in a table under a protocol.
  private static func confusion(_ file: URL, _ scoringProtocol: ScoringProtocol) throws -> [String: ConfusionMatrix] {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
    let rows = lines.map { $0.split(separator: ",") }.filter { $0[1] == scoringProtocol.rawValue }
    return Dictionary(
      uniqueKeysWithValues: rows.map {
        (String($0[0]), ConfusionMatrix(classCount: 8, counts: $0.dropFirst(2).compactMap { Int($0) }))
      })
  }

  @Test("A condition that comes later is scored with the stored model: to the same bits, and nothing is trained")
  func later() throws {
    try withTemporaryFolder { folder in
      let whole = try comparison(folder.appendingPathComponent("a"))
      #expect(try whole.run(command: "test").ran == 2)

      let parts = folder.appendingPathComponent("b")
      _ = try comparison(parts) { try $0.set("conditions=[]") }.run(command: "test")
      let first = try comparison(parts) { try $0.set("conditions=night-5") }
      #expect(try first.planText().contains("to score under night-5"))
      #expect(try first.run(command: "test").ran == 0)
      let kept = try contents(first, "pictures-night-5.csv")
      let second = try comparison(parts)
      #expect(try second.planText().contains("to score under fog-4\n"))
      #expect(try second.run(command: "test").ran == 0)
      #expect(try second.planText().contains("finished"))

      #expect(try contents(second, "pictures-night-5.csv") == kept)
      for name in ["best.safetensors", "pictures.csv", "pictures-fog-4.csv", "pictures-night-5.csv"] {
        #expect(try contents(second, name) == contents(whole, name), "\(name)")
      }
      #expect(try records(second).map(\.conditions) == records(whole).map(\.conditions))
    }
  }

  @Test("A cell whose model is gone keeps its record when a condition is asked for")
  func gone() throws {
    try withTemporaryFolder { folder in
      let first = try comparison(folder) {
        try $0.set("model=linear-svc")
        try $0.set("conditions=[]")
      }
      _ = try first.run(command: "test")
      let before = try records(first)
      try FileManager.default.removeItem(
        at: first.store.folder(of: first.cells[0].name).appendingPathComponent("best.safetensors"))
      let second = try comparison(folder) { try $0.set("model=linear-svc") }
      #expect(try second.run(command: "test").failures.count == 1)
      #expect(try records(second) == before)
    }
  }

  /// Data on disk, and beside it a folder `frost` with a picture for each test picture that is its negative.
  private struct Frost {
    let folder, pictures: URL
    private(set) var entries: [SceneEntry] = []

    init(in folder: URL) throws {
      (self.folder, pictures) = (folder, folder.appendingPathComponent("frost"))
      try writeStreets(to: folder.appendingPathComponent("data"), count: 12)
      entries = try comparison(conditions: []).scenes.parts[0].split.test
      for entry in entries { try PNG.write(negative(of: entry), to: file(of: entry)) }
    }

    func file(of entry: SceneEntry) -> URL { pictures.appendingPathComponent("\(entry.name)_frosty.png") }

    func negative(of entry: SceneEntry) throws -> Picture {
      var picture = try entry.load().picture
      for index in picture.pixels.indices { picture.pixels[index] = 255 - picture.pixels[index] }
      return picture
    }

    func comparison(conditions: [Setting]) throws -> Comparison {
      try makeComparison(ConditionTests.yaml, runs: folder.appendingPathComponent("runs")) {
        try $0.set("model=linear-svc")
        try $0.set("data.root", to: .text(folder.appendingPathComponent("data").path))
        try $0.set("conditions", to: .list(conditions))
      }
    }

    /// The experiment that is tested with the pictures of a folder, too.
    func comparison(in folder: URL? = nil) throws -> Comparison {
      try comparison(conditions: [
        .text("fog-4"), .section(["name": .text("frost"), "pictures": .text((folder ?? pictures).path)]),
      ])
    }
  }

  @Test("Pictures of a folder stand for the test pictures, wherever it lies, and are scored again when they change")
  func pictures() throws {
    try withTemporaryFolder { folder in
      let frost = try Frost(in: folder)
      let first = try frost.comparison()
      _ = try first.run(command: "test")
      let record = try #require(try records(first).first)
      #expect(Set(try #require(record.conditions).keys) == ["fog-4", "frost"])
      #expect(Set(try #require(record.conditionContents).keys) == ["frost"])
      #expect(record.conditions?["frost"] != record.scores[.test])
      #expect(try first.verify(nil).differences == [])

      let (witness, scenes) = (Witness(), first.scenes.parts[0])
      let condition = try #require(scenes.conditions.last)
      _ = try Evaluation.score(witness, on: scenes.split.test, loader: scenes.loader, condition: condition)
      #expect(try witness.seen == frost.entries.map(frost.negative))

      let moved = folder.appendingPathComponent("moved")
      try FileManager.default.moveItem(at: frost.pictures, to: moved)
      #expect(try frost.comparison(in: moved).planText().contains("finished"))
      let (one, other) = (frost.entries[0], frost.entries[1])
      try PNG.write(
        frost.negative(of: other), to: moved.appendingPathComponent(frost.file(of: one).lastPathComponent))
      let changed = try frost.comparison(in: moved)
      #expect(try changed.planText().contains("to score under frost\n"))
      #expect(try changed.run(command: "test").ran == 0)
      let later = try #require(try records(changed).first)
      #expect(later.conditionContents != record.conditionContents && later.conditions?["fog-4"] != nil)
      #expect(try frost.comparison(in: moved).planText().contains("finished"))
    }
  }

  @Test("Masks of the scenes that figures show are stored under every condition, and the pictures too")
  func masks() throws {
    try withTemporaryFolder { folder in
      let frost = try Frost(in: folder)
      let comparison = try frost.comparison()
      _ = try comparison.run(command: "test")
      let (store, cell) = (comparison.store, comparison.cells[0].name)
      let panel = try store.index().panel
      #expect(!panel.isEmpty)
      for condition in comparison.scenes.parts[0].conditions {
        for name in panel {
          let entry = try #require(frost.entries.first { $0.name == name })
          let seen = try condition.apply(to: entry.load(), of: entry).picture
          #expect(try PNG.picture(at: store.panelPicture(name, under: condition)) == seen)
          let mask = store.predictions(of: cell, under: condition).appendingPathComponent("\(name)_labelIds.png")
          #expect(try PNG.labels(at: mask).width == 32)
        }
      }
    }
  }

  @Test("A folder that lacks a picture, or has one that is unclear, damaged or of another size, is refused by name")
  func badPictures() throws {
    try withTemporaryFolder { folder in
      let frost = try Frost(in: folder)
      let (entry, file) = (frost.entries[1], frost.file(of: frost.entries[1]))
      func refusal() throws -> String {
        do {
          _ = try frost.comparison()
          Issue.record("the folder was taken")
          return ""
        } catch {
          #expect(ExitStatus(error) == .badData)
          return "\(error)"
        }
      }
      try FileManager.default.removeItem(at: file)
      #expect(try refusal().contains("has no picture for \(entry.name)"))
      try PNG.write(Picture(width: 16, height: 8), to: file)
      #expect(try refusal() == "\(file.path): it is 16x8, but the picture of \(entry.name) that it stands for is 32x16")
      try Files.write("no picture", to: file)
      #expect(try refusal().hasPrefix(file.path))
      try PNG.write(frost.negative(of: entry), to: file)
      try PNG.write(frost.negative(of: entry), to: frost.pictures.appendingPathComponent("\(entry.name)_dark.png"))
      #expect(try refusal().contains("several files for \(entry.name)"))
    }
  }

  @Test("A condition of a folder has a name of its own, and is stored as it was written")
  func names() throws {
    func experiment(_ conditions: String) throws -> Experiment {
      try Experiment(yaml: "\(Self.yaml)".replacing("[fog-4, night-5]", with: conditions), file: "tiny.yaml")
    }
    let read = try experiment("[fog-3, {name: frost-3, pictures: 'a folder: of pictures'}]")
    #expect(read.conditions.map(\.name) == ["fog-3", "frost-3"])
    #expect(read.conditions.map(\.folder) == [nil, "a folder: of pictures"])
    #expect(try Experiment(yaml: read.yaml(), file: "stored").conditions == read.conditions)
    for bad in [
      "[{name: fog-3, pictures: a}]", "[{name: clean, pictures: a}]", "[{name: fog, pictures: a}]",
      "[{name: a/b, pictures: a}]", "[{name: '', pictures: a}]", "[{name: a}]", "[{pictures: a}]",
      "[{name: a, pictures: b, severity: 3}]", "[{name: a, pictures: b}, {name: a, pictures: c}]", "[frost]",
    ] {
      #expect(throws: SettingError.self, "\(bad)") { try experiment(bad) }
    }
  }

  /// A model that keeps what it is shown.
  private final class Witness: Segmenter {
    private(set) var seen: [Picture] = []

    func predict(_ pictures: [Picture]) throws -> [Prediction] {
      seen += pictures
      return pictures.map {
        Prediction(
          width: $0.width, height: $0.height,
          classes: [UInt8](repeating: UInt8(seen.count % Category.count), count: $0.width * $0.height))
      }
    }
  }

  @Test("Every model is shown the same pictures under a condition, with any number of threads, and others without it")
  func samePictures() throws {
    try withTemporaryFolder { folder in
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      let scenes = try comparison(folder).scenes.parts[0]
      let entries = scenes.split.test
      func shown(_ condition: Condition) throws -> [Picture] {
        let witness = Witness()
        _ = try Evaluation.score(witness, on: entries, loader: scenes.loader, condition: condition)
        return witness.seen
      }
      let plain = try entries.map { try $0.load(size: scenes.loader.size) }
      for name in ["fog-3", "rain-3+night-2", "spatter-5"] {
        let condition = try Condition.named(name)
        let pictures = plain.map { condition.apply(to: $0).picture }
        for threads in [1, 2, 3] {
          Parallel.threadCount = threads
          #expect(try shown(condition) == pictures)
        }
        #expect(zip(pictures, plain).allSatisfy { $0 != $1.picture })
        #expect(try shown(.clean) == plain.map(\.picture), "what the loader keeps has changed")
      }
    }
  }

  @Test("Augmentation and conditions leave the scenes that validation and clear tests are scored on as they are")
  func untouched() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) {
        try $0.set("model=unet-mini")
        try $0.set("augmentation=rotate+snow+night")
        try $0.set("training.augmentationPolicy=probability:1")
      }
      _ = try comparison.run(command: "test")
      let record = try #require(try records(comparison).first)
      let model = try StoredModel(run: comparison.store.folder(of: record.cell)).segmenter
      let (scenes, loader) = (comparison.scenes.parts[0], SceneLoader(size: comparison.scenes.loader.size))
      for (part, entries) in [(Part.validation, scenes.split.validation), (.test, scenes.split.test)] {
        let tally = try Evaluation.score(model, on: entries, loader: loader).tally
        #expect(
          record.scores[part] == ScoringProtocol.allCases.compactMap { Scores(tally, of: .cityscapes8, under: $0) })
        if part == .validation {
          #expect(record.fit.validationMeanIoU == Scores(tally, of: .cityscapes8, under: .withoutVoid)?.meanIoU)
        }
      }
    }
  }

  @Test("An augmented training gives the same weights with any number of threads, and others than a plain one")
  func augmentedTraining() throws {
    try withTemporaryFolder { folder in
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      func weights(_ augmentation: String, threads: Int) throws -> [Data] {
        Parallel.threadCount = threads
        let comparison = try comparison(folder.appendingPathComponent("\(threads)")) {
          try $0.set("model=unet-mini")
          try $0.set("conditions=[]")
          try $0.set("augmentation", to: .text(augmentation))
          try $0.set("training.augmentationPolicy=append:1")
        }
        _ = try comparison.run(command: "test")
        return try contents(comparison, "best.safetensors")
      }
      let augmented = try weights("mirror+fog/rain/snow/night", threads: 1)
      #expect(try weights("mirror+fog/rain/snow/night", threads: 3) == augmented)
      #expect(try weights("none", threads: 1) != augmented)
    }
  }
}
