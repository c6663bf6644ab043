import Foundation
import Harness
import Reports
import Storage
import TestSupport
import Testing

@Suite("What reports say of differences") struct JudgementTests {
  private func texts(_ store: RunStore, language: Language = .english) throws -> [String: String] {
    let report = try Report(store, language: language, logger: silentLogger)
    return Dictionary(uniqueKeysWithValues: [(report.fileName, report.markdown(hasFigures: true))] + report.tableFiles)
  }

  /// Columns of a table, by their keys.
  private func columns(_ keys: [String], of table: String, in texts: [String: String]) throws -> [[String]] {
    let rows = try CSV.rows(try #require(texts["tables/\(table).csv"]))
    let places = try keys.map { try #require(rows[0].firstIndex(of: $0), "\($0)") }
    return rows.dropFirst().map { row in places.map { row[$0] } }
  }

  @Test(
    "Test scores choose nothing: permuted among cells, they leave every chosen row, figure, card and model as it was")
  func permuted() throws {
    let yaml = """
      name: choice
      about: clear pictures
      model: [random-forest, unet-mini, unet]
      loss: [ce, dice]
      select: validation
      seed: [0, 1, 2]
      training: {learningRate: [0.001, 0.004, 0.002]}
      """
    func ease(_ settings: CellSettings) -> Float {
      (settings.model == "unet" ? 0.75 : 0.6) + Float(settings.training.learningRate) * 10
        + (settings.loss == "dice" ? 0.05 : 0)
    }
    // Whoever was ahead is behind.
    func reversed(_ settings: CellSettings) -> Float { 1.4 - ease(settings) }
    try withTemporaryFolder { folder in
      let stores = try [nil, reversed].enumerated().map { place, test in
        try StoredExperiment(
          yaml, in: folder.appendingPathComponent("\(place)"), ease: ease, testEase: test
        ).store
      }
      let texts = try stores.map { try self.texts($0) }
      #expect(texts[0]["tables/results.csv"] != texts[1]["tables/results.csv"])
      let chosen = try texts.map { texts in
        [
          try columns(["model", "loss", "training.learningRate"], of: "results", in: texts),
          try columns(["model", "loss", "training.learningRate"], of: "confusion", in: texts),
          try columns(["training.learningRate", "validation_mean_iou"], of: "grid", in: texts),
          // The selected one has no difference from itself.
          try columns(["difference"], of: "grid", in: texts).map { [$0[0].isEmpty ? "selected" : ""] },
        ]
      }
      #expect(chosen[0] == chosen[1])
      let cards = try stores.map { try Report($0, logger: silentLogger).cards() }
      for (one, other) in zip(cards[0], cards[1]) {
        let runs = [one, other].map { $0.text.split(separator: "\n").filter { $0.contains("runs/choice/") } }
        #expect(one.name == other.name && !runs[0].isEmpty && runs[0] == runs[1])
      }
      let notes = try stores.map { try Note([$0], language: .english, logger: silentLogger).markdown(hasFigures: true) }
      let architectures = notes.map { $0.split(separator: "\n").filter { $0.contains("chosen architecture") } }
      #expect(architectures[0].count == 1 && architectures[0] == architectures[1])
    }
  }

  @Test("A row of which some trainings failed says so, and is compared with its other seeds alone")
  func failed() throws {
    try withTemporaryFolder { folder in
      let yaml = "name: failing\nmodel: unet\nloss: [ce, dice]\nseed: [0, 1, 2, 3, 4]"
      let stored = try StoredExperiment(yaml, in: folder)
      let cell = stored.cells[1]
      try FileManager.default.removeItem(at: stored.file(cell, "scores.json"))
      let settings = String(decoding: try JSONEncoder().encode(cell.settings), as: UTF8.self)
      try Files.write(
        #"{"cell": "\#(cell.name)", "settings": \#(settings), "epoch": 2, "reason": "the loss is nan"}"#,
        to: stored.file(cell, "failed.json"))
      let texts = try texts(stored.store)
      let report = try #require(texts["report.md"])
      #expect(report.contains("**unet ce: 1 of 5 trainings failed"))
      #expect(try columns(["loss", "seeds"], of: "results", in: texts) == [["ce", "4"], ["dice", "5"]])
      #expect(try columns(["verdict"], of: "losses", in: texts).map { $0[0] } == ["reference", "better"])
    }
  }

  @Test("A report of one test picture has no interval and decides nothing")
  func onePicture() throws {
    try withTemporaryFolder { folder in
      let yaml = "name: one\nabout: clear pictures\nmodel: [random-forest, linear-svc]\nseed: [0, 1, 2]"
      let stored = try StoredExperiment(yaml, in: folder, pictureCount: 1) { $0.model == "linear-svc" ? 0.2 : 0.9 }
      let texts = try texts(stored.store)
      let report = try #require(texts["report.md"])
      #expect(report.contains("There is one test picture") && !report.contains("**0."))
      #expect(try columns(["mean_iou_low"], of: "results", in: texts) == [[""], [""]])
      #expect(try columns(["verdict"], of: "comparisons", in: texts) == [["undecided"]])
    }
  }

  @Test("The margin of an experiment decides what is equivalent, and is printed")
  func margin() throws {
    try withTemporaryFolder { folder in
      for (margin, verdict) in [("0.01", "better"), ("0.2", "equivalent")] {
        let yaml = "name: margin\nmargin: \(margin)\nmodel: unet\nloss: [ce, dice]\nseed: [0, 1, 2]"
        let texts = try texts(try StoredExperiment(yaml, in: folder.appendingPathComponent(margin)).store)
        #expect(try columns(["verdict"], of: "losses", in: texts).map { $0[0] } == ["reference", verdict])
        #expect(texts["report.md"]?.contains("where it is below \(margin)") == true)
      }
      #expect(throws: (any Error).self) { try Experiment(yaml: "margin: -1", file: "bad.yaml") }
    }
  }

  @Test("A difference that is asked for from both sides is judged once, and each side gets its verdict")
  func mirrored() throws {
    try withTemporaryFolder { folder in
      let yaml = "name: mirrored\nmodel: [vgg-unet, vgg-pspnet]\nseed: [0, 1, 2]"
      let stored = try StoredExperiment(yaml, in: folder) { $0.model == "vgg-pspnet" ? 0.8 : 0.5 }
      let report = try Report(stored.store, beside: .seeds, logger: silentLogger)
      let rows = try CSV.rows(try #require(report.tableFiles.first { $0.name == "tables/comparisons.csv" }).text)
      let clear = rows.filter { $0[2] == "official" }
      #expect(clear.map { [$0[0], $0[1]] } == [["vgg-pspnet", "vgg-unet"]])
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("It is better than `vgg-unet` (+"))
      // What the earlier reports claim is the other way round.
      let claims = try CSV.rows(try #require(report.tableFiles.first { $0.name == "tables/claims.csv" }).text)
      let claim = try #require(claims.first { $0[0] == "VGG-UNet beats VGG-PSPNet" })
      #expect(claim[3].hasPrefix("-0.") && claim[4] == "contradicted")
    }
  }

  @Test("Scores by the number of training scenes stand in a table and a figure of their own")
  func sizes() throws {
    try withTemporaryFolder { folder in
      let yaml = "name: sizes\nmodel: [unet, random-forest]\nseed: [0, 1, 2]\ndata: {train: [50, 25, 100]}"
      let stored = try StoredExperiment(yaml, in: folder) { 0.4 + Float($0.data.train ?? 0) / 400 }
      let texts = try texts(stored.store)
      let rows = try columns(["model", "training_scenes", "seeds"], of: "training_sizes", in: texts)
      #expect(rows == ["unet", "random-forest"].flatMap { model in ["25", "50", "100"].map { [model, $0, "3"] } })
      #expect(
        try columns(["verdict"], of: "training_sizes", in: texts)
          == [["reference"], ["better"], ["better"], ["reference"], ["better"], ["better"]])
      // Each against the number before it, and the two models.
      #expect(try columns(["better"], of: "comparisons", in: texts).count == 4 + 1)
      let report = try #require(texts["report.md"])
      #expect(report.contains("figures/training_sizes.svg"))
      #expect(report.contains("From 25 to 100 training scenes, the mean IoU of `unet` changes by +0.1"), "\(report)")
      #expect(report.contains("With the last step, from 50 on (+0.0"), "\(report)")
    }
  }

  /// What scores do with more training scenes.
  enum Course: CaseIterable {
    case rise, fall, level, open

    func score(_ scenes: Float, _ seed: Float) -> Float {
      switch self {
      case .rise: 0.5 + scenes / 400
      case .fall: 0.5 - scenes / 400
      case .level: 0.5 + min(scenes, 50) / 400
      case .open: scenes > 50 ? 0.4 + seed / 10 : 0.5
      }
    }

    /// In English and French.
    var sentence: (String, String) {
      switch self {
      case .rise: ("mean IoU still rises", "l’IoU moyenne monte encore")
      case .fall: ("mean IoU falls", "l’IoU moyenne baisse")
      case .level: ("mean IoU changes by less than 0.02", "l’IoU moyenne varie de moins de 0,02")
      case .open:
        ("whether mean IoU still rises isn't decided", "on ne peut dire si l’IoU moyenne monte encore")
      }
    }
  }

  @Test(
    "Of the last step to more training scenes, a sentence says what is judged of it", arguments: Course.allCases)
  func lastSize(_ course: Course) throws {
    try withTemporaryFolder { folder in
      let yaml = "name: sizes\nmargin: 0.02\nmodel: unet\nseed: [0, 1, 2]\ndata: {train: [25, 50, 100]}"
      let stored = try StoredExperiment(yaml, in: folder) {
        course.score(Float($0.data.train ?? 0), Float($0.seed))
      }
      let english = try #require(try texts(stored.store)["report.md"])
      #expect(english.contains("), \(course.sentence.0)."), "\(english)")
      let french = try #require(try texts(stored.store, language: .french)["report.fr.md"])
      #expect(french.contains("), \(course.sentence.1)."), "\(french)")
    }
  }
}
