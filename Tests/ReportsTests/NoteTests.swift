import Compute
import Foundation
import Harness
import Reports
import Settings
import Storage
import TestSupport
import Testing

@Suite("Notes") struct NoteTests {
  /// How right the made-up predictions of each cell are.
  private static func ease(_ settings: CellSettings) -> Float {
    let models: [String: Float] = [
      "random-forest": 0.6, "linear-svc": 0.4, "unet-mini": 0.6, "unet": 0.75, "vgg-unet": 0.65,
    ]
    let augmentations: [String: Float] = ["mirror": 0.15, "fog": -0.1, "rain": 0.005]
    return (models[settings.model] ?? 0) + (augmentations[settings.augmentation.name] ?? 0) + Float(settings.seed)
      * 0.004
  }

  private static let yaml = """
    name: models
    about: Models in clear weather.
    model: [random-forest, linear-svc, unet-mini, unet, vgg-unet]
    seed: [0, 1, 2]
    also:
      - model: vgg-unet
        loss: kl
    """

  private static let weather = """
    name: weather
    about: Augmentation in clear weather.
    model: unet
    augmentation: [none, mirror, fog, rain]
    seed: [0, 1, 2]
    """

  private func stores(in folder: URL) throws -> [RunStore] {
    try [Self.yaml, Self.weather].map { try StoredExperiment($0, in: folder, ease: Self.ease).store }
  }

  private func verdicts(_ note: Note) throws -> [String: String] {
    let csv = try #require(note.tableFiles.first { $0.name == "tables/claims.csv" }).text
    let rows = try CSV.rows(csv)
    let column = try #require(rows[0].firstIndex(of: "verdict"))
    return Dictionary(rows.dropFirst().map { ($0[0], $0[column]) }) { "\($0) and \($1)" }
  }

