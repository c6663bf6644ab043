import ArgumentParser
import Foundation
import Harness
import Reports

/// Makes a report again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a report again from stored runs; nothing is trained.")

  @Argument(help: "The runs of an experiment, such as runs/quick.", completion: .directory)
  var experimentRuns: String

  @Option(help: "Where reports are written.", completion: .directory)
  var reports = "reports"

  @Option(help: "Put the figures of other reports beside ours: seeds, the earlier reports.")
  var beside: Report.Beside?

  @Option(help: "The language of the report and its figures; CSV is the same in all.")
  var language = Language.english

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let store = RunStore(folder: fileURL(experimentRuns))
    let report = try Report(store, beside: beside, language: language, logger: logger)
    let file = try report.write(to: fileURL(reports).appendingPathComponent(store.experiment().name))
    print(report.summary)
    print("Report: \(file.relativePath)")
  }
}
