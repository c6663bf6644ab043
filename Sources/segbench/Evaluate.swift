import ArgumentParser
import Deep
import Foundation
import Harness
import Reports
import Scenes

/// Scores a run or a folder of predictions.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Score a trained run, or any folder of label PNGs, on a dataset's split.", aliases: ["test"])

  @Option(name: .customLong("run"), help: "The folder of a run.", completion: .directory)
  var folder: String?

  @Option(
    help: """
      A folder of PNGs whose names start with the scenes' names; of several for a scene, the one that ends in _labelIds. \
      Values as the classes are exported.
      """,
    completion: .directory)
  var predictions: String?

  @Option(help: "The folder of the dataset, or synthetic.", completion: .directory)
  var data: String

  @Option(help: "The dataset's split.", completion: .list(["train", "val", "test"]))
  var split = "val"

  @Option(
    name: .customLong("protocol"),
    help: "official, without-void, with-void or borders; by default official where it is defined, else without-void.",
    completion: .protocols)
  var scoringProtocol: String?

  @Option(help: "Score predictions at this size (WxH) instead of the dataset's own.")
  var size: String?

  @Flag(help: "Bring predictions of another size to the truth's, by nearest neighbour.")
  var resize = false

  @Option(
    help: "The weather that a run sees the pictures under, such as fog-3; clean by default.", completion: .conditions)
  var condition: String?

  @Option(help: "What a network computes with, fp32 or bf16; by default what it was trained with.")
  var precision: Precision?

  @OptionGroup var reading: DataOptions

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard (folder == nil) != (predictions == nil) else {
      throw ValidationError("give either --run or --predictions")
    }
    if condition != nil && folder == nil { throw ValidationError("--condition goes with --run") }
    if precision != nil && folder == nil { throw ValidationError("--precision goes with --run") }
    if size != nil && folder != nil {
      throw ValidationError("--size goes with --predictions; a run is scored at the size it was trained with")
    }
    if resize && predictions == nil { throw ValidationError("--resize goes with --predictions") }
  }

  mutating func run() throws {
    let (progress, _) = try work.start()
    try reading.check(data)
    let chosen = try scoringProtocol.map(ScoringProtocol.named)
    let source: Evaluation.Source =
      if let folder {
        .run(fileURL(folder), try Condition.named(condition ?? Condition.clean.name), precision: precision)
      } else {
        .predictions(fileURL(predictions ?? ""), size: try size.map(PixelSize.parse), resize: resize)
      }
    let scores = try Evaluation.scores(
      of: source, data: data, split: split, classes: try reading.classes.map(ClassSet.named), layout: reading.layout,
      encoding: reading.encoding.map { .text($0) }, under: chosen, progress: progress)
    print(json ? try scores.json() : scores.table)
  }
}
