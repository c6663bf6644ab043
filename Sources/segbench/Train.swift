import ArgumentParser
import Deep
import Foundation
import Harness
import Reports

/// Runs one cell.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Train and score one model.")

  @Argument(help: "The model, such as unet-mini.", completion: .models)
  var model: String

  @Option(help: "The loss.", completion: .list(Losses.registry.names))
  var loss: String?

  @Option(help: "The augmentation of training scenes.", completion: .augmentations)
  var augment: String?

  @Option(help: "The seed of weights, order and draws.")
  var seed: Int?

  @Option(help: "The folder of the dataset; synthetic scenes by default.", completion: .directory)
  var data: String?

  @Option(help: "Change a setting, such as epochs=20. Repeatable.", completion: .settings)
  var set: [String] = []

  @Option(name: .customLong("run"), help: "The folder of the run.", completion: .directory)
  var folder: String

  @OptionGroup var running: RunCommandOptions

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (progress, logger) = try work.start()
    let communicator = try running.join(logger)
    var typed = try TypedSettings(changing: Experiment(yaml: "name: train", file: "train"), isSingle: true)
    try typed.set("model", to: .text(model))
    if let loss { try typed.set("loss", to: .text(loss)) }
    if let augment { try typed.set("augmentation", to: .text(augment)) }
    if let seed { try typed.set("seed", to: .whole(seed)) }
    if let data { try typed.set("data.root", to: .text(data)) }
    for assignment in set { try typed.set(assignment) }
    let experiment = try typed.changed()
    let record = try CellRunner.runSingle(
      experiment, folder: fileURL(folder), command: typedCommand(), progress: progress, logger: logger,
      options: running.options(for: experiment, on: communicator))
    // The headline comes last, where one looks.
    for scores in (record.scores[.test] ?? []).reversed() { print(scores.table) }
  }
}
