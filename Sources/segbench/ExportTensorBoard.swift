import ArgumentParser
import Exports
import Foundation

/// Writes stored runs for TensorBoard.
struct ExportTensorBoard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard",
    abstract: "Write stored runs as TensorBoard reads them: scalars by epoch, scores, settings, masks.",
    discussion: "Files are made anew from what is stored, in <out>/<experiment>/<run>, so that a second export adds no "
      + "step a second time. `tensorboard --logdir <out>` shows them.")

  @Argument(
    help: "The runs of an experiment, such as runs/camvid, or the folder of one run; of several, all.",
    completion: .directory)
  var runs: [String]

  @Option(help: "Where the files are written.", completion: .directory)
  var out: String

  mutating func run() throws {
    let stored = try runs.map { try StoredRun.all(in: fileURL($0)).runs }
    let byExperiment = Dictionary(grouping: stored.joined(), by: \.experiment)
    for (_, runs) in byExperiment.sorted(by: { $0.key < $1.key }) {
      for file in try TensorBoardExport(to: fileURL(out)).write(runs) { print(file.relativePath) }
    }
  }
}
