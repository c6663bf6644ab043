import Compute
import Foundation
import Harness
import Reports
import Logging
import Scenes
import Settings
import Storage
import Streets
import TestSupport
import Testing

/// The whole way from an experiment to its report, on a few tiny scenes.
@Suite("Comparisons", .serialized) struct ComparisonTests {
  private static let yaml = """
    name: tiny
    model: [random-forest, linear-svc, unet-mini]
    data: {size: 32x16, train: 4, validation: 2, test: 3}
    training: {epochs: 2, batch: 2}
    network: {width: 0.25}
    forest: {trees: 3}
    """

  private func comparison(_ folder: URL, _ change: (inout Experiment) throws -> Void = { _ in }) throws -> Comparison {
    try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs"), change)
  }

  /// Of one classifier on 150 streets that are written to `data`.
  private func comparison(
    _ folder: URL, ofStreetsIn data: URL, _ change: (inout Experiment) throws -> Void = { _ in }
  ) throws -> Comparison {
    try writeStreets(to: data, count: 150)
    return try comparison(folder) {
      try $0.set("data.root", to: .text(data.path))
      try $0.set("test=null")
      try $0.set("model=linear-svc")
      try change(&$0)
    }
  }

  private func report(_ comparison: Comparison, to folder: URL) throws -> [String: Data] {
    let report = try Report(comparison.store, logger: silentLogger)
    _ = try report.write(to: folder)
    return try contents(of: folder)
  }

