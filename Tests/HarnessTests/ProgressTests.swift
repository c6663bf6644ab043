import Foundation
import Harness
import Settings
import TestSupport
import Testing

/// What tells users how far the work is.
@Suite("Progress") struct ProgressTests {
  private let line = ProgressLine(
    label: "[3/12] vgg-unet_ce_none_seed0_0011223344", share: 0.417,
    text: "epoch 3/12, loss 0.2399, best mean IoU 0.5518", secondsLeft: 684, secondsLeftOfAll: 7620)
  private let facts = "41 %, epoch 3/12, loss 0.2399, best mean IoU 0.5518, 11 min 24 s left, 2 h 07 min of all"

  @Test("A line of progress fits any terminal: its label is shortened first, then goes but for its number")
  func fits() {
    for width in 0...200 { #expect(line.fitted(to: width).count <= width, "\(width)") }
    #expect(line.fitted(to: 200) == "[3/12] vgg-unet_ce_none_seed0_0011223344: \(facts)")
    let shorter = line.fitted(to: 110)
    #expect(shorter.hasSuffix(": \(facts)") && shorter.hasPrefix("[3/12] vgg") && shorter.contains("..."))
    #expect(line.fitted(to: facts.count + 8) == "[3/12]: \(facts)")
    #expect(line.fitted(to: facts.count + 7) == facts)
    let unnumbered = ProgressLine(label: "checking pictures", share: 0.5, text: String(repeating: "x", count: 60))
    #expect(unnumbered.fitted(to: 70) == "50 %, " + String(repeating: "x", count: 60))
  }

  @Test("What isn't known yet isn't told")
  func unknown() {
    #expect(ProgressLine(label: "a", share: 0).description == "a: 0 %")
    #expect(ProgressLine(label: "a", share: 1.2, secondsLeft: 0).description == "a: 100 %, 0.0 s left")
  }

  private static let yaml = """
    name: tiny
    model: unet-mini
    data: {size: 32x16, train: 4, validation: 2, test: 2}
    training: {epochs: 2, batch: 2}
    network: {width: 0.25}
    """

  @Test("The experiment's log has a line an epoch behind each cell's, and grows when it is run again")
  func log() throws {
    try withTemporaryFolder { folder in
      func run(_ seeds: String) throws -> [Substring] {
        let comparison = try makeComparison(Self.yaml, runs: folder) { try $0.set("seed=\(seeds)") }
        _ = try comparison.run(command: "test")
        let text = try String(contentsOf: comparison.store.folder.appendingPathComponent("log.txt"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.contains(#/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /#) })
        return lines.map { $0.dropFirst("2026-01-01T00:00:00Z ".count) }
      }
      let first = try run("0")
      #expect(first.count == 5 && first[0].hasPrefix("segbench ") && first[0].contains(" threads, products by "))
      #expect(first[1].hasPrefix("[1/1] unet-mini_ce_none_seed0_"))
      #expect(first[2].hasPrefix("  epoch 1/2, loss ") && first[3].hasPrefix("  epoch 2/2, loss "))
      #expect(first[4].hasPrefix("  test mean IoU "))
      let second = try run("[0, 1]")
      #expect(second.prefix(5) == first[...])
      #expect(second.count == 10 && second[6].hasPrefix("[2/2] unet-mini_ce_none_seed1_"))
    }
  }

  @Test("What people type for names means the same cell")
  func otherNames() throws {
    func cells(_ changes: String...) throws -> [CellSettings] {
      var experiment = try Experiment(yaml: Self.yaml, file: "tiny.yaml")
      for change in changes { try experiment.set(change) }
      return try experiment.cellSettings()
    }
    #expect(
      try cells("lr=0.01", "bs=3", "loss=cross-entropy", "augmentation=hflip")
        == cells("training.learningRate=0.01", "training.batch=3", "loss=ce", "augmentation=mirror"))
    #expect(try cells("augmentation=flip+fog") == cells("augmentation=mirror+fog"))
    #expect(
      try cells("loss={name: cross-entropy, labelSmoothing: 0.1}") == cells("loss={name: ce, labelSmoothing: 0.1}"))
  }
}
