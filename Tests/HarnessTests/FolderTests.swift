import Foundation
import Harness
import Reports
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// The ways in which people have data, and what becomes of them: `Fixtures/folders.md`. `SEGBENCH_RECORD=1` writes the
/// table anew: read what changed.
@Suite("Folders as people have them") struct FolderTests {
  @Test("Every way of having data is read right, or refused with the reason")
  func table() throws {
    var lines = [
      "| folder | what it is | what `data check` says | a perfect prediction | a wrong one |", "|---|---|---|---|---|",
    ]
    for own in FolderCase.good + FolderCase.bad {
      try withTemporaryFolder { folder in
        let root = folder.appendingPathComponent("data")
        try own.build(FolderMaker(root: root))
        let (says, perfect, wrong) = try Self.verdict(own, root, folder)
        let text = says.map {
          $0.replacingOccurrences(of: root.path + "/", with: "").replacingOccurrences(of: root.path, with: ".")
        }
        lines.append(
          "| \(own.name) | \(own.about) | \(text.joined(separator: "<br>").replacingOccurrences(of: "|", with: "\\|")) "
            + "| \(perfect) | \(wrong) |")
        let isGood = FolderCase.good.contains { $0.name == own.name }
        let faults = text.filter { $0.hasPrefix("error:") || $0.hasPrefix("refused:") }
        #expect(faults.isEmpty == isGood, "\(own.name): \(faults)")
        if isGood {
          #expect(perfect == "1.0000", "\(own.name)")
          #expect(wrong == "0.0000", "\(own.name)")
        }
      }
    }
    try expectGolden(lines.joined(separator: "\n") + "\n", "folders.md", in: Bundle.module, of: #filePath)
  }

  /// What the check says, and the mean IoU of predictions that are right everywhere, and nowhere.
  private static func verdict(_ own: FolderCase, _ root: URL, _ folder: URL) throws -> ([String], String, String) {
    let dataset: Dataset
    do {
      let classes = try DatasetDescription(in: root)?.classes.map { try ClassSet($0) }
      dataset = try Dataset.open(
        root, classes: classes ?? own.classes, encoding: own.encoding.map { .text($0) })
    } catch {
      return (["refused: \(error)"], "–", "–")
    }
    let check = try DatasetCheck(dataset, progress: ProgressReporter(.quiet))
    let says = check.findingLines(skippingBad: false)
    let split = try DataSplit(dataset)
    var scores: [String] = []
    for isRight in [true, false] {
      let predictions = folder.appendingPathComponent(isRight ? "right" : "wrong")
      do {
        for entry in split.test {
          let scene = try entry.load()
          let set = dataset.labelTable.classSet
          let classes = scene.classes.map { place in
            isRight || place == set.void
              ? place
              : set.withoutVoid.first { $0 != Int(place) && !scene.classes.contains(UInt8($0)) }.map { UInt8($0) }
                ?? set.void
          }
          try PNG.write(
            LabelMap(exporting: classes, of: set, width: scene.picture.width, height: scene.picture.height),
            to: predictions.appendingPathComponent("\(entry.name).png"))
        }
        let files = try SceneFiles(
          .prediction, in: predictions, of: split.test.map(\.name),
          among: dataset.splits.values.flatMap { $0.map(\.name) })
        let tally = try Evaluation.score(files, on: split.test, dataset.labelTable, size: nil)
        let mean = Scores(tally, of: dataset.labelTable.classSet, under: .headline(dataset.labelTable))?.meanIoU
        scores.append(mean.map { String(format: "%.4f", $0) } ?? "none")
      } catch {
        scores.append("–")
      }
    }
    return (says, scores[0], scores[1])
  }
}
