import Harness
import Reports
import Scenes
import Testing

@Suite("The earlier reports") struct EarlierReportsTests {
  /// Reads the names as an experiment would, which refuses those that it doesn't know.
  private func check(models: [String], losses: [String] = [], augmentations: [String] = []) throws {
    func line(_ key: String, _ names: [String]) -> String {
      names.isEmpty ? "" : "\(key): [\(names.joined(separator: ", "))]\n"
    }
    let yaml =
      "name: known\n" + line("model", models) + line("loss", losses) + line("augmentation", augmentations)
    let cells = try Experiment(yaml: yaml, file: "known.yaml").cellSettings()
    #expect(!cells.isEmpty)
  }

  @Test("Their results are of models, losses and augmentations that there are, with a text in every whole language")
  func results() throws {
    let results = EarlierReports.all.results
    #expect(results.count == 13)
    for result in results {
      try check(
        models: [result.model], losses: [result.loss].compactMap { $0 },
        augmentations: [result.augmentation].compactMap { $0 })
      #expect(result.description.texts["en"]?.isEmpty == false)
    }
  }

  @Test("Their claims are tested on models, losses and augmentations that there are, by bounds that they name")
  func claims() throws {
    let claims = EarlierReports.all.claims
    #expect(claims.count == 15)
    for claim in claims {
      let statements = try ["en", "fr"].map { try #require(claim.statement.texts[$0]) }
      #expect(claim.earlier.texts["en"]?.isEmpty == false)
      #expect(claim.needs.texts.keys.sorted() == ["en", "fr"] && (1...3).contains(claim.source.report))
      switch claim.test {
      case .ranking(let better, let worse, _): try check(models: [better, worse])
      case .loss(let name): try check(models: ["unet"], losses: [name])
      case .littleGain(let name, let bound):
        try check(models: ["unet"], augmentations: [name ?? "none"])
        #expect(
          statements[0].contains("\(bound)")
            && statements[1].contains("\(bound)".replacingOccurrences(of: ".", with: ",")), "\(statements)")
      case .bestAugmentation(let best, let others):
        try check(models: ["unet"], augmentations: [best] + others)
      case .rows(let better, let worse):
        for row in [better, worse] {
          try check(
            models: ["unet"], losses: [row.loss].compactMap { $0 },
            augmentations: [row.augmentation].compactMap { $0 })
        }
      // What can't be tested yet says what it needs.
      case .bestModel(let model): #expect(statements.allSatisfy { $0.contains("EfficientNet") } && !model.isEmpty)
      case .confusion(let truth, let predictions):
        #expect(Set([truth] + predictions).isSubset(of: ClassSet.cityscapes8.names))
      case .patience, .networksAboveClassifiers: break
      }
    }
  }

  private func reports(test: String, statement: String = "{en: a claim}") throws -> EarlierReports {
    try EarlierReports(
      yaml: """
        results: []
        claims:
          - statement: \(statement)
            earlier: {en: a figure}
            source: {report: 1, data: cityscapes, size: 512x256}
            needs: {en: an experiment}
            test: \(test)
        """)
  }

  @Test("A claim with a test of unknown kind, one without its bound, and a text without English are refused")
  func refused() throws {
    #expect(try reports(test: "{kind: patience}").claims.count == 1)
    #expect(throws: DecodingError.self) { try reports(test: "{kind: magic}") }
    #expect(throws: DecodingError.self) { try reports(test: "{kind: little-gain}") }
    #expect(throws: DecodingError.self) { try reports(test: "{kind: rows, better: {loss: kl}}") }
    #expect(throws: DecodingError.self) { try reports(test: "{kind: patience}", statement: "{fr: une affirmation}") }
  }
}