  @Test("Claims are as the differences of the report say, taken together, and not tested without the cells")
  func claims() throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: .english, logger: silentLogger)
      let expected = [
        "1": "same direction", "2": "contradicted: equivalent", "3": "contradicted", "4": "same direction",
        "5": "contradicted: equivalent", "6": "contradicted", "7": "contradicted", "8": "contradicted",
      ].merging((9...15).map { ("\($0)", "not tested") }) { $1 }
      #expect(try verdicts(note) == expected)
    }
  }

  @Test(
    "A claim that two experiments test stands once, as they say together: one that contradicts outweighs one that agrees"
  )
  func claimsOfTwo() throws {
    try withTemporaryFolder { folder in
      func note(otherUNet: Float) throws -> String {
        let stores = [Float(0.75), otherUNet].enumerated().map { place, unet in
          try? StoredExperiment(
            "name: e\(place)\nabout: clear\nmodel: [unet-mini, unet]\nseed: [0, 1, 2]",
            in: folder.appendingPathComponent("\(otherUNet)"),
            ease: { ($0.model == "unet" ? unet : 0.6) + Float($0.seed) * 0.004 }
          ).store
        }.compactMap { $0 }
        return try Note(stores, beside: .seeds, language: .english, logger: silentLogger).markdown(hasFigures: false)
      }
      let (agreed, opposed) = (try note(otherUNet: 0.8), try note(otherUNet: 0.45))
      let claim = "UNet beats UNet-mini (4)"
      #expect(agreed.contains("at least in direction, on: \(claim)."), "\(agreed)")
      #expect(opposed.contains("These runs contradict: \(claim)."), "\(opposed)")
      let row = "| 4 | UNet beats UNet-mini | flat IoU 0.740 against 0.729 | `e0` +0."
      #expect(agreed.contains(row) && agreed.contains("; `e1` +0.") && opposed.contains("; `e1` -0."), "\(opposed)")
      #expect(!opposed.contains("at least in direction, on"))
    }
  }

  @Test("The note's own table has a claim's extremes, its appendix each difference")
  func extremes() throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: .english, logger: silentLogger)
      let rows = try note.markdown(hasFigures: false).split(separator: "\n").filter { $0.hasPrefix("| 2 | Pixel") }
      #expect(rows.count == 2)
      func differences(_ row: Substring) -> [Float] {
        row.matches(of: #/([+-]?[0-9]\.[0-9]+) \[/#).compactMap { Float($0.output.1) }
      }
      let (brief, whole) = (differences(rows[0]), differences(rows[1]))
      #expect(rows[0].contains("from ") && brief == [whole.min(), whole.max()].compactMap { $0 } && whole.count > 2)
    }
  }

  @Test("Where more seeds would decide, a note says how many, for half of the comparisons and for all")
  func moreSeeds() throws {
    // What the seeds of a model differ by.
    let noise: [String: [Float]] = ["unet": [0, 0.01, 0.02], "vgg-unet": [0.03, -0.02, 0]]
    try withTemporaryFolder { folder in
      let yaml = "name: noisy\nmodel: [unet-mini, unet, vgg-unet]\nseed: [0, 1, 2]"
      let stored = try StoredExperiment(yaml, in: folder) { 0.6 + (noise[$0.model]?[$0.seed] ?? 0) }
      for (language, pattern) in [
        (
          Language.english,
          #/More seeds: (\d+) a row would show .* at least half of the (\d+) .*, (\d+) in all of them\./#
        ),
        (.french, #/Davantage de graines.:.(\d+) par ligne .* au moins la moitié des (\d+) .*, (\d+) dans toutes\./#),
      ] {
        let text = try Note([stored.store], language: language, logger: silentLogger).markdown(hasFigures: false)
        let found = try #require(text.firstMatch(of: pattern), "\(text)").output
        let numbers = try [found.1, found.2, found.3].map { try #require(Int($0)) }
        #expect(3 < numbers[0] && numbers[0] < numbers[2] && numbers[1] == 2)
      }
    }
  }

  @Test("That more patience pays is tested by gains with much of it against gains with little")
  func patience() throws {
    try withTemporaryFolder { folder in
      let yaml = """
        name: patience
        model: unet
        augmentation: [none, rain]
        training: {patience: [5, 20]}
        seed: [0, 1, 2]
        """
      for (gain, verdict) in [(Float(0.15), "same direction"), (-0.15, "contradicted")] {
        let stored = try StoredExperiment(yaml, in: folder) { settings in
          0.6 + Float(settings.seed) * 0.004
            + (settings.augmentation == "rain" && settings.training.patience == 20 ? gain : 0)
        }
        let note = try Note([stored.store], beside: .seeds, language: .english, logger: silentLogger)
        #expect(try verdicts(note)["10"] == verdict)
      }
    }
  }

  @Test("Every difference of the claims leads to its runs, on both sides")
  func evidence() throws {
    try withTemporaryFolder { folder in
      let stores = try stores(in: folder)
      let note = try Note(stores, beside: .seeds, language: .english, logger: silentLogger)
      let csv = try #require(note.tableFiles.first { $0.name == "tables/evidence.csv" }).text
      let rows = csv.split(separator: "\n").dropFirst()
      #expect(rows.count == 13)
      for row in rows {
        let runs = row.split(separator: ",").suffix(2).flatMap { $0.split(separator: " ") }
        #expect(runs.count >= 2)
        for run in runs {
          let scores = folder.appendingPathComponent("\(run)/scores.json")
          #expect(FileManager.default.fileExists(atPath: scores.path), "\(run)")
        }
      }
    }
  }

  @Test("The note is what it was, in both languages, and shows no more than there is", arguments: goldenLanguages)
  func golden(_ language: Language) throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: language, logger: silentLogger)
      let text = try note.markdown(hasFigures: true)
      try expectGolden(text, "note/note\(language.fileMark).md")
      #expect(!text.contains("{{") && !text.contains("\n\n\n"))
      // No condition was tested.
      #expect(!text.contains("heat map") && !text.contains("Under weather, in") && !text.contains("Sous météo simulée"))
    }
  }

  @Test(
    "A model's card says what it was trained on, how it scored and what it is not for", arguments: goldenLanguages)
  func cards(_ language: Language) throws {
    try withTemporaryFolder { folder in
      let store = try StoredExperiment(Self.yaml, in: folder, ease: Self.ease).store
      let cards = try Report(store, language: language, logger: silentLogger).cards()
      #expect(cards.map(\.name).count == 5)
      for card in cards where card.name.contains("vgg-unet") {
        try expectGolden(card.text, "note/card\(language.fileMark).md")
      }
    }
  }

  @Test("ImageNet is named for published weights alone, not for those of a run", arguments: goldenLanguages)
  func encoderWeights(_ language: Language) throws {
    try withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("best.safetensors")
      try Files.write("weights", to: weights)
      let yaml = """
        name: started
        model: [unet, vgg-unet]
        seed: [0, 1]
        encoder: {weights: \(weights.path), learningRate: 1e-4}
        """
      let template = folder.appendingPathComponent("own.mustache")
      try Files.write("{{#limits}}{{{.}}}{{/limits}}", to: template)
      for encoderNetwork in [nil, "vgg-pspnet"] {
        let store = try StoredExperiment(yaml, in: folder, encoderNetwork: encoderNetwork).store
        let cards = try Report(store, language: language, logger: silentLogger).cards()
        let card = try #require(cards.first { $0.name.contains("vgg-unet") }).text
        let note = try Note([store], beside: .seeds, language: language, logger: silentLogger)
        let limits = try String(
          contentsOf: note.write(to: folder.appendingPathComponent("reports"), template: template), encoding: .utf8)
        for text in [card, limits] {
          #expect(text.contains("ImageNet") == (encoderNetwork == nil), "\(text)")
          #expect(text.contains(weights.path) == (encoderNetwork != nil), "\(text)")
        }
        #expect(card.contains("`vgg-pspnet`") == (encoderNetwork != nil))
        #expect(card.contains(language == .english ? "0.0001" : "0,0001") && !limits.isEmpty)
      }
    }
  }

  @Test(
    "Slides are at most thirty, hold what the note says, and none more than it has room for", arguments: goldenLanguages
  )
  func slides(_ language: Language) throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: language, logger: silentLogger)
      let text = try note.slides(hasFigures: true)
      try expectGolden(text, "note/slides\(language.fileMark).md")
      let slides = text.components(separatedBy: "\n## ").dropFirst()
      #expect((12...30).contains(slides.count) && !text.contains("{{") && !text.contains(".svg"))
      for slide in slides where !slide.contains("|") {
        #expect(slide.count < 1000, "\(slide)")
      }
    }
  }

  @Test("A front matter gives the note its title, author, date, client and context; a slip in it is named")
  func frontMatter() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("front.yaml")
      try Files.write("title: Seeing\nauthor: A. Author\nclient: A client\ncontext: Cars see.\n", to: file)
      let front = try FrontMatter(contentsOf: file)
      let stores = try stores(in: folder)
      let note = try Note(stores, frontMatter: front, language: .english, logger: silentLogger)
      let text = try note.markdown(hasFigures: false)
      #expect(text.hasPrefix("# Seeing\n\n**A. Author** · for A client\n"))
      let slides = try note.slides(hasFigures: false)
      #expect(text.contains("\n\nCars see.\n\n") && slides.contains("title: \"Seeing\""))
      for (yaml, part) in [("titel: Seeing", "title"), ("title: [a]", "each a text"), ("- a", "each a text")] {
        try Files.write(yaml, to: file)
        #expect {
          try FrontMatter(contentsOf: file)
        } throws: {
          "\($0)".contains(file.path) && "\($0)".contains(part)
        }
      }
    }
  }

  @Test("A template of one's own takes the place of the program's; one that is none is refused by name")
  func ownTemplate() throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: .english, logger: silentLogger)
      let file = folder.appendingPathComponent("own.mustache")
      try Files.write("{{#experiments}}{{name}}: {{about}}\n{{/experiments}}", to: file)
      let written = try note.write(to: folder.appendingPathComponent("reports"), template: file)
      let text = try String(contentsOf: written, encoding: .utf8)
      #expect(text == "models: Models in clear weather.\nweather: Augmentation in clear weather.\n")
      try Files.write("{{#experiments}}", to: file)
      #expect { try note.write(to: folder.appendingPathComponent("reports"), template: file) } throws: {
        "\($0)".contains("own.mustache")
      }
    }
  }

  @Test("A template can ask for every section of a report by its name, with its title or under a heading of its own")
  func everySection() throws {
    try withTemporaryFolder { folder in
      let note = try Note(try stores(in: folder), beside: .seeds, language: .english, logger: silentLogger)
      let file = folder.appendingPathComponent("own.mustache")
      try Files.write("{{#experiments}}{{results}}{{losses}}{{claims}}{{grid}}{{cost}}{{/experiments}}", to: file)
      let text = try String(
        contentsOf: note.write(to: folder.appendingPathComponent("reports"), template: file), encoding: .utf8)
      for title in ["#### Results", "#### The earlier reports' claims", "#### Cost"] { #expect(text.contains(title)) }
      #expect(text.contains("Each loss against `ce`") && !text.contains("# Losses"))
      #expect(
        text.contains("](../models/tables/claims.csv)") && text.contains("](../models/report.md#reproducibility)"))
    }
  }

  @Test("Experiments of one name, or with the name of the note's folder, are refused")
  func names() throws {
    try withTemporaryFolder { folder in
      let store = try #require(try stores(in: folder).first)
      #expect(throws: SettingError.self) {
        try Note([store, store], beside: .seeds, language: .english, logger: silentLogger)
      }
      let named = try StoredExperiment("name: note\nmodel: linear-svc", in: folder).store
      #expect(throws: SettingError.self) { try Note([named], language: .english, logger: silentLogger) }
    }
  }
}
