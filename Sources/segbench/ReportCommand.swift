import ArgumentParser
import Foundation
import Harness
import Reports

/// Makes a report again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a report again from stored runs; nothing is trained.",
    discussion:
      "Of several experiments it makes one report, with the rows of all in each table, where they are about the "
      + "same pictures under the same protocol; others it refuses.")

  @Argument(help: "The runs of one or more experiments, such as runs/quick.", completion: .directory)
  var experimentRuns: [String]

  @Option(help: "Where reports are written.", completion: .directory)
  var reports = "reports"

  @Option(help: "Put the figures of other reports beside ours: seeds, the earlier reports.")
  var beside: Report.Beside?

  @Option(help: "The language of the report and its figures; CSV is the same in all.")
  var language = Language.english

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let runs = try MergedRuns(experimentRuns.map { RunStore(folder: fileURL($0)) })
    let report = try Report(runs, beside: beside, language: language, logger: logger)
    let file = try report.write(to: fileURL(reports).appendingPathComponent(report.experiment.name))
    print(report.summary)
    print("Report: \(file.relativePath)")
  }
}
