import Compute
import Foundation
import Harness
import Reports
import Scenes
import TestSupport
import Testing

extension ReportTests {
  private func french(_ fixture: StoredExperiment) throws -> Report {
    try Report(fixture.store, beside: .seeds, language: .french, logger: silentLogger)
  }

  /// What a reader reads: without code, what links point to, and what stands in the fixture itself.
  private func prose(_ markdown: String) throws -> String {
    markdown
      .replacing(try Regex("`[^`]*`"), with: "")
      .replacing(try Regex(#"(tables/cells.csv)?\]\([^)]*\)"#), with: "]")
      .replacingOccurrences(of: "A made-up experiment.", with: "")
      .replacingOccurrences(of: "Made-up scenes", with: "")
      .replacingOccurrences(of: #"a processor \| with a bar"#, with: "")
  }

  @Test("Every weather is in words in other languages, and what another program made keeps its name")
  func conditions() throws {
    for language in Language.all where language != .english {
      for condition in Condition.all {
        let words = language.condition(condition.name)
        #expect(words != condition.name && !words.contains("-"), "\(language) says \(words) for \(condition.name)")
      }
      for name in ["frost-3", "snow-made-elsewhere", "rain-3+frost-2"] {
        #expect(language.condition(name) == name)
      }
    }
    #expect(Language.french.condition("rain-3+night-2") == "pluie 3 + nuit 2")
    #expect(Language.english.condition("rain-3+night-2") == "rain-3+night-2")
  }

  @Test("CSV is the same in both languages, to the byte")
  func sameCSV() throws {
    try withFixture { fixture in
      let files = [
        try Report(fixture.store, beside: .seeds, logger: silentLogger).tableFiles, try french(fixture).tableFiles,
      ].map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.text) }) }
      #expect(files[0].count >= 9 && files[0] == files[1])
    }
  }

  @Test("No English is left in the French report, nor a line of the English one but identifiers and figures")
  func onlyFrench() throws {
    try withFixture { fixture in
      let text = try french(fixture).markdown(hasFigures: true)
      let words = try prose(text).split { !$0.isLetter && $0 != "\u{2019}" }.map { $0.lowercased() }
      let english: Set = [
        "the", "of", "and", "is", "are", "by", "with", "to", "in", "each", "all", "both", "not", "than", "that", "from",
        "mean", "seed", "seeds", "fit", "time", "epoch", "epochs", "peak", "picture", "pictures", "scenes", "truth",
        "training", "rows", "earlier", "report", "experiment", "hard", "soft", "flat", "gained", "reference", "better",
        "worse",
        "undecided", "cores", "gib", "build", "cell", "cells", "processor", "command", "sampling", "cost",
      ]
      // Classes are identifiers, and the earlier reports' own French title has "Fit".
      let allowed: Set = ["flat", "fit"]
      #expect(Set(words).intersection(english).subtracting(allowed) == [])
      let ours = try Report(fixture.store, beside: .seeds, logger: silentLogger).markdown(hasFigures: true)
      let shared = Set(try prose(text).split(separator: "\n")).intersection(try prose(ours).split(separator: "\n"))
      let sentences = shared.filter { !$0.hasPrefix("|") && !$0.hasPrefix("[CSV]") }
      #expect(Set(sentences) == ["# fixture", "## Augmentations"])
    }
  }

  @Test("French marks stand apart from words at which a line may not end, and apostrophes are curved")
  func typography() throws {
    let set = Language.french.typeset("l'IoU « moyenne » : `a : 'b'` ; 95 % !")
    #expect(set == "l’IoU «\u{A0}moyenne\u{A0}»\u{A0}: `a : 'b'`\u{A0}; 95\u{A0}%\u{A0}!")
    #expect(Language.english.typeset("it's: 95 %") == "it's: 95 %")
    try withFixture { fixture in
      let text = try french(fixture).markdown(hasFigures: true)
      let prose = try prose(text).replacing(try Regex("-+:"), with: "")
      #expect(!prose.contains("'"))
      let marks = prose.matches(of: try Regex("(.)[:;?!%»]", as: (Substring, Substring).self)).map(\.output)
      #expect(marks.count > 50 && marks.allSatisfy { $0.1 == "\u{A0}" }, "\(marks.filter { $0.1 != "\u{A0}" })")
      #expect(text.contains("| 471\u{202F}784 |"))
      #expect(text.contains("| Temps de Fit | IoU | dice | accuracy |") && text.contains("Gio"))
    }
    try withTemporaryFolder { folder in
      let stored = try StoredExperiment("name: one\nabout: {en: x, fr: \"L'essai : bref\"}\nmodel: unet", in: folder)
      #expect(try french(stored).markdown(hasFigures: false).contains("L\u{2019}essai\u{A0}: bref"))
    }
  }

  @Test("A language that is translated in part has titles and columns of its own, and English for the rest")
  func partial() throws {
    try withFixture { fixture in
      let german = try Language.named("de")
      let report = try Report(fixture.store, beside: .seeds, language: german, logger: silentLogger)
      #expect(report.fileName == "report.de.md")
      let text = report.markdown(hasFigures: true)
      for title in ["Ergebnisse", "Verlustfunktionen", "Robustheit", "Kosten", "Herkunft"] {
        #expect(text.contains("## \(title)\n"), "\(title)")
      }
      #expect(text.contains("| Modell | Verlust | Augmentierung | Startwerte | Lernzeit | Mittlere IoU |"))
      #expect(text.contains("Brackets hold 95 % intervals") && text.contains("machines under [Herkunft](#herkunft)."))
      #expect(text.contains("`segbench report runs/fixture --language de`") && text.contains("| unentschieden |"))
      let files = [report, try Report(fixture.store, beside: .seeds, logger: silentLogger)].map(\.tableFiles)
        .map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.text) }) }
      #expect(files[0] == files[1])
    }
  }

  @Test("Links within a report lead to one of its titles", arguments: Language.all)
  func anchors(_ language: Language) throws {
    try withFixture { fixture in
      let text = try Report(fixture.store, language: language, logger: silentLogger).markdown(hasFigures: true)
      let titles = text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
        // As GitHub makes them.
        line.drop { $0 == "#" || $0 == " " }.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
          .replacingOccurrences(of: " ", with: "-")
      }
      let links = text.matches(of: try Regex(#"\]\(#([^)]*)\)"#, as: (Substring, Substring).self)).map(\.output.1)
      #expect(!links.isEmpty && links.allSatisfy { titles.contains(String($0)) }, "\(links) among \(titles)")
    }
  }

  @Test("Verdicts and states are words of the language in Markdown, and English in CSV")
  func words() throws {
    try withFixture { fixture in
      try FileManager.default.removeItem(at: fixture.file(fixture.cells[1], "scores.json"))
      let texts = texts(try french(fixture))
      let text = try #require(texts["report.fr.md"])
      for word in ["référence", "meilleur", "indécis", "inachevée"] { #expect(text.contains("| \(word) |"), "\(word)") }
      #expect(text.contains("## Ce qui manque") && text.contains("absentes de ce rapport\u{A0}: 1 sur 15"))
      let states = try CSV.rows(try #require(texts["tables/missing.csv"])).map { $0[1] }
      #expect(states == ["state", "not finished"])
    }
  }

  @Test("Reports in both languages stand in one folder, each with figures in its own words")
  func bothWritten() throws {
    try withFixture { fixture in
      let folder = fixture.folder.appendingPathComponent("reports")
      func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      }
      let file = try Report(fixture.store, logger: silentLogger).write(to: folder)
      let (before, figure) = (try text("report.md"), try text("figures/curves.svg"))
      #expect(try french(fixture).write(to: folder).lastPathComponent == "report.fr.md")
      #expect(file.lastPathComponent == "report.md")
      #expect(try before == text("report.md"))
      #expect(try figure == text("figures/curves.svg"))
      for report in ["report.md", "report.fr.md"] {
        let links = try text(report).matches(of: try Regex(#"\]\(([^)#]+)\)"#, as: (Substring, Substring).self))
        for link in links.map(\.output.1) where !link.hasPrefix("https://") {
          #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(String(link)).path), "\(link)")
        }
      }
      let words = try ["curves", "confusion", "robustness", "cost"].map { try text("figures/\($0).fr.svg") }.joined()
      for word in ["époque", "vérité terrain", "entraîné avec", "image seule"] {
        #expect(words.contains(word), "\(word)")
      }
      for word in ["epoch", "truth", "trained", "tested", "predict a", "mean IoU"] {
        #expect(!words.contains(word), "\(word)")
      }
    }
  }
}
