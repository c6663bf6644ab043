import Foundation
import Harness
import Reports
import Storage
import TestSupport
import Testing

/// One report of several experiments.
@Suite("Merged reports") struct MergedReportTests {
  private func rows(_ report: Report, _ table: String) throws -> [[String: String]] {
    let text = try #require(report.tableFiles.first { $0.name == "tables/\(table).csv" }).text
    let rows = try CSV.rows(text)
    return rows.dropFirst().map { Dictionary(zip(rows[0], $0)) { first, _ in first } }
  }

  private func merged(_ parts: StoredExperiment...) throws -> Report {
    try Report(MergedRuns(parts.map(\.store)), logger: silentLogger)
  }

  @Test("Rows of all stand in each table, told apart by what no experiment had as an axis, and a shared training once")
  func rows() throws {
    try withTemporaryFolder { folder in
      let first = try StoredExperiment(
        "name: first\nmodel: unet-mini\nseed: [0, 1]\nepochs: 5\nconditions: fog-3", in: folder)
      let second = try StoredExperiment(
        "name: second\nmodel: [unet-mini, linear-svc]\nseed: [0, 1, 2]\nepochs: [5, 9]\nconditions: fog-3", in: folder)
      let report = try merged(first, second)
      #expect(report.experiment.name == "first-second")
      let results = try rows(report, "results")
      #expect(results.map { $0["model"] } == ["unet-mini", "unet-mini", "linear-svc"])
      #expect(results.map { $0["training.epochs"] } == ["5", "9", "–"])
      #expect(results.map { $0["seeds"] } == ["3", "3", "3"], "seeds 0 and 1 of five epochs are in both")
      // A cell is what it is by itself.
      let own = try rows(try Report(second.store, logger: silentLogger), "cells")
      for row in try rows(report, "cells") {
        if let same = own.first(where: { $0["cell"] == row["cell"] }) {
          #expect(same["official_mean_iou"] == row["official_mean_iou"])
        }
      }
      let file = try report.write(to: folder.appendingPathComponent("report"))
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("unet-mini epochs=9") && text.contains("linear-svc"))
      // Panel pictures and masks are found in either folder, the weights named by their own.
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("report/figures/masks.png").path))
      let card = try String(
        contentsOf: folder.appendingPathComponent("report/cards/linear-svc.md"), encoding: .utf8)
      #expect(card.contains("`runs/second/linear-svc_seed0"))
    }
  }

  @Test("Other data, other sizes, margins or test pictures are refused by name")
  func refused() throws {
    try withTemporaryFolder { folder in
      let first = try StoredExperiment("name: first\nmodel: unet-mini\ndata.size: 64x32", in: folder)
      func refusal(_ yaml: String, pictures: Int = 12, _ change: (StoredExperiment) throws -> Void = { _ in }) throws
        -> String
      {
        let other = try StoredExperiment(yaml, in: folder, pictureCount: pictures)
        try change(other)
        do {
          _ = try merged(first, other)
          return "nothing"
        } catch let error as HarnessError {
          return "\(error)"
        }
      }
      let same = "model: linear-svc\ndata.size: 64x32"
      #expect(try refusal("name: good\n\(same)") == "nothing")
      #expect(try refusal("name: size\nmodel: linear-svc\ndata.size: 32x32").contains("data.size is 64x32 and 32x32"))
      #expect(try refusal("name: margin\nmargin: 0.03\n\(same)").contains("margins are 0.01 and 0.03"))
      #expect(try refusal("name: test\n\(same)", pictures: 16).contains("test pictures are 12 and 16"))
      #expect(
        try refusal("name: train\ndata.train: 5\n\(same)").contains(
          "no two of their cells had the same training scenes"))
      let changes = [("index.json", "Made-up scenes", "Other scenes", "their data are Made-up scenes and Other scenes")]
      for (name, text, other, told) in changes {
        #expect(
          try refusal("name: changed\n\(same)") { stored in
            let file = stored.folder.appendingPathComponent(name)
            try Files.write(String(contentsOf: file, encoding: .utf8).replacing(text, with: other), to: file)
          }.contains(told))
      }
      #expect(
        try refusal("name: contents\n\(same)") { stored in
          let file = stored.file(stored.cells[0], "scores.json")
          try Files.write(String(contentsOf: file, encoding: .utf8).replacing("made-up", with: "others"), to: file)
        }.contains("their pictures, labels or parts are others"))
    }
  }

  @Test("A note on several data chooses its network on those of the first alone, and says so")
  func noteOnSeveralData() throws {
    try withTemporaryFolder { folder in
      let first = try StoredExperiment("name: first\nmodel: unet-mini", in: folder, ease: { _ in 0.5 })
      let second = try StoredExperiment("name: second\nmodel: unet", in: folder, pictureCount: 16, ease: { _ in 0.9 })
      let note = try Note([first.store, second.store], language: .english, logger: silentLogger).markdown(
        hasFigures: false)
      #expect(note.contains("### The chosen architecture: `unet-mini`"))
      #expect(note.contains("Of the networks here that were compared on the same scenes (`first`) it has"))
      let third = try StoredExperiment("name: third\nmodel: unet", in: folder, ease: { _ in 0.9 })
      let alike = try Note([first.store, third.store], language: .english, logger: silentLogger).markdown(
        hasFigures: false)
      #expect(alike.contains("### The chosen architecture: `unet`") && alike.contains("Of the networks here it has"))
    }
  }

  @Test("Two cells stand beside one another with what differs and what one gains; the same training and seeds don't")
  func cells() throws {
    try withTemporaryFolder { folder in
      let first = try StoredExperiment("name: first\nmodel: unet-mini\nseed: [0, 1]\nepochs: 5", in: folder)
      let second = try StoredExperiment("name: second\nmodel: unet-mini\nloss: dice\nepochs: [5, 9]", in: folder)
      func compare(_ one: (StoredExperiment, Int), _ other: (StoredExperiment, Int)) throws -> String {
        try CellComparison(
          (one.0.store, one.0.cells[one.1].name), (other.0.store, other.0.cells[other.1].name), logger: silentLogger
        ).table
      }
      let text = try compare((first, 0), (second, 1))
      #expect(text.hasPrefix("A: \(first.cells[0].name)\nB: \(second.cells[1].name)\n"))
      #expect(text.contains(#/\nloss +ce +dice/#) && text.contains(#/\ntraining.epochs +5 +9/#))
      // Dice is made the better one here.
      let gain = try #require(text.firstMatch(of: #/\nmean IoU +(\S+) +(\S+) +\+(\S+) /#))
      let (before, after) = (try #require(Double(gain.1)), try #require(Double(gain.2)))
      #expect(try abs(after - before - #require(Double(gain.3))) < 2e-4)
      #expect(throws: HarnessError.self) { try compare((first, 0), (first, 1)) }
      #expect(throws: HarnessError.self) { try compare((first, 0), (first, 0)) }
    }
  }
}
