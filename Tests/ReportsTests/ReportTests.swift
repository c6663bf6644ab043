import Compute
import Foundation
import Harness
import Reports
import Logging
import Storage
import TestSupport
import Testing

@Suite("Reports") struct ReportTests {
  static let yaml = """
    name: fixture
    about: A made-up experiment.
    model: [linear-svc, unet-mini]
    loss: [ce, dice]
    augmentation: [none, fog]
    seed: [0, 1, 2]
    """

  func withFixture(_ body: (StoredExperiment) throws -> Void) throws {
    try withTemporaryFolder { try body(StoredExperiment(Self.yaml, in: $0)) }
  }

  /// What a report writes but for its figures.
  func texts(_ report: Report) -> [String: String] {
    Dictionary(uniqueKeysWithValues: [(report.fileName, report.markdown(hasFigures: true))] + report.tableFiles)
  }

  @Test("axes have their words as titles; those without have the end of their keys, the whole where two end alike")
  func axisTitles() throws {
    let yaml = """
      name: fixture
      about: Rates of two kinds.
      model: vgg-unet
      training.learningRate: [0.1, 0.2]
      encoder.learningRate: [0.01, 0.02]
      training.patience: [3, 4]
      training.schedule: plateau
      training.schedule.patience: [1, 2]
      training.minDelta: [0.1, 0.2]
      """
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder)
      let titles = [
        "Learning rate", "Encoder's learning rate", "training.patience", "training.schedule.patience", "minDelta",
      ]
      let text = try Report(stored.store, logger: silentLogger).markdown(hasFigures: false)
      for title in titles { #expect(text.contains("| \(title) |")) }
      let french = try Report(stored.store, language: .french, logger: silentLogger).markdown(hasFigures: false)
      #expect(french.contains("| Taux d’apprentissage de l’encodeur |") && french.contains("| 0,01 |"))
    }
  }

  @Test("What a terminal shows fits a hundred columns and ends with what the results say")
  func terminal() throws {
    try withFixture { fixture in
      let report = try Report(fixture.store, logger: silentLogger)
      let parts = report.summary.components(separatedBy: "\n\n")
      #expect(parts.count == 2)
      #expect(report.summary.split(separator: "\n").allSatisfy { $0.count <= 100 })
      #expect(parts[0].hasPrefix("Model"))
      let said = parts[1].split(separator: "\n").joined(separator: " ")
      #expect(said.hasSuffix("."))
      #expect(report.markdown(hasFigures: false).filter { !"`*".contains($0) }.contains(said))
    }
  }

  /// Set `SEGBENCH_RECORD=1` to write the golden files anew, and read what changed.
  @Test("The report of a stored experiment is the golden one in every whole language, text and tables")
  func snapshot() throws {
    try withFixture { fixture in
      var texts: [String: String] = [:]
      for language in goldenLanguages {
        let report = try Report(fixture.store, beside: .seeds, language: language, logger: silentLogger)
        texts.merge(self.texts(report)) { first, _ in first }
      }
      if ProcessInfo.processInfo.environment["SEGBENCH_RECORD"] != nil {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        for (name, text) in texts {
          try Files.write(text, to: source.appendingPathComponent("Fixtures/report/\(name)"))
        }
        return
      }
      let golden = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/report")
      let names = try #require(FileManager.default.enumerator(atPath: golden.path)).compactMap { $0 as? String }
        .filter { $0.contains(".") }
      #expect(Set(texts.keys) == Set(names))
      for (name, text) in texts {
        let expected = try String(contentsOf: golden.appendingPathComponent(name), encoding: .utf8)
        let lines = (text.split(separator: "\n"), expected.split(separator: "\n"))
        #expect(lines.0.count == lines.1.count, "\(name)")
        for (line, other) in zip(lines.0, lines.1) where line != other {
          Issue.record("\(name): \(line)\nexpected: \(other)")
          break
        }
      }
    }
  }

  @Test("Every number in the Markdown is that of the table's CSV, rounded", arguments: Language.all)
  func markdownFollowsCSV(_ language: Language) throws {
    try withFixture { fixture in
      let report = try Report(fixture.store, beside: .seeds, language: language, logger: silentLogger)
      let texts = texts(report)
      let tables = try MarkdownTable.all(in: try #require(texts[report.fileName]))
      #expect(tables.count >= 9)
      for (name, table) in tables {
        let csv = try CSV.rows(try #require(texts["tables/\(name).csv"]))
        #expect(csv.allSatisfy { $0.count == csv[0].count }, "\(name)")
        #expect(table.count == csv.count, "\(name): rows of Markdown and CSV")
        for (shown, exact) in zip(table, csv).dropFirst() {
          try compare(shown, exact, header: csv[0], name, language)
        }
      }
    }
  }

  /// Compares a row of Markdown with that of CSV, in which an estimate takes four fields and a difference three.
  private func compare(
    _ shown: [String], _ exact: [String], header: [String], _ name: String, _ language: Language
  ) throws {
    var field = 0
    for cell in shown {
      let key = header[field]
      let rest = header.dropFirst(field + 1)
      let taken = rest.first == "\(key)_deviation" ? 4 : rest.first == "\(key)_low" ? 3 : 1
      let values = exact[field..<field + taken].filter { !$0.isEmpty }
      field += taken
      let cell = cell.replacingOccurrences(of: "**", with: "")
      if cell == "–", values.isEmpty || values == ["–"] { continue }
      if values.count == 1, values.first == cell { continue }
      // Words are English in CSV.
      if language != .english, values.count == 1, values.first.flatMap(Double.init) == nil { continue }
      if key.hasSuffix("_seconds") {
        let value = try #require(Double(values[0]))
        #expect(
          abs(value - MarkdownTable.seconds(cell.replacingOccurrences(of: ",", with: ".")))
            <= MarkdownTable.resolution(cell), "\(name) \(key): \(cell)")
        continue
      }
      let numbers = MarkdownTable.numbers(cell, in: language)
      #expect(numbers.count == values.count, "\(name) \(key): \(cell) beside \(values)")
      for (number, value) in zip(numbers, values) {
        let digits = number.split(separator: ".").dropFirst().first?.count ?? 0
        let scale = key.hasSuffix("bytes") ? 0x1p30 : 1
        let rounded = String(format: "%.\(digits)f", try #require(Double(value)) / scale)
        #expect(Double(number) == Double(rounded), "\(name) \(key): \(cell) beside \(value)")
      }
    }
    #expect(field == exact.count, "\(name): columns of Markdown and CSV")
  }

  @Test("Records without weights make the same report and note, to the byte; another experiment's aren't mixed in")
  func records() throws {
    try withFixture { fixture in
      let target = fixture.folder.deletingLastPathComponent().appendingPathComponent("records")
      try Files.write("weights", to: fixture.file(fixture.cells[0], "best.safetensors"))
      let (cells, bytes) = try fixture.store.exportRecords(to: target)
      #expect(cells == fixture.cells.count && bytes > 1000)
      let copies = try FileManager.default.subpathsOfDirectory(atPath: target.path)
      #expect(!copies.contains { $0.hasSuffix("safetensors") })
      let reports = try [fixture.store, RunStore(folder: target)].map { store -> [String: String] in
        let folder = fixture.folder.deletingLastPathComponent().appendingPathComponent("reports")
        try? FileManager.default.removeItem(at: folder)
        let file = try Note([store], language: .english, logger: silentLogger).write(to: folder)
        #expect(try String(contentsOf: file, encoding: .utf8).contains("## Summary"))
        var texts: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
          let data = try? Data(contentsOf: folder.appendingPathComponent(path))
          if let data { texts[path] = data.base64EncodedString() }
        }
        return texts
      }
      #expect(reports[0] == reports[1] && reports[0].count > 20)
      // Again is the same; over others it is refused.
      #expect(try fixture.store.exportRecords(to: target).bytes == bytes)
      let other = try StoredExperiment(
        "name: other\nmodel: linear-svc\nabout: clear", in: target.deletingLastPathComponent())
      #expect(throws: HarnessError.self) { try other.store.exportRecords(to: target) }
    }
  }

  @Test("Sections appear only where the experiment has the data")
  func sections() throws {
    try withTemporaryFolder { folder in
      let small = try StoredExperiment("name: small\nmodel: linear-svc\nabout: clear pictures", in: folder)
      let text = try Report(small.store, logger: silentLogger).markdown(hasFigures: true)
      #expect(text.contains("## Results") && text.contains("## Cost"))
      #expect(!text.contains("trained once"), "another seed would make the same SVC")
      for section in [
        "Losses", "Augmentations", "Robustness", "Comparisons", "More training scenes", "Learning curves",
        "The whole grid", "What is missing",
      ] {
        #expect(!text.contains("## \(section)"), "\(section)")
      }
      #expect(!text.contains("**0."), "a single row has no best")
    }
  }

  @Test("Rows that no axis tells apart are labelled by what differs")
  func labels() throws {
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment("name: two\nmodel: unet-mini\nepochs: [1, 2]", in: folder)
      let file = stored.folder.appendingPathComponent("index.json")
      let index = try String(contentsOf: file, encoding: .utf8)
      try Files.write(index.replacing("\"training.epochs\"", with: "\"seed\""), to: file)
      let report = try Report(stored.store, logger: silentLogger)
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("unet-mini training.epochs=1") && text.contains("unet-mini training.epochs=2"))
    }
  }

  @Test("Seeds are averaged, and a better loss is better while a tiny difference decides nothing")
  func verdicts() throws {
    try withFixture { fixture in
      let texts = texts(try Report(fixture.store, logger: silentLogger))
      let results = try CSV.rows(try #require(texts["tables/results.csv"]))
      #expect(results.count == 1 + 1 + 4, "one row for each group of three seeds")
      let cells = try CSV.rows(try #require(texts["tables/cells.csv"]))
      #expect(cells.count == 1 + fixture.cells.count)
      let (score, row) = (try #require(cells[0].firstIndex(of: "official_mean_iou")), results[2])
      let seeds = try cells.filter { $0[1...3] == row[0...2] }.map { try #require(Double($0[score])) }
      let column = try #require(results[0].firstIndex(of: "mean_iou"))
      expectClose([try #require(Double(row[column]))], [seeds.mean], absolute: 1e-12)

      let losses = try CSV.rows(try #require(texts["tables/losses.csv"]))
      #expect(losses.map { $0.last } == ["verdict", "reference", "better", "reference", "better"])
      let augmentations = try CSV.rows(try #require(texts["tables/augmentations.csv"]))
      #expect(Set(augmentations.dropFirst().map { $0.last }) == ["reference", "undecided"])
    }
  }

  /// The columns of a table by name, without its header.
  private func columns(_ names: [String], of table: String, _ report: Report) throws -> [[String]] {
    let rows = try CSV.rows(try #require(texts(report)["tables/\(table).csv"]))
    let places = try names.map { name in try #require(rows[0].firstIndex(of: name), "\(name)") }
    return rows.dropFirst().map { row in places.map { row[$0] } }
  }

  @Test("Each ablation is judged against the earlier row that differs from it in the fewest settings")
  func ablations() throws {
    let yaml = """
      name: grid
      model: unet-mini
      training: {batch: [4, 8], optimizer: [adam, sgd]}
      seed: [0, 1, 2]
      """
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder, ease: { $0.training.batch == 8 ? 0.9 : 0.5 })
      let report = try Report(stored.store, logger: silentLogger)
      let rows = try columns(["settings", "against", "verdict"], of: "ablations", report)
      #expect(
        rows == [
          ["batch=4 optimizer=adam", "–", "reference"],
          ["batch=4 optimizer=sgd", "batch=4 optimizer=adam", "equivalent"],
          ["batch=8 optimizer=adam", "batch=4 optimizer=adam", "better"],
          ["batch=8 optimizer=sgd", "batch=4 optimizer=sgd", "better"],
        ])
      #expect(try columns(["better"], of: "comparisons", report).count == 3, "each is judged once")
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("Against `batch=4 optimizer=sgd`, with `unet-mini`, `batch=8 optimizer=sgd` (+"))
    }
  }

  @Test(
    "Of many families, those that decide something are told, and how many comparisons don't", arguments: [true, false])
  func manyFamilies(_ oneDecides: Bool) throws {
    let yaml = """
      name: many
      model: [unet-mini, unet, vgg-unet, vgg-pspnet, efficientnet-unet]
      training: {batch: [4, 8]}
      seed: [0, 1, 2]
      """
    /// As good with either batch but for the noise of seeds, save one model.
    func ease(_ settings: CellSettings) -> Float {
      let sign: Float = settings.training.batch == 8 ? 1 : -1
      if oneDecides, settings.model == "unet" { return 0.6 + 0.3 * sign }
      return 0.6 + sign * 0.1 * Float(settings.seed - 1)
    }
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder, ease: ease)
      let text = try Report(stored.store, logger: silentLogger).markdown(hasFigures: true)
      #expect(text.contains("Against `batch=4`, with `unet`, `batch=8` (+") == oneDecides)
      #expect(text.components(separatedBy: "Against `batch=4`").count == (oneDecides ? 2 : 1))
      #expect(
        text.contains(
          oneDecides ? "4 more comparisons are undecided." : "None of the 5 comparisons is decided."))
    }
  }

  @Test("A row is named by as few settings as tell it apart, and one family holds what is set together")
  func settingsTogether() throws {
    try withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("vgg16.safetensors")
      try Files.write("weights", to: weights)
      let yaml = """
        name: thaw
        model: vgg-unet
        loss: [ce, dice]
        encoder: {weights: "\(weights.path)", learningRate: 0.0001}
        also: [{encoder: {freeze: 2, unfreeze: 0.5}}, {encoder: {weights: null, learningRate: null}}]
        """
      let stored = try StoredExperiment(yaml, in: folder)
      let report = try Report(stored.store, logger: silentLogger)
      let rows = try columns(["model", "settings", "loss", "verdict"], of: "ablations", report)
      let names = ["weights=vgg16 freeze=0", "weights=vgg16 freeze=2", "weights=null freeze=0"]
      #expect(rows.map { $0[1] } == names + names)
      #expect(rows.map { $0[2] } == ["ce", "ce", "ce", "dice", "dice", "dice"])
      #expect(rows.map { $0[3] == "reference" } == [true, false, false, true, false, false])
      #expect(try columns(["loss"], of: "losses", report).count == 6, "the losses of each way are compared, too")
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("| vgg-unet | dice | random |") && !text.contains("| null |"))
      #expect(text.contains("with `vgg-unet dice`"))
    }
  }

  @Test("Files of weights have as many folders in their names as tell them apart")
  func weightsNames() throws {
    try withTemporaryFolder { folder in
      let files = try ["a/b/best.safetensors", "a/c/best.safetensors", "vgg16.safetensors"].map { name in
        let file = folder.appendingPathComponent(name)
        try Files.makeFolder(file.deletingLastPathComponent())
        try Files.write(name, to: file)
        return file.path
      }
      let yaml = "name: files\nmodel: vgg-unet\nencoder: {weights: \(files)}"
      let report = try Report(StoredExperiment(yaml, in: folder).store, logger: silentLogger)
      let rows = try columns(["settings"], of: "ablations", report).joined()
      #expect(Array(rows) == ["weights=b/best", "weights=c/best", "weights=vgg16"])
      #expect(report.markdown(hasFigures: true).contains("| vgg-unet | c/best.safetensors |"))
    }
  }

  @Test("What another section compares, or validation chooses, is no ablation")
  func noAblations() throws {
    for yaml in [
      "model: unet-mini\naugmentation: [none, fog]\ntraining: {augmentationPolicy: ['append:0.1', 'probability:0.5']}",
      "model: unet-mini\nloss: [ce, dice]\ndata: {train: [4, 8]}",
      "model: unet-mini\nselect: validation\ntraining: {learningRate: [0.01, 0.001]}",
    ] {
      try withTemporaryFolder { folder in
        let stored = try StoredExperiment("name: other\n" + yaml, in: folder)
        let report = try Report(stored.store, logger: silentLogger)
        #expect(texts(report)["tables/ablations.csv"] == nil, "\(yaml)")
      }
    }
  }

  @Test("What was missing in an earlier report doesn't stay behind beside one that misses nothing")
  func nothingMissingAnyMore() throws {
    try withFixture { fixture in
      let (folder, scores) = (
        fixture.folder.appendingPathComponent("reports"), fixture.file(fixture.cells[1], "scores.json")
      )
      let table = folder.appendingPathComponent("tables/missing.csv")
      let stored = try Data(contentsOf: scores)
      try FileManager.default.removeItem(at: scores)
      _ = try Report(fixture.store, logger: silentLogger).write(to: folder)
      #expect(FileManager.default.fileExists(atPath: table.path))
      try stored.write(to: scores)
      _ = try Report(fixture.store, logger: silentLogger).write(to: folder)
      #expect(!FileManager.default.fileExists(atPath: table.path))
    }
  }

  @Test("Cells that are missing, failed or damaged are named with the reason, and not averaged")
  func absent() throws {
    try withFixture { fixture in
      let all = try CSV.rows(try #require(texts(try Report(fixture.store, logger: silentLogger))["tables/cells.csv"]))
      func change(_ cell: Int, _ file: String, _ edit: (String) -> String) throws {
        let file = fixture.file(fixture.cells[cell], file)
        try Files.write(edit(try String(contentsOf: file, encoding: .utf8)), to: file)
      }
      try FileManager.default.removeItem(at: fixture.file(fixture.cells[1], "scores.json"))
      try FileManager.default.removeItem(at: fixture.file(fixture.cells[2], "scores.json"))
      let settings = String(decoding: try JSONEncoder().encode(fixture.cells[2].settings), as: UTF8.self)
      try Files.write(
        #"{"cell": "\#(fixture.cells[2].name)", "settings": \#(settings), "epoch": 2, "#
          + #""reason": "the loss is nan | in epoch 2"}"#, to: fixture.file(fixture.cells[2], "failed.json"))
      try change(3, "scores.json") { String($0.dropLast(40)) }
      try change(4, "pictures.csv") { $0.replacingOccurrences(of: "official,0,", with: "official,1,") }
      try change(5, "pictures.csv") { String($0.dropLast(9)) }
      try change(6, "pictures.csv") { $0.replacingOccurrences(of: "scene, 3", with: "scene, 4") }
      let texts = texts(try Report(fixture.store, logger: silentLogger))
      let missing = try CSV.rows(try #require(texts["tables/missing.csv"]))
      let states = Dictionary(uniqueKeysWithValues: missing.dropFirst().map { ($0[0], ($0[1], $0[2])) })
      #expect(states.count == 6)
      for (cell, state, reason) in [
        (1, "not finished", ""), (2, "failed", "the loss is nan | in epoch 2"),
        (3, "damaged", "\(fixture.cells[3].name)/scores.json"), (4, "damaged", "don't sum to the tally"),
        (5, "damaged", "isn't a picture's matrix"), (6, "damaged", "aren't those of the other cells"),
      ] {
        let found = try #require(states[fixture.cells[cell].name])
        #expect(found.0 == state && (reason.isEmpty || found.1.contains(reason)), "\(found)")
        #expect(!found.1.contains(fixture.folder.path), "a reason must read the same everywhere: \(found.1)")
      }
      #expect(texts["report.md"]?.contains("6 of 15 cells are not in this report") == true)
      let left = try CSV.rows(try #require(texts["tables/cells.csv"]))
      #expect(left.map { $0[0] } == all.map { $0[0] }.filter { states[$0] == nil })
    }
  }

  @Test("With select: validation and seeds, the settings with the best mean over seeds are shown")
  func selection() throws {
    try withTemporaryFolder { folder in
      let yaml = """
        name: grid
        about: clear pictures
        model: unet-mini
        seed: [0, 1]
        select: validation
        training: {learningRate: [0.001, 0.004]}
        """
      let fixture = try StoredExperiment(yaml, in: folder)
      let texts = texts(try Report(fixture.store, logger: silentLogger))
      let results = try CSV.rows(try #require(texts["tables/results.csv"]))
      let grid = try CSV.rows(try #require(texts["tables/grid.csv"]))
      #expect(results.count == 2 && results[1][1] == "0.004" && grid.count == 3)
      let high = try #require(grid[0].firstIndex(of: "difference_high"))
      #expect(try #require(Double(grid[1][high])) < 0 && grid[2][high].isEmpty)
    }
  }

  @Test("Cells of different builds are told apart")
  func builds() throws {
    try withFixture { fixture in
      let text = try Report(fixture.store, logger: silentLogger).markdown(hasFigures: false)
      #expect(text.contains("**Environment 1**: ") && text.contains("**Environment 2**: "))
      #expect(text.contains("nothing uncommitted") && text.contains("changes that weren't committed"))
    }
  }

  @Test("A written report has its figures in both formats, and the same bytes again from the same runs")
  func written() throws {
    try withFixture { fixture in
      func files(_ name: String) throws -> [String: Data] {
        let folder = fixture.folder.appendingPathComponent(name)
        _ = try Report(fixture.store, logger: silentLogger).write(to: folder)
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        return try Dictionary(
          uniqueKeysWithValues: names.filter { $0.contains(".") }.map {
            ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
          })
      }
      let files = (try files("a"), try files("b"))
      #expect(files.0 == files.1)
      for name in ["curves", "curves_losses", "curves_augmentations", "confusion", "robustness", "cost"] {
        for ending in ["svg", "png"] { #expect((files.0["figures/\(name).\(ending)"]?.count ?? 0) > 1000, "\(name)") }
      }
      #expect((files.0["figures/masks.png"]?.count ?? 0) > 1000)
    }
  }

  @Test(
    "Curves are marked where a frozen encoder begins to learn, and nowhere else",
    arguments: [(0, 1.0, false), (1, 1, true), (2, 0.5, true), (2, 0, false), (3, 1, false)])
  func thawing(_ freeze: Int, _ unfreeze: Double, _ isMarked: Bool) throws {
    try withTemporaryFolder { folder in
      let yaml = """
        name: frozen
        model: [unet-mini, vgg-unet]
        loss: [ce, dice]
        encoder: {freeze: \(freeze), unfreeze: \(unfreeze)}
        """
      let stored = try StoredExperiment(yaml, in: folder)
      for (language, label) in [(Language.english, "encoder thaws"), (.french, "dégel de l")] {
        _ = try Report(stored.store, language: language, logger: silentLogger).write(to: folder)
        for name in ["curves", "curves_losses"] {
          let file = folder.appendingPathComponent("figures/\(name)\(language.fileMark).svg")
          #expect(try String(contentsOf: file, encoding: .utf8).contains(label) == isMarked, "\(name) \(label)")
        }
      }
    }
  }

  /// `SEGBENCH_CELLS=1000 SEGBENCH_PICTURES=100` measures; without, a few cells show that it works.
  @Test("A report of many cells holds one cell's pictures at a time")
  func many() throws {
    let environment = ProcessInfo.processInfo.environment
    let seeds = (environment["SEGBENCH_CELLS"].flatMap { Int($0) } ?? 30) / 10
    let pictures = environment["SEGBENCH_PICTURES"].flatMap { Int($0) } ?? 8
    try withTemporaryFolder { folder in
      let yaml = """
        name: many
        about: clear pictures
        model: [unet-mini, unet]
        loss: [ce, dice, kl, ce+dice, focal-tversky]
        seed: [\((0..<max(1, seeds)).map(String.init).joined(separator: ", "))]
        """
      let fixture = try StoredExperiment(yaml, in: folder, pictureCount: pictures)
      ProcessMemory.resetPeak()
      let before = ProcessMemory.peakBytes
      let clock = ContinuousClock()
      var report: Report?
      let time = try clock.measure {
        report = try Report(fixture.store, logger: silentLogger)
        _ = report?.markdown(hasFigures: true)
        _ = report?.tableFiles
      }
      if environment["SEGBENCH_CELLS"] != nil {
        print(
          "\(fixture.cells.count) cells of \(pictures) pictures: \(time), "
            + "\((ProcessMemory.peakBytes - before) >> 20) MiB more than before")
      }
      #expect(
        report?.tableFiles.first { $0.0 == "tables/cells.csv" }?.1.split(separator: "\n").count == 1
          + fixture.cells.count)
    }
  }
}

/// RFC 4180.
enum CSV {
  struct Malformed: Error {
    let line: Int
  }

  static func rows(_ text: String) throws -> [[String]] {
    var rows: [[String]] = []
    var (row, field, isQuoted, wasQuoted) = ([String](), "", false, false)
    let characters = Array(text)
    var index = 0
    while index < characters.count {
      let character = characters[index]
      index += 1
      switch (character, isQuoted) {
      case ("\"", true):
        if index < characters.count, characters[index] == "\"" {
          field.append("\"")
          index += 1
        } else {
          isQuoted = false
        }
      case (_, true): field.append(character)
      case ("\"", false):
        guard field.isEmpty, !wasQuoted else { throw Malformed(line: rows.count + 1) }
        (isQuoted, wasQuoted) = (true, true)
      case (",", false):
        row.append(field)
        (field, wasQuoted) = ("", false)
      case ("\n", false), ("\r\n", false):
        rows.append(row + [field])
        (row, field, wasQuoted) = ([], "", false)
      default:
        guard !wasQuoted else { throw Malformed(line: rows.count + 1) }
        field.append(character)
      }
    }
    guard !isQuoted, row.isEmpty, field.isEmpty else { throw Malformed(line: rows.count + 1) }
    return rows
  }
}

/// The tables of a report's Markdown.
enum MarkdownTable {
  /// The cells, header first, of every table that has a CSV, by that file's name.
  static func all(in text: String) throws -> [(name: String, rows: [[String]])] {
    var tables: [(String, [[String]])] = []
    var rows: [[String]] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("|") {
        let cells = line.replacingOccurrences(of: "\\|", with: "\u{1}").split(separator: "|").map {
          $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "\u{1}", with: "|")
        }
        if let count = rows.first?.count { try #require(cells.count == count, "\(line)") }
        if !cells.allSatisfy({ $0.allSatisfy { "-:".contains($0) } && !$0.isEmpty }) { rows.append(cells) }
      } else if line.hasPrefix("[CSV](tables/") {
        tables.append((String(line.dropFirst("[CSV](tables/".count).dropLast(".csv)".count)), rows))
        rows = []
      } else if !line.isEmpty {
        rows = []
      }
    }
    return tables
  }

  /// The numbers in a text, without signs of thousands and with decimal points.
  static func numbers(_ text: String, in language: Language) -> [String] {
    text.replacingOccurrences(of: "\u{202F}", with: "").split { !"0123456789.,+-".contains($0) }.map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: ",."))
    }
    .filter { $0.contains(where: \.isNumber) }
    .map { $0.replacingOccurrences(of: ",", with: language == .english ? "" : ".") }
  }

  /// A duration as people read it, in seconds.
  static func seconds(_ text: String) -> Double {
    let words = text.split(separator: " ").map(String.init)
    let units: [String: Double] = ["h": 3600, "min": 60, "s": 1]
    var sum = 0.0
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      let number: Double = Double(words[index]) ?? .nan
      sum += number * (units[words[index + 1]] ?? .nan)
    }
    return sum
  }

  /// By how much a duration may be rounded.
  static func resolution(_ text: String) -> Double {
    text.contains("h") ? 60 : text.contains(where: ".,".contains) ? 0.051 : 0.51
  }
}

@Suite("Committed reports") struct CommittedReportTests {
  @Test(
    "The report of the default experiment is what its committed records make, to the byte: make note makes it again")
  func quick() throws {
    try withTemporaryFolder { copy in
      let folder = try Self.committed("reports/quick", in: copy)
      let report = try Report(RunStore(folder: folder.appendingPathComponent("records")), logger: silentLogger)
      let files =
        try [(report.fileName, report.markdown(hasFigures: true))] + report.tableFiles + report.latexFiles
        + report.cards()
      #expect(files.count > 30)
      for (name, text) in files {
        let committed = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        #expect(committed == text, "\(name) is not what the records make; if make note was run, git add it")
      }
    }
  }

  /// A folder as Git's index has it, copied into `copy`; the one that lies here where there is no Git. The main job writes
  /// its own report over the committed one.
  private static func committed(_ folder: String, in copy: URL) throws -> URL {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/bin/sh")
    git.arguments = [
      "-c", "git ls-files -z \"$1\" | git checkout-index -z --stdin --prefix=\"$2/\"", "sh", folder, copy.path,
    ]
    git.currentDirectoryURL = root
    git.standardError = FileHandle.nullDevice
    try git.run()
    git.waitUntilExit()
    let copied = copy.appendingPathComponent(folder)
    return FileManager.default.fileExists(atPath: copied.path) ? copied : root.appendingPathComponent(folder)
  }
}
