import Foundation
import Harness
import Reports
import Storage
import TestSupport
import Testing

/// Calibration, pictures and drives in reports.
extension ReportTests {
  private func rows(_ name: String, _ report: Report) throws -> [[String]] {
    try CSV.rows(try #require(report.tableFiles.first { $0.name == "tables/\(name).csv" }?.text))
  }

  @Test("Calibration has the rows with probabilities, in clear weather and under each condition")
  func calibration() throws {
    try withFixture { fixture in
      let report = try Report(fixture.store, logger: silentLogger)
      let table = try rows("calibration", report)
      #expect(table.count == 5 && table.dropFirst().allSatisfy { $0[0] == "unet-mini" })
      let names = ["ece", "overconfidence", "brier_score", "validation_ece", "fog-3_ece"]
      #expect(Array(table[0].suffix(5)) == names)
      // Each pixel's class has the probability 0.65: the error is how far that is from the accuracy, of all seeds.
      let records = try fixture.cells.compactMap { try fixture.store.record(of: $0.name) }.filter {
        $0.settings.model == "unet-mini" && $0.settings.loss == "ce" && $0.settings.augmentation == "none"
      }
      #expect(records.count == 3)
      let accuracy = records.compactMap { $0.scores(.test, .withoutVoid)?.accuracy }.mean
      let row = try table[1].suffix(5).map { try #require(Double($0)) }
      expectClose([row[0], row[1]], [abs(0.65 - accuracy), 0.65 - accuracy], absolute: 1e-6)
      // Right: 0.35^2 + 7 0.05^2; wrong: 0.65^2 + 0.95^2 + 6 0.05^2.
      expectClose([row[2]], [accuracy * 0.14 + (1 - accuracy) * 1.34], absolute: 1e-6)
    }
  }

  @Test("Pictures have a row a group, and the worst are named of the cell with the best validation score")
  func pictures() throws {
    try withFixture { fixture in
      let report = try Report(fixture.store, logger: silentLogger)
      let table = try rows("pictures", report)
      #expect(table.count == 1 + 5 && table[0].last == "mean_iou_by_class_worst")
      #expect(table.dropFirst().allSatisfy { $0.suffix(4).allSatisfy { Double($0) != nil } })
      let (results, cells) = (try rows("results", report), try rows("cells", report))
      func column(_ name: String, _ rows: [[String]]) throws -> [Double] {
        let place = try #require(rows[0].firstIndex(of: name))
        return try rows.dropFirst().map { try #require(Double($0[place])) }
      }
      let boundaries = (try column("boundary_mean_iou", results), try column("boundary_mean_iou", cells))
      let means = stride(from: 0, to: boundaries.1.count, by: 3).map { boundaries.1[$0..<$0 + 3].reduce(0, +) / 3 }
      expectClose(boundaries.0, means, absolute: 1e-12)
      #expect(try column("boundary_mean_iou_low", results).allSatisfy { $0 > 0 })
      let worst = try rows("worst_pictures", report)
      let index = try fixture.store.index()
      #expect(worst.dropFirst().map { $0[0] } == index.worst?.pictures && worst.count == 5)
      let scores = try worst.dropFirst().map { try #require(Double($0[1])) }
      #expect(scores == scores.sorted())
      let text = report.markdown(hasFigures: true)
      #expect(text.contains("that unet-mini dice") && text.contains("figures/worst_pictures.png"))
      #expect(text.contains("Of the 12 pictures, so many have each class: flat 11, construction 12"))
    }
  }

  @Test("Drives have a row each, and those never seen stand apart from those that are trained on")
  func drives() throws {
    try withFixture { fixture in
      let table = try rows("drives", try Report(fixture.store, logger: silentLogger))
      #expect(table[0].prefix(4) == ["drive", "trained_on", "pictures", "classes"] && table[0].count == 4 + 5)
      #expect(table.dropFirst().map { $0[0] } == ["all of them", "all of them", "ashford", "belmont", "corby, north"])
      #expect(table.dropFirst().map { $0[1] } == ["never seen", "seen", "seen", "seen", "never seen"])
      #expect(table.dropFirst().map { $0[2] } == ["4", "8", "4", "4", "4"])
      #expect(Array(table[1].dropFirst(2)) == Array(table[5].dropFirst(2)))
      let distances = try rows("distances", try Report(fixture.store, logger: silentLogger))
      #expect(distances.dropFirst().map { $0[0] } == ["1-2", "3-9", "10-29", "30-99", "100+"])
      // Frames 1, 13, 25 and 37 away.
      #expect(distances.dropFirst().map { $0[1] } == ["1", "", "2", "1", ""])
    }
  }

  @Test("Without probabilities, boundaries, drives and stored pictures a report has what is left, and says no more")
  func withoutThem() throws {
    try withTemporaryFolder { folder in
      let small = try StoredExperiment("name: small\nmodel: linear-svc\nabout: clear pictures", in: folder)
      try FileManager.default.removeItem(at: small.file(small.cells[0], "boundaries.csv"))
      let report = try Report(small.store, logger: silentLogger)
      let text = report.markdown(hasFigures: true)
      for title in ["Calibration", "Drive by drive"] { #expect(!text.contains("## \(title)"), "\(title)") }
      #expect(text.contains("## Picture by picture") && !text.contains("worst_pictures.png"))
      #expect(try !rows("results", report)[0].contains("boundary_mean_iou"))
    }
  }

  @Test("A cell whose table of boundaries is damaged is named, and not averaged")
  func damagedBoundaries() throws {
    try withFixture { fixture in
      let file = fixture.file(fixture.cells[2], "boundaries.csv")
      try Files.write(String(try String(contentsOf: file, encoding: .utf8).dropLast(20)), to: file)
      let missing = try rows("missing", try Report(fixture.store, logger: silentLogger))
      #expect(missing.count == 2 && missing[1][0] == fixture.cells[2].name && missing[1][2].contains("boundaries.csv"))
    }
  }

  @Test("Calibration, pictures and drives are said in French, and their words in CSV are English")
  func frenchPictures() throws {
    try withFixture { fixture in
      let report = try Report(fixture.store, language: .french, logger: silentLogger)
      let text = report.markdown(hasFigures: true)
      for title in ["Image par image", "Séquence par séquence", "Calibration des probabilités"] {
        #expect(text.contains("## \(title)\n"), "\(title)")
      }
      #expect(text.contains("| toutes ensemble | jamais vue |") && text.contains("| Pires 5\u{A0}%, par image |"))
      #expect(try rows("drives", report)[1].prefix(2) == ["all of them", "never seen"])
    }
  }
}
