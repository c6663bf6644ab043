import Deep
import Foundation
import Harness
import Scenes
import Settings
import TestSupport
import Testing

/// Networks trained, stored and read in fp32 and bf16.
@Suite(.serialized) struct PrecisionTests {
  private func comparison(_ folder: URL, _ model: String, _ precision: Precision) throws -> Comparison {
    let precision = model == "linear-svc" ? "" : "training: {epochs: 2, batch: 2, precision: \(precision)}"
    let yaml = """
      name: precision
      model: \(model)
      data: {root: synthetic, size: 32x16, train: 4, validation: 2, test: 2}
      \(precision)
      """
    return try makeComparison(yaml, runs: folder) { _ in }
  }

  @Test("fp32 leaves a cell's identity as it was before there was a choice, and bf16 makes another cell")
  func identity() throws {
    let plain = try CellSettings(["model": .text("unet-mini")])
    #expect(
      try CellSettings(["model": .text("unet-mini"), "training.precision": .text("fp32")]).changes == plain.changes)
    let changed = try CellSettings(["model": .text("unet-mini"), "training.precision": .text("bf16")], isStored: true)
    #expect(changed.changes["training.precision"] == .text("bf16"))
  }

  @Test("A processor without AMX refuses bf16 with the setting to use", .disabled(if: Precision.bf16.isAvailable))
  func refusal() {
    let error = #expect(throws: SettingError.self) {
      try CellSettings(["model": .text("unet-mini"), "training.precision": .text("bf16")])
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("fp32"))
  }

  @Test("A run in bf16 is scored in fp32 nearly alike", .enabled(if: Precision.bf16.isAvailable))
  func evaluation() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder, "unet-mini", .bf16)
      _ = try comparison.run(command: "test")
      let run = comparison.store.folder(of: comparison.cells[0].name)
      func scores(_ precision: Precision?) throws -> Scores {
        try Evaluation.scores(
          of: .run(run, precision: precision), data: "synthetic", split: "val", under: nil,
          progress: ProgressReporter(.quiet))
      }
      let (own, rounded, plain) = (try scores(nil), try scores(.bf16), try scores(.fp32))
      #expect(try own.json() == rounded.json())
      #expect(try abs(#require(own.accuracy) - #require(plain.accuracy)) < 0.02)
    }
  }

  @Test("What is no network has no precision")
  func classifiers() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison(folder, "linear-svc", .fp32)
      _ = try comparison.run(command: "test")
      let run = comparison.store.folder(of: comparison.cells[0].name)
      let error = #expect(throws: SettingError.self) { try StoredModel(run: run, precision: .fp32) }
      #expect("\(error.map { "\($0)" } ?? "")".contains("linear-svc"))
    }
  }
}
