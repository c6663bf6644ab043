import Foundation
import Harness
import Reports
import Storage
import TestSupport
import Testing

@Suite("What numbers say") struct FindingsTests {
  private static let models = """
    name: findings
    about: Two networks and a classifier in clear weather.
    model: [random-forest, unet-mini, unet]
    seed: [0, 1, 2]
    """

  /// The report of an experiment whose models get `shares` of pixels right, and up to so much more by seed.
  private func withReport<Result>(
    _ shares: [String: Float], bySeed: Float = 0.002, of yaml: String = models, _ body: (Report) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder) { settings in
        let own = [settings.model, settings.loss.name, settings.augmentation.name].reduce(0) { $0 + (shares[$1] ?? 0) }
        return own + Float(settings.seed) * bySeed
      }
      return try body(try Report(stored.store, logger: silentLogger))
    }
  }

  /// The paragraphs under the heading `title` of a text.
  private func paragraphs(_ title: String, _ text: String) -> [String] {
    let parts = ("\n" + text).components(separatedBy: "\n## ")
    let own = parts.first { $0.hasPrefix("\(title)\n") } ?? ""
    return own.components(separatedBy: "\n\n").dropFirst().filter { !$0.isEmpty }
  }

  /// What a report says first under a title; empty where it has no such section.
  private func reading(_ title: String, _ report: Report) -> String {
    paragraphs(title, report.markdown(hasFigures: false)).first ?? ""
  }

  private func results(_ report: Report) -> String { reading("Results", report) }

  @Test("A clear winner is named with its lead, and turns with the numbers")
  func winner() throws {
    for (best, other) in [("unet", "unet-mini"), ("unet-mini", "unet")] {
      try withReport([best: 0.8, other: 0.55, "random-forest": 0.4]) { report in
        let text = results(report)
        #expect(text.hasPrefix("Validation chooses `\(best)`; on the test scenes it reaches a mean IoU of "), "\(text)")
        #expect(text.contains("It is better than `random-forest` (+") && text.contains("`\(other)` (+"), "\(text)")
        #expect(!text.contains("worse") && !text.contains("not told apart"), "\(text)")
      }
    }
  }

  @Test("A model that validation chose and the test contradicts is called worse, and not the best")
  func contradicted() throws {
    try withTemporaryFolder { folder in
      let shares: [String: Float] = ["unet": 0.8, "unet-mini": 0.6, "random-forest": 0.4]
      let onTest: [String: Float] = ["unet": 0.5, "unet-mini": 0.8, "random-forest": 0.3]
      func share(_ shares: [String: Float], _ settings: CellSettings) -> Float {
        (shares[settings.model] ?? 0) + Float(settings.seed) * 0.002
      }
      let stored = try StoredExperiment(
        Self.models, in: folder, ease: { share(shares, $0) }, testEase: { share(onTest, $0) })
      let text = results(try Report(stored.store, logger: silentLogger))
      #expect(text.hasPrefix("Validation chooses `unet`;"), "\(text)")
      #expect(text.contains("it is worse than `unet-mini` (-0."), "\(text)")
      let note = try Note([stored.store], language: .english, logger: silentLogger)
      let conclusion = paragraphs("9. Conclusion", try note.markdown(hasFigures: false))
      #expect(conclusion.first?.contains("validation recommends `unet`, with a test mean IoU of") == true)
      #expect(
        conclusion.first?.contains("`unet-mini` is 5.0 times as fast (8.0 ms) with a mean IoU higher by 0.") == true)
    }
  }

  @Test("What is equal within the margin is equivalent, and what the noise hides isn't told apart")
  func ties() throws {
    let losses = """
      name: losses
      about: Losses in clear weather.
      margin: 0.1
      model: unet
      loss: [ce, kl, dice]
      seed: [0, 1, 2]
      """
    try withReport(["unet": 0.6, "dice": 0.2], of: losses) { report in
      let text = reading("Losses", report)
      #expect(text.hasPrefix("Against `ce`, `dice` (+"), "\(text)")
      #expect(text.contains(") is better; `kl` (0.000 [0.000, 0.000]) is equivalent within 0.1."), "\(text)")
    }
    try withReport(["unet": 0.60, "unet-mini": 0.57, "random-forest": 0.3], bySeed: 0.09) { report in
      let text = results(report)
      #expect(text.contains("is not told apart from `unet-mini` (+"), "\(text)")
    }
  }

  @Test("Where an interval excludes zero and the correction for many comparisons leaves it undecided, that is said")
  func undecidedTogether() throws {
    let sentence =
      #/The intervals? of [^.]+ excludes? zero, yet (its|their) p, corrected for \d comparisons, (is|are) 0\./#
    var isSaid: [Bool] = []
    for lead in stride(from: Float(0), through: 0.3, by: 0.02) {
      try withReport(["unet": 0.5 + lead, "unet-mini": 0.5, "random-forest": 0.5], bySeed: 0.03) { report in
        let text = results(report)
        isSaid.append(text.contains(sentence))
        #expect(!text.contains(sentence) || text.contains("not told apart"), "\(text)")
      }
    }
    #expect(isSaid.first == false && isSaid.last == false && isSaid.contains(true), "\(isSaid)")
  }

  @Test("Of single trainings no more is said than that it holds for them")
  func oneSeed() throws {
    let yaml = Self.models.replacingOccurrences(of: "[0, 1, 2]", with: "0")
    try withReport(["unet": 0.8, "unet-mini": 0.5, "random-forest": 0.4], of: yaml) { report in
      #expect(results(report).contains("this holds for these trainings only"), "\(results(report))")
    }
  }

  @Test("Where there is one model, nothing is compared; its weak classes are told all the same")
  func oneModel() throws {
    let yaml = Self.models.replacingOccurrences(of: "[random-forest, unet-mini, unet]", with: "unet")
    try withReport(["unet": 0.3], of: yaml) { report in
      #expect(results(report).hasPrefix("Test scenes, protocol"), "\(results(report))")
      #expect(reading("IoU by class", report).hasPrefix("`unet` hardly finds "))
    }
  }

  @Test("Faster networks are told with what they give up, and slower ones aren't")
  func bargains() throws {
    try withReport(["unet": 0.8, "unet-mini": 0.5, "random-forest": 0.4]) { report in
      let text = reading("Cost", report)
      #expect(text.contains("`unet` takes 40.0 ms") && text.contains("25 frames per second"), "\(text)")
      #expect(text.contains("`unet-mini` is 5.0 times as fast (8.0 ms) for a mean IoU lower by 0."), "\(text)")
      #expect(!text.contains("random-forest"), "\(text)")
    }
    try withReport(["unet": 0.5, "unet-mini": 0.8, "random-forest": 0.4]) { report in
      let text = reading("Cost", report)
      #expect(text.contains("`unet-mini` takes 8.0 ms") && !text.contains("times as fast"), "\(text)")
    }
    try withReport(["unet": 0.60, "unet-mini": 0.57, "random-forest": 0.3], bySeed: 0.09) { report in
      let text = reading("Cost", report)
      #expect(text.contains("times as fast (8.0 ms) and is not told apart in mean IoU (lower by 0.0"), "\(text)")
    }
  }

  @Test("What skip connections do at borders is judged at each output stride, which blurs them too")
  func strides() throws {
    let yaml = """
      name: strides
      about: A network with skip connections and one without.
      model: vgg-unet
      seed: [0, 1, 2]
      also:
        - model: vgg-pspnet
          network.outputStride: [32, 8]
      """
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder) { $0.model == "vgg-unet" ? 0.8 : 0.5 }
      let text = try Report(stored.store, beside: .seeds, logger: silentLogger).markdown(hasFigures: false)
      for stride in [8, 32] {
        let row = "| vgg-unet | vgg-pspnet outputStride=\(stride) | borders |"
        #expect(text.components(separatedBy: row).count == 2, "\(row)")
      }
    }
  }

  @Test("Claims on losses and augmentations are tested on whatever network there is, which is named")
  func claimsOfNetworks() throws {
    let yaml = """
      name: both
      about: A loss and an augmentation together.
      model: efficientnet-unet
      seed: [0, 1, 2]
      also: {loss: kl, augmentation: rain, augmentationPolicy: append:0.1}
      """
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder) { $0.loss == "kl" ? 0.8 : 0.5 }
      let text = try Report(stored.store, beside: .seeds, logger: silentLogger).markdown(hasFigures: false)
      let row = text.split(separator: "\n").first { $0.hasPrefix("| KL divergence and rain together") }
      #expect(row?.contains("| efficientnet-unet: +0.") == true, "\(row ?? "")")
    }
  }

  @Test("What objects are taken for is counted, for the classes of a claim and for all others")
  func claimOfConfusion() throws {
    // Construction and nature alone; flat and sky as often as these; flat, sky and vehicle alone.
    let outcomes: [(mistakes: [UInt8], sign: Character, verdict: String)] = [
      ([2, 4], "+", "same direction"), ([1, 2, 4, 5], "+", "undecided"), ([1, 5, 7], "-", "contradicted"),
    ]
    for (mistakes, sign, verdict) in outcomes {
      try withTemporaryFolder { folder in
        let stored = try StoredExperiment(
          "name: poles\nabout: clear\nmodel: [unet, unet-mini]\nseed: [0, 1, 2]", in: folder,
          ease: { ($0.model == "unet" ? 0.7 : 0.5) + Float($0.seed) * 0.004 }, objectMistakes: mistakes)
        let report = try Report(stored.store, beside: .seeds, logger: silentLogger)
        let row = try #require(
          report.markdown(hasFigures: false).split(separator: "\n").first { $0.hasPrefix("| Objects are confused") })
        #expect(row.contains("| unet: \(verdict == "undecided" ? "" : String(sign))"), "\(row)")
        #expect(row.hasSuffix("| **\(verdict)** |"), "\(row)")
        // By the matrices of the three seeds.
        let shares = try stored.cells.filter { $0.settings.model == "unet" }.map { cell in
          let table = try PictureTable(
            contentsOf: stored.file(cell, "pictures.csv"), of: .cityscapes8, under: .official)
          let counts = try #require(table.totals[.official])
          func taken(for classes: [Int]) -> Double {
            Double(classes.reduce(0) { $0 + counts[3, $1] }) / Double(counts.truth(3))
          }
          return taken(for: [2, 4]) - taken(for: [0, 1, 5, 6, 7])
        }
        let shown = String(format: "%+.3f [", shares.reduce(0, +) / 3)
        #expect(row.contains(shown), "\(shown): \(row)")
        let note = try Note([stored.store], beside: .seeds, language: .english, logger: silentLogger)
        let evidence = try #require(note.tableFiles.first { $0.name == "tables/evidence.csv" }).text
        #expect(evidence.contains("\n13,unet,–,official,"), "\(evidence)")
      }
    }
  }

  @Test("Of augmentations that are applied in two ways, claims compare those of one, and none has neither")
  func policies() throws {
    let yaml = """
      name: ways
      about: Two ways to apply augmentations.
      model: unet
      augmentation: [none, rain, fog]
      seed: [0, 1, 2]
      also: {augmentation: [rain, fog], augmentationPolicy: append:0.1}
      """
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(yaml, in: folder) { $0.augmentation.name == "rain" ? 0.8 : 0.6 }
      let text = try Report(stored.store, beside: .seeds, logger: silentLogger).markdown(hasFigures: false)
      let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| Of mirror, fog and rain") })
      for way in ["append", "probability"] {
        #expect(row.components(separatedBy: "rain − fog (\(way)) +").count == 2, "\(row)")
      }
      #expect(row.components(separatedBy: " − ").count == 3, "\(row)")
      #expect(text.contains("| unet rain append | unet none | official |"), "\(text)")
      #expect(!text.contains("none probability") && !text.contains(" augmentationPolicy="))
    }
  }

  @Test("Times that were taken beside other work are said to be, and aren't compared")
  func busy() throws {
    for (wait, isBusy) in [(0.05, false), (0.45, true)] {
      try withTemporaryFolder { folder in
        let stored = try StoredExperiment(
          Self.models, in: folder, ease: { ["unet": 0.8, "unet-mini": 0.5][$0.model] ?? 0.4 }, wait: wait)
        let report = try Report(stored.store, logger: silentLogger)
        let text = paragraphs("Cost", report.markdown(hasFigures: false)).joined(separator: "\n")
        #expect(text.contains("`unet-mini` is 5.0 times as fast") != isBusy, "\(text)")
        #expect(text.contains("2 threads, beside other work), 25 frames") == isBusy, "\(text)")
        #expect(text.contains("beside the fits** of `random-forest`, `unet-mini` and `unet`") == isBusy, "\(text)")
        #expect(text.contains("up to 45 % of the time") == isBusy, "\(text)")
      }
    }
  }

  @Test("Frames that were timed together stand for those of the fits, where no model is missing")
  func framesTogether() throws {
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment(
        Self.models, in: folder, ease: { ["unet": 0.8, "unet-mini": 0.5][$0.model] ?? 0.4 }, wait: 0.45)
      func cost() throws -> String {
        let report = try Report(stored.store, logger: silentLogger)
        return paragraphs("Cost", report.markdown(hasFigures: false)).joined(separator: "\n")
      }
      let seconds = ["unet": 0.3, "unet-mini": 0.1, "random-forest": 0.5]
      try stored.storeFrameTimes(seconds, of: stored.cells.dropLast())
      #expect(try cost().contains("`unet` takes 40.0 ms (Xeon | EPYC, 2 threads, beside other work)"))
      try stored.storeFrameTimes(seconds, of: stored.cells)
      let text = try cost()
      #expect(text.contains("`unet` takes 300.0 ms (a board, 4 threads), 3.3 frames per second"), "\(text)")
      #expect(text.contains("`unet-mini` is 3.0 times as fast (100.0 ms)"), "\(text)")
      #expect(
        text.contains("timed together, model after model and round after round (a board, 4 threads)"), "\(text)")
      #expect(text.contains("and training steps of all layers") && text.contains("ms per training image"), "\(text)")
      // Fits beside other work say nothing of a model's cost: a note has the steps in their place.
      let note = try Note([stored.store], language: .english, logger: silentLogger).markdown(hasFigures: false)
      let body = try #require(note.components(separatedBy: "## Appendix").first)
      #expect(body.contains("| ms per training image |") && body.contains("| 900 |"), "\(body)")
      #expect(!body.contains("Fit time"))
      // Records hold them, too.
      let target = folder.appendingPathComponent("records")
      _ = try stored.store.exportRecords(to: target)
      #expect(try RunStore(folder: target).frameTimes() == stored.store.frameTimes())
      try Files.write("{", to: stored.folder.appendingPathComponent("frames.json"))
      #expect(throws: StorageError.self) { try Report(stored.store, logger: silentLogger) }
    }
  }

  @Test("Models that are better than the leading one under weather are named with how much, and no others")
  func rivals() throws {
    let yaml =
      Self.models.replacingOccurrences(of: "in clear weather", with: "in fog")
      + "\nconditions: [fog-3]"
    for (mini, isBetter) in [(Float(0.8), true), (0.5, false)] {
      try withTemporaryFolder { folder in
        let shares = ["unet": Float(0.6), "unet-mini": mini, "random-forest": 0.4]
        let stored = try StoredExperiment(
          yaml, in: folder, ease: { $0.model == "unet" ? 0.9 : shares[$0.model] ?? 0 },
          testEase: { (shares[$0.model] ?? 0) + Float($0.seed) * 0.002 })
        for language in [Language.english, .french] {
          let report = try Report(stored.store, language: language, logger: silentLogger)
          let text = report.markdown(hasFigures: false)
          let name =
            language.code == "en"
            ? "`unet-mini` is better than it under `fog-3` (+0."
            : "`unet-mini` fait mieux que lui sous brouillard 3 (+0,"
          let none =
            language.code == "en"
            ? "no other model is shown to be better than `unet` there"
            : "aucun autre modèle ne s’y montre meilleur que `unet`"
          #expect(text.contains(name) == isBetter && text.contains(none) != isBetter, "\(text)")
          #expect(!text.contains("`random-forest` is better"))
        }
      }
    }
  }

  @Test("Losses that are compared under one augmentation of several name it, and the other way round")
  func named() throws {
    let yaml = """
      name: named
      about: Rain with two losses.
      model: unet
      augmentation: [none, rain]
      seed: [0, 1, 2]
      also: {augmentation: rain, loss: kl}
      """
    try withReport(["unet": 0.7, "kl": 0.1, "rain": 0.05], of: yaml) { report in
      #expect(reading("Losses", report).hasPrefix("Against `ce`, with `unet rain`, `kl` (+"))
      #expect(reading("Augmentations", report).hasPrefix("Against `none`, with `unet ce`, `rain` (+"))
    }
  }

  @Test("Weather takes away by condition, and an augmentation that helps is named with what it gives")
  func weather() throws {
    let yaml = """
      name: fog
      about: Fog.
      model: unet
      augmentation: [none, mirror, fog]
      seed: [0, 1, 2]
      conditions: [fog-3]
      """
    try withReport(["unet": 0.7], of: yaml) { report in
      let text = reading("Robustness", report)
      #expect(text.contains("`fog` gives +0.") && text.contains(" under `fog-3`."), "\(text)")
    }
    // Under a second condition the fog's model sees as in clear weather, and gains more.
    try withTemporaryFolder { folder in
      let two = yaml.replacingOccurrences(of: "[fog-3]", with: "[rain-3, fog-3]")
      let stored = try StoredExperiment(two, in: folder) { _ in 0.7 }
      for cell in stored.cells {
        let source = cell.settings.augmentation == "fog" ? "pictures.csv" : "pictures-fog-3.csv"
        try Files.write(Files.read(stored.file(cell, source)), to: stored.file(cell, "pictures-rain-3.csv"))
      }
      let report = try Report(stored.store, logger: silentLogger)
      let table = try #require(report.tableFiles.first { $0.name == "tables/robustness.csv" }).text
      let conditions = try CSV.rows(table)[0].filter { ["clean", "rain-3", "fog-3"].contains($0) }
      #expect(conditions == ["clean", "rain-3", "fog-3"], "not as the experiment has them: \(table)")
      let text = reading("Robustness", report)
      let order = #/`fog` gives \+0\.[^`]+ under `rain-3` and \+0\.[^`]+ under `fog-3`\. /#
      #expect(text.contains(order), "\(text)")
      let broadest = "`fog` helps under 2 of the 2 conditions, more than any other: `rain-3` and `fog-3`."
      #expect(text.contains(broadest), "\(text)")
    }
    let alone = yaml.replacingOccurrences(of: "[none, mirror, fog]", with: "[none, mirror]")
    try withReport(["unet": 0.7], of: alone) { report in
      let text = reading("Robustness", report)
      #expect(text.contains("No augmentation raises its score"), "\(text)")
    }
  }

  @Test("A difference comes from the one or two classes that make up half of it, else from all")
  func classGains() {
    func leading(_ values: [Double], isGain: Bool = true) -> [String] {
      let gains = zip("abcdefgh", values).map { ClassGains.Gain(name: String($0), value: $1) }
      return ClassGains(gains, isGain: isGain).leading.map(\.name)
    }
    #expect(leading([0.01, 0.5, 0.1]) == ["b"])
    #expect(leading([0.2, 0.25, 0.1, 0.2]) == ["b", "a"])
    #expect(leading([0.1, 0.1, 0.1, 0.1, 0.1, 0.1]) == [])
    // What loses doesn't explain a gain, nor the other way round.
    #expect(leading([0.3, -0.9, 0.1]) == ["a"])
    #expect(leading([0.3, -0.9, 0.1], isGain: false) == ["b"])
    #expect(leading([0, 0]) == [])
  }

  @Test("Every sentence has the same numbers in English and in French")
  func languages() throws {
    let yaml = """
      name: both
      about: Models, losses and weather.
      model: [random-forest, unet-mini, unet]
      augmentation: [none, fog]
      seed: [0, 1, 2]
      conditions: [fog-3]
      also: {model: unet, loss: [kl, dice], augmentation: none}
      """
    let shares: [String: Float] = ["unet": 0.7, "unet-mini": 0.5, "random-forest": 0.4, "dice": 0.05]
    func texts(_ language: Language) throws -> (report: String, note: String) {
      try withTemporaryFolder { folder in
        let stored = try StoredExperiment(yaml, in: folder) { settings in
          (shares[settings.model] ?? 0) + (shares[settings.loss.name] ?? 0) + Float(settings.seed) * 0.01
        }
        let note = try Note([stored.store], beside: .seeds, language: language, logger: silentLogger)
        let report = try Report(stored.store, language: language, logger: silentLogger)
        return (report.markdown(hasFigures: false), try note.markdown(hasFigures: false))
      }
    }
    func titles(_ text: String) -> [String] {
      text.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
    }
    func numbers(_ text: String, _ language: Language) -> [Double] {
      // The severity of `fog-3` is 3.
      let severities = #/(fog|rain|snow|night)-(?=[1-5])/#
      return MarkdownTable.numbers(text.replacing(severities) { "\($0.1) " }, in: language).compactMap { Double($0) }
        .sorted()
    }
    let (english, french) = (try texts(.english), try texts(.french))
    var pairs: [(String, String)] = []
    for (one, other) in zip(titles(english.report), titles(french.report)) {
      if let one = paragraphs(one, english.report).first, let other = paragraphs(other, french.report).first {
        pairs.append((one, other))
      }
    }
    for (one, other) in [
      ("Summary", "Synthèse"), ("7. Discussion", "7. Discussion"), ("9. Conclusion", "9. Conclusion"),
    ] {
      let (ours, theirs) = (paragraphs(one, english.note), paragraphs(other, french.note))
      #expect(ours.count == theirs.count && ours.count > 1)
      pairs += zip(ours, theirs)
    }
    #expect(pairs.count > 20)
    for (one, other) in pairs where !["|", "*Reading", "[CSV]"].contains(where: one.hasPrefix) {
      #expect(numbers(one, .english) == numbers(other, .french), "\(one)\n\(other)")
      #expect(one != other, "not translated: \(one)")
    }
  }
}