  private func contents(of folder: URL) throws -> [String: Data] {
    let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
    return try Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        let file = folder.appendingPathComponent(name)
        return file.hasDirectoryPath || (try? Data(contentsOf: file)) == nil ? nil : (name, try Data(contentsOf: file))
      })
  }

  @Test(
    "Stored runs whose names lead out of their folder are refused by name",
    arguments: ["../up", "..", "a/../../b", "a//b", "/a", ""])
  func namesOutOfFolder(name: String) throws {
    try withTemporaryFolder { folder in
      let first = try comparison(folder) { try $0.set("model=linear-svc") }
      _ = try first.run(command: "test")
      let index = first.store.folder.appendingPathComponent("index.json")
      let good = String(decoding: try Data(contentsOf: index), as: UTF8.self)
      for part in [first.cells[0].name, first.scenes.parts[0].split.test[0].name] {
        try Files.write(good.replacingOccurrences(of: "\"\(part)\"", with: "\"\(name)\""), to: index)
        #expect(throws: StorageError.malformed(file: index.path, reason: "'\(name)' is not the name of a file")) {
          try report(first, to: folder.appendingPathComponent("report"))
        }
      }
    }
  }

  @Test("A run whose stored size is beyond what is read is refused before a model is opened")
  func storedSize() throws {
    try withTemporaryFolder { folder in
      let json = String(decoding: try JSONEncoder().encode(CellSettings()), as: UTF8.self)
        .replacingOccurrences(of: "256x128", with: "9223372036854775807x9223372036854775807")
      try Files.write(json, to: folder.appendingPathComponent("cell.json"))
      #expect(throws: HarnessError.self) { try StoredModel(run: folder) }
    }
  }

  @Test("A folder of predictions with a link to itself is read once, also where it is given by such a link")
  func linkedPredictions() throws {
    try withTemporaryFolder { folder in
      let entries = try Dataset.synthetic(seed: 0).entries("val", limit: 1)
      let size = PixelSize(width: 32, height: 16)
      try PNG.write(
        try entries[0].load(size: size).labels, to: folder.appendingPathComponent("\(entries[0].name)_x.png"))
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("again"), withDestinationURL: folder)
      let files = try SceneFiles(.prediction, in: folder, of: entries.map(\.name), among: [])
      let tally = try Evaluation.score(files, on: entries, .cityscapes, size: size)
      #expect(tally.pictures == 1 && Scores(tally, of: .cityscapes8, under: .withoutVoid)?.accuracy == 1)
      let linked = try SceneFiles(
        .prediction, in: folder.appendingPathComponent("again"), of: entries.map(\.name), among: [])
      #expect(linked.files.map(\.lastPathComponent) == ["\(entries[0].name)_x.png"])
    }
  }

  @Test("A comparison scores every model, a rerun trains nothing and gives the same report byte for byte")
  func rerun() throws {
    try withTemporaryFolder { folder in
      let first = try comparison(folder)
      #expect(try first.planText().contains("471,784") == false, "a narrower network has fewer parameters")
      #expect(try first.run(command: "test").ran == 3)
      let before = try report(first, to: folder.appendingPathComponent("a"))
      let runs = try contents(of: first.store.folder)

      let second = try comparison(folder)
      #expect(try second.run(command: "test again").ran == 0)
      #expect(try report(second, to: folder.appendingPathComponent("b")) == before)
      #expect(try contents(of: second.store.folder) == runs)
      #expect(Set(before.keys).isSuperset(of: ["report.md", "tables/results.csv", "tables/iou_by_category.csv"]))
      for cell in second.cells {
        let record = try #require(try second.store.record(of: cell.name))
        #expect(record.scores[.test]?.map(\.scoringProtocol) == ScoringProtocol.allCases)
        #expect(record.testTally.pictures == 3)
      }
    }
  }

  @Test("The worst pictures are those of the cell that validation chose, and are stored with their truth")
  func worstPictures() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) { try $0.set("conditions=fog-3") }
      _ = try comparison.run(command: "test")
      let store = comparison.store
      let records = try comparison.cells.map { try #require(try store.record(of: $0.name)) }
      let best = records.max {
        ($0.scores(.validation, .official)?.meanIoU ?? 0) < ($1.scores(.validation, .official)?.meanIoU ?? 0)
      }
      let worst = try #require(try store.index().worst)
      #expect(worst.cell == best?.cell && Set(worst.pictures) == Set(comparison.scenes.parts[0].split.test.map(\.name)))
      for name in worst.pictures {
        for file in [store.panelPicture(name, under: .clean), store.panelTruth(name)] {
          #expect(FileManager.default.fileExists(atPath: file.path))
        }
      }
      // A linear SVC has no probabilities; all have boundaries.
      for record in records {
        let hasProbabilities = record.settings.model != "linear-svc"
        #expect((record.testTally.calibration != nil) == hasProbabilities)
        #expect((record.validationCalibration != nil) == hasProbabilities)
        #expect(record.calibrations?.keys.sorted() == (hasProbabilities ? ["fog-3"] : nil))
        #expect(record.calibrations?["fog-3"] != record.testTally.calibration || !hasProbabilities)
        for condition in [Condition.clean, comparison.experiment.conditions[0]] {
          let sums = try BoundaryTable.read(
            store.boundaries(of: record.cell, under: condition),
            pictures: comparison.scenes.parts[0].split.test.map(\.name),
            of: .cityscapes8)
          #expect(sums?.pictureCount == 3)
        }
      }
      let files = try report(comparison, to: folder.appendingPathComponent("report"))
      let text = String(decoding: try #require(files["report.md"]), as: UTF8.self)
      #expect(text.contains("figures/worst_pictures.png") && text.contains("figures/reliability.svg"))
      #expect((files["figures/worst_pictures.png"]?.count ?? 0) > 1000)
    }
  }

  @Test("The same settings give the same scores and weights in another folder, with another thread count")
  func repeatable() throws {
    try withTemporaryFolder { folder in
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      var weights: [[Data]] = []
      for threads in [1, 2] {
        Parallel.threadCount = threads
        let comparison = try comparison(folder.appendingPathComponent("\(threads)"))
        _ = try comparison.run(command: "test")
        weights.append(
          try comparison.cells.map {
            try Data(contentsOf: comparison.store.folder(of: $0.name).appendingPathComponent("best.safetensors"))
          })
      }
      #expect(weights[0] == weights[1])
    }
  }

  @Test("A changed setting runs its cells anew and leaves the others")
  func changed() throws {
    try withTemporaryFolder { folder in
      _ = try comparison(folder).run(command: "test")
      let changed = try comparison(folder) { try $0.set("trees=4") }
      #expect(try changed.run(command: "test").ran == 1)
    }
  }

  @Test("Stored predictions score as the run itself did")
  func exported() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      let comparison = try comparison(folder, ofStreetsIn: data)
      _ = try comparison.run(command: "test")
      let cell = comparison.store.folder(of: comparison.cells[0].name)
      let stored = try #require(try comparison.store.record(of: comparison.cells[0].name)?.scores[.test]?.first)
      for source in [
        Evaluation.Source.run(cell), .predictions(cell.appendingPathComponent("predictions"), size: nil),
      ] {
        let scores = try Evaluation.scores(
          of: source, data: data.path, split: "val", under: nil, progress: ProgressReporter(.quiet))
        #expect(scores.scoringProtocol == .official && scores.iou == stored.iou && scores.pictures == 30)
      }
    }
  }

  @Test("With select: validation the tables hold the best cell of each grid, and the grid holds all")
  func selection() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) {
        $0.select = .validation
        try $0.set("model=[random-forest, linear-svc]")
        try $0.set("maxDepth=[1, 12]")
      }
      _ = try comparison.run(command: "test")
      let files = try report(comparison, to: folder.appendingPathComponent("report"))
      func rows(_ name: String) throws -> [[String]] {
        String(decoding: try #require(files[name]), as: UTF8.self).split(separator: "\n")
          .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      }
      let (results, grid) = (try rows("tables/results.csv"), try rows("tables/grid.csv"))
      #expect(results.count == 1 + 2 && grid.count == 1 + 3)
      let forests = grid.filter { $0[0] == "random-forest" }
      let best = try #require(forests.max { (Double($0[3]) ?? 0) < (Double($1[3]) ?? 0) })
      #expect(results[1][1] == best[1], "the forest that is shown isn't the best by validation")
    }
  }

  @Test("Numbers in Markdown are those of the CSV, rounded")
  func markdownFollowsCSV() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder)
      _ = try comparison.run(command: "test")
      let files = try report(comparison, to: folder.appendingPathComponent("report"))
      let markdown = String(decoding: try #require(files["report.md"]), as: UTF8.self)
      let csv = String(decoding: try #require(files["tables/results.csv"]), as: UTF8.self)
      let header = try #require(csv.split(separator: "\n").first).split(separator: ",")
      let column = try #require(header.firstIndex(of: "mean_iou"))
      for line in csv.split(separator: "\n").dropFirst() {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        let value = try #require(Double(fields[column]))
        let row = try #require(markdown.split(separator: "\n").first { $0.hasPrefix("| \(fields[0]) |") })
        #expect(row.contains(String(format: "%.4f", value)))
      }
    }
  }

  @Test("A run scored under weather sees other pictures than one scored in clear weather, always the same ones")
  func condition() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) { try $0.set("model=linear-svc") }
      _ = try comparison.run(command: "test")
      let run = comparison.store.folder(of: comparison.cells[0].name)
      let data = folder.appendingPathComponent("data")
      try writeStreets(to: data, count: 10)
      func scores(_ condition: String) throws -> Scores {
        try Evaluation.scores(
          of: .run(run, try Condition.named(condition)), data: data.path, split: "val", under: .withoutVoid,
          progress: ProgressReporter(.quiet))
      }
      #expect(try scores("fog-5") == scores("fog-5"))
      #expect(try scores("fog-5") != scores("clean"))
      #expect(throws: SettingError.self) { try scores("mirror") }
    }
  }

  @Test("A run on synthetic streets is scored again on streets of its own seed")
  func sceneSeed() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) {
        try $0.set("model=linear-svc")
        try $0.set("sceneSeed=7")
        try $0.set("test=null")
      }
      _ = try comparison.run(command: "test")
      let cell = comparison.cells[0].name
      let stored = try #require(try comparison.store.record(of: cell)?.scores(.test, .official))
      let scores = try Evaluation.scores(
        of: .run(comparison.store.folder(of: cell)), data: "synthetic", split: "val", under: .official,
        progress: ProgressReporter(.quiet))
      #expect(scores == stored)
    }
  }

  @Test(
    "A run with a fold is scored again on its fold, wherever the data lie, and never on scenes that it was trained on")
  func fold() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("a/streets")
      let comparison = try comparison(folder, ofStreetsIn: data) { try $0.set("data.fold=1") }
      _ = try comparison.run(command: "test")
      let cell = comparison.cells[0].name
      let stored = try #require(try comparison.store.record(of: cell)).scores
      func scores(_ split: String, _ root: URL) throws -> Scores {
        try Evaluation.scores(
          of: .run(comparison.store.folder(of: cell)), data: root.path, split: split, under: .official,
          progress: ProgressReporter(.quiet))
      }
      let (moved, renamed) = (folder.appendingPathComponent("b/streets"), folder.appendingPathComponent("b/others"))
      for root in [moved, renamed] {
        try FileManager.default.createDirectory(
          at: root.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: data, to: root)
      }
      for root in [data, moved] {
        #expect(try scores("test", root) == stored[.test]?.first)
        #expect(try scores("val", root) == stored[.validation]?.first)
      }
      #expect(try scores("val", renamed) != stored[.validation]?.first)
      #expect(throws: ScenesError.self) { try scores("tset", data) }
    }
  }

  @Test("A run is scored on its own parts where the data have none, and scenes that it was trained on are told")
  func ownParts() throws {
    try withTemporaryFolder { folder in
      let streets = folder.appendingPathComponent("streets")
      try writeStreets(to: streets, count: 40)
      let split = try Dataset.open(streets.path, sceneSeed: 0)
      let undivided = Dataset(
        name: split.name, location: "all streets", labelTable: split.labelTable,
        splits: [Dataset.undivided: split.splits.values.flatMap(\.self)], citation: "")
      var settings = try comparison(folder).cells[0].settings.data
      settings.root = "elsewhere/streets"
      (settings.train, settings.validation, settings.test) = (nil, nil, nil)
      func scored(_ name: String, of dataset: Dataset, at root: String = "streets/") throws -> EvaluatedSplit {
        try EvaluatedSplit(name, of: dataset, at: root, trained: settings)
      }
      let parts = try ["train", "val", "test"].map { try scored($0, of: undivided).entries.map(\.key) }
      #expect(parts.allSatisfy { !$0.isEmpty } && Set(parts.joined()).count == 40 && parts.joined().count == 40)
      #expect(
        try scored("val", of: undivided).notes == ["val is the run's own part, as the data have none of that name"])
      #expect(
        try scored("all", of: undivided).notes
          == ["warning: the run was trained on \(parts[0].count) of the 40 scenes of all"])
      #expect(try scored("all", of: undivided, at: "others").notes.isEmpty)
      #expect(try scored("val", of: split).notes.isEmpty)
      #expect(try scored("test", of: split).entries.map(\.key) == scored("val", of: split).entries.map(\.key))
      let refusal = ScenesError.noScenes(folder: "all streets", split: "val", known: ["all"])
      #expect(throws: refusal) { try scored("val", of: undivided, at: "others") }
      #expect("\(refusal)" == "all streets has no scenes for val; it has all")
    }
  }

  @Test("A search that ended before it had converged is told in the report and on the card")
  func notConverged() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) {
        try $0.set("model=linear-svc")
        try $0.set("svc.maxIterations=1")
        try $0.set("svc.tolerance=0.0000001")
      }
      _ = try comparison.run(command: "test")
      let files = try report(comparison, to: folder.appendingPathComponent("report"))
      for name in ["report.md", "cards/linear-svc.md"] {
        let text = String(decoding: try #require(files[name]), as: UTF8.self)
        #expect(text.contains("not converged within 1 iterations"), "\(name)")
      }
    }
  }

  @Test("A damaged record is an error that names it")
  func damagedRecord() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder) { try $0.set("model=linear-svc") }
      _ = try comparison.run(command: "test")
      let file = comparison.store.folder(of: comparison.cells[0].name).appendingPathComponent("scores.json")
      try Data("{\"cell\": 3".utf8).write(to: file)
      #expect(throws: StorageError.self) { try comparison.store.record(of: comparison.cells[0].name) }
    }
  }

  @Test("Bad scenes stop a comparison before anything is written, or are left out and counted")
  func badScenes() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try writeStreets(to: data, count: 150)
      let entry = try Dataset.open(data).entries("val")[1]
      guard case .files(let picture, _, _) = entry.source else { return }
      try Data("not a picture".utf8).write(to: picture)
      func open(_ skipBad: Bool) throws -> Comparison {
        try comparison(folder) {
          try $0.set("data.root", to: .text(data.path))
          try $0.set("test=null")
          try $0.set("skipBad=\(skipBad)")
        }
      }
      #expect(throws: ScenesError.badPicture(file: picture.path, reason: "it is neither a PNG nor a JPEG file")) {
        try open(false)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("runs").path))
      let opened = try open(true)
      #expect(opened.scenes.skipped == 1 && opened.scenes.parts[0].split.test.count == 29)
    }
  }
}
