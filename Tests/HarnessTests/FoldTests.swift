import Compute
import Foundation
import Harness
import Reports
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// Experiments over folds of drives, and over numbers of training scenes.
@Suite("Folds and training sizes", .serialized) struct FoldTests {
  private static let yaml = """
    name: tiny
    model: linear-svc
    data: {size: 32x16, train: 4, validation: 2, test: 3}
    """

  /// As 0.2.0 called them before there were folds.
  private static let earlierNames = [
    "random-forest_seed0_cc3be477", "linear-svc_seed0_609ad248", "unet-mini_ce_none_seed0_epochs=1_7c5d1012",
    "unet-mini_ce_none_seed0_epochs=2_4a61b1c9",
  ]

  private func comparison(_ folder: URL, _ settings: String...) throws -> Comparison {
    try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs")) { experiment in
      for setting in settings { try experiment.set(setting) }
    }
  }

  /// A folder in CamVid's layout with drives of frames `step` apart; the test shares one with what is trained on.
  private func makeDrives(_ root: URL) throws {
    let maker = FolderMaker(root: root)
    let drives: [(split: String, drive: String, frames: [Int])] = [
      ("train", "a", [60, 90, 120]), ("train", "b", [10, 20, 30, 40]), ("train", "c", [5, 7]), ("val", "c", [8, 9]),
      ("test", "a", [9, 70, 130]), ("test", "d", [1, 2]),
    ]
    for (seed, own) in drives.enumerated() {
      for frame in own.frames {
        let name = "\(own.drive)_\(frame)"
        try maker.scene("\(own.split)/\(name).png", "\(own.split)annot/\(name).png", seed: seed + frame)
      }
    }
  }

  @Test("Cells without folds are called as before there were any")
  func names() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(
        folder, "model=[random-forest, linear-svc, unet-mini]", "epochs=[1, 2]", "batch=2", "network.width=0.25",
        "trees=3")
      #expect(comparison.cells.map(\.name) == Self.earlierNames)
    }
  }

  @Test("Losses and augmentations are compared over folds, a row for all of them")
  func comparedOverFolds() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(
        folder, "folds=3", "fold=[0, 1, 2]", "model=unet-mini", "loss=[ce, dice]", "augmentation=[none, mirror]",
        "epochs=1", "network.width=0.25")
      #expect(try comparison.run(command: "test").ran == 12)
      let files = try Report(comparison.store, logger: silentLogger).tableFiles
      for name in ["losses", "augmentations"] {
        let text = try #require(files.first { $0.name == "tables/\(name).csv" }).text
        let rows = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 1 + 4 && Set(rows.map(\.count)).count == 1)
        #expect(Set(rows[0].prefix(3)) == ["model", "loss", "augmentation"])
        #expect(rows.count { $0.last == "reference" } == 2)
      }
    }
  }

  @Test("Every fold is tested by its own cell, more folds train only theirs, and a rerun trains nothing")
  func folds() throws {
    try withTemporaryFolder { folder in
      let first = try comparison(folder, "folds=3", "fold=[0, 1]")
      #expect(first.cells.map(\.name).map { $0.contains("fold=") } == [true, true])
      #expect(try first.run(command: "test").ran == 2)
      let all = try comparison(folder, "folds=3", "fold=[0, 1, 2]")
      #expect(try all.plan().map(\.state) == ["finished", "finished", "to run"])
      #expect(try all.run(command: "test").ran == 1)
      #expect(try comparison(folder, "folds=3", "fold=[0, 1, 2]").run(command: "test").ran == 0)

      let plan = try all.planText()
      for fold in 0..<3 { #expect(plan.contains("scenes, fold \(fold): 4 training, 2 validation, 3 test")) }
      #expect(Set(all.cells.map { all.scenes[$0.settings.data].fingerprint }).count == 3)
      let index = try all.store.index()
      let pictures = try #require(index.testPictures)
      #expect(pictures.order == .independent && index.sceneCounts[.test] == 9 && index.division?.folds == 3)
      #expect(index.fewestScenes == nil && pictures.drives.allSatisfy { !$0.isSeen && $0.distances == nil })
      for cell in all.cells {
        let text = try String(contentsOf: all.store.pictures(of: cell.name, under: .clean), encoding: .utf8)
        let own = pictures.drives.filter { $0.fold == cell.settings.data.fold }.flatMap(\.pictures)
        #expect(own.count == 3 && own.allSatisfy { text.contains($0) })
        #expect(try all.store.record(of: cell.name)?.testTally.pictures == 3)
      }
      let shown = Set(index.panel)
      #expect(shown.isSubset(of: pictures.drives.filter { $0.fold == 0 }.flatMap(\.pictures)))

      let verification = try all.verify(all.cells[2].name)
      #expect(verification.differences.isEmpty, "\(verification)")
      let count = pictures.drives.count
      for (language, sentence) in [
        (
          Language.english,
          "Scenes: 9 of \(count) drives in 3 folds; each drive is tested once, by models that never saw"
        ),
        (.french, "9, de \(count) séquences réparties en 3 plis"),
      ] {
        let text = try Report(all.store, language: language, logger: silentLogger).markdown(hasFigures: false)
        #expect(text.contains(sentence), "\(text.prefix(600))")
      }
      try checkReport(all)
    }
  }

  /// A row holds what all folds of a seed scored on all pictures together; a seed that lacks a fold is left out.
  private func checkReport(_ comparison: Comparison) throws {
    let report = try Report(comparison.store, logger: silentLogger)
    func table(_ name: String) throws -> [[Substring]] {
      let text = try #require(report.tableFiles.first { $0.name == "tables/\(name).csv" }?.text)
      return text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }
    let results = try table("results")
    let (score, seeds) = (
      try #require(results[0].firstIndex(of: "mean_iou")), try #require(results[0].firstIndex(of: "seeds"))
    )
    let records = try comparison.cells.compactMap { try comparison.store.record(of: $0.name) }
    let whole = records.reduce(into: Tally()) { $0 += $1.testTally }
    let pooled = try #require(Scores(whole, of: .cityscapes8, under: .official)?.meanIoU)
    #expect(results.count == 2 && results[1][seeds] == "1" && results[1][score] == "\(pooled)")
    #expect(try table("cells").count == 1 + 3 && table("cells")[0].contains("fold"))
    #expect(!report.markdown(hasFigures: false).contains("What is missing"))
    try FileManager.default.removeItem(
      at: comparison.store.folder(of: comparison.cells[0].name).appendingPathComponent("scores.json"))
    #expect(throws: HarnessError.self) { try Report(comparison.store, logger: silentLogger) }
  }

  @Test("A condition that comes later is scored on the pictures of each cell's own fold")
  func conditions() throws {
    try withTemporaryFolder { folder in
      let folds = ["folds=3", "fold=[0, 2]"]
      _ = try comparison(folder, folds[0], folds[1]).run(command: "test")
      let later = try comparison(folder, folds[0], folds[1], "conditions=fog-3")
      #expect(try later.run(command: "test").ran == 0)
      let fog = try Condition.named("fog-3")
      for cell in later.cells {
        let names = try [Condition.clean, fog].map { condition in
          try String(contentsOf: later.store.pictures(of: cell.name, under: condition), encoding: .utf8)
            .split(separator: "\n").map { $0.prefix { $0 != "," } }
        }
        #expect(names[0] == names[1] && names[0].count > 3)
      }
    }
  }

  @Test("One fold is run as a single cell")
  func single() throws {
    try withTemporaryFolder { folder in
      var experiment = try Experiment(yaml: Self.yaml, file: "tiny.yaml")
      try experiment.set("fold=1")
      let record = try CellRunner.runSingle(
        experiment, folder: folder.appendingPathComponent("run"), progress: ProgressReporter(.quiet),
        logger: silentLogger)
      #expect(record.settings.data.fold == 1 && record.testTally.pictures == 3)
    }
  }

  @Test("Over several numbers of training scenes validation and test stay, and the smaller sets are part of the larger")
  func curve() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder, "train=[2, 4, 8]")
      let splits = comparison.cells.map { comparison.scenes[$0.settings.data].split }
      #expect(splits.map(\.training.count) == [2, 4, 8])
      let sets = splits.map { Set($0.training.map(\.name)) }
      #expect(zip(sets, sets.dropFirst()).allSatisfy { $0.isSubset(of: $1) })
      #expect(Set(splits.map { ($0.validation + $0.test).map(\.name) }).count == 1)
      #expect(comparison.cells.map(\.name).allSatisfy { $0.contains("train=") })
      #expect(try comparison.planText().contains("scenes, train 2: 2 training"))
      _ = try comparison.run(command: "test")
      let index = try comparison.store.index()
      #expect(index.range(.training) == 2...8 && index.range(.validation) == 2...2)
      let report = try Report(comparison.store, logger: silentLogger)
      #expect(report.markdown(hasFigures: false).contains("2 to 8 for training"))
      let card = try #require(report.cards().first?.text)
      #expect(["2 scenes", "4 scenes", "8 scenes"].contains { card.contains("trained on \($0)") })
    }
  }

  @Test("More training scenes than there are is refused where a curve would show them")
  func tooLong() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try makeDrives(data)
      let folders = ["data.root=\(data.path)", "encoding=cityscapes"]
      let error = #expect(throws: SettingError.self) {
        try comparison(folder, folders[0], folders[1], "train=[2, 20]")
      }
      #expect("\(String(describing: error))".contains("data.train is 20, but must be at most 9"))
      #expect(try comparison(folder, folders[0], folders[1], "train=20").scenes.parts[0].split.training.count == 9)
    }
  }

  @Test("Test pictures are stored by drive as they were taken, with the distance to what is trained on")
  func distances() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try makeDrives(data)
      func pictures(_ settings: String...) throws -> TestPictures {
        try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs")) { experiment in
          try experiment.set("data.root", to: .text(data.path))
          for setting in ["encoding=cityscapes", "test=null", "train=null"] + settings { try experiment.set(setting) }
        }.scenes.testPictures
      }
      let d = TestPictures.Drive(name: "d", pictures: ["d_1", "d_2"])
      #expect(
        try pictures()
          == TestPictures(
            order: .video,
            drives: [.init(name: "a", pictures: ["a_9", "a_70", "a_130"], isSeen: true, distances: [51, 10, 10]), d]))
      // Of several sizes the largest counts.
      #expect(try pictures("train=[1, 9]") == pictures())
      let unseen = TestPictures(
        order: .video, drives: [.init(name: "a", pictures: ["a_9", "a_70", "a_130"]), d])
      #expect(try pictures("unseen=true") == unseen)
      let folds = try pictures("fold=[0, 1, 2, 3]", "train=2").drives
      #expect(folds.map(\.name) == ["a", "b", "c", "d"] && folds.map(\.fold) == [0, 1, 2, 3])
      #expect(folds.map(\.pictures.count) == [6, 4, 4, 2] && folds.allSatisfy { !$0.isSeen && $0.distances == nil })
    }
  }

  @Test("What unseen leaves out is stored, and told in both languages")
  func unseen() throws {
    try withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("data")
      try makeDrives(data)
      let comparison = try comparison(
        folder, "data.root=\(data.path)", "encoding=cityscapes", "unseen=true", "train=null")
      #expect(comparison.scenes.parts[0].split.training.count == 6)
      _ = try comparison.run(command: "test")
      let index = try comparison.store.index()
      #expect(index.division?.leftOut == Division.LeftOut(training: 3, validation: 0, groups: ["a"]))
      for (language, sentence) in [
        (Language.english, "3 training scenes of its drives (a) are left out"),
        (.french, "côté\u{A0}: 3 d’apprentissage."),
      ] {
        let text = try Report(comparison.store, language: language, logger: silentLogger).markdown(hasFigures: false)
        #expect(text.contains(sentence), "\(text.prefix(600))")
      }
    }
  }

  @Test("Data axes other than folds and training sizes, and folds in some cells only, are refused")
  func refused() throws {
    for (yaml, message) in [
      ("data: {validation: [2, 3]}", "data.validation is a list"), ("data: {unseen: [true, false]}", "data.unseen"),
      ("data: {fold: [null, 0]}", "a fold in all cells"), ("also: [{data: {fold: 1}}]", "a fold in all cells"),
      ("data: {folds: 4}", "left out without data.fold"), ("data: {fold: 0, folds: 2}", "3 or more"),
      ("data: {fold: -1}", "0 or more"), ("fold: [0, 1]\nfolds: [3, 4]", "data.folds is a list"),
    ] {
      let error = #expect(throws: SettingError.self, "\(yaml)") {
        let experiment = try Experiment(yaml: yaml, file: "x.yaml")
        _ = try experiment.cellSettings()
        _ = try experiment.dataSettings()
      }
      #expect("\(String(describing: error))".contains(message), "\(yaml)")
    }
    let short = try Experiment(yaml: "fold: [0, 1, 2]\nfolds: 3\nunseen: true", file: "x.yaml")
    #expect(short.axes == ["data.fold"])
    #expect(try short.cellSettings().map(\.data.fold) == [0, 1, 2])
  }
}
