import ArgumentParser
import Foundation
import Harness

/// Copies what reports are made from.
struct RecordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "records",
    abstract: "Copy what reports are made from out of stored runs: all scores, no weights.",
    discussion: "The copy is a folder of runs to report and note, a thousandth of the size, and makes the same reports "
      + "to the byte: it can be committed beside them.")

  @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
  var experimentRuns: String

  @Option(help: "The folder to copy to; reports/<experiment>/records by default.", completion: .directory)
  var out: String?

  mutating func run() throws {
    let store = RunStore(folder: fileURL(experimentRuns))
    let target = try fileURL(out ?? "reports/\(store.experiment().name)/records")
    let (cells, bytes) = try store.exportRecords(to: target)
    print("Records: \(target.relativePath), \(cells) cells, \(String(format: "%.1f", Double(bytes) / 1e6)) MB")
  }
}
