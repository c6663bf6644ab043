import ArgumentParser
import Foundation
import Harness
import Reports

/// Makes the sections of a technical note.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Write the sections of a technical note from stored runs; nothing is trained.",
    discussion: "The note goes to note/ in the folder of the reports, beside the reports of the experiments that it is "
      + "made from, which are written again in its language.")

  @Argument(help: "The runs of one or more experiments, such as runs/camvid runs/weather.")
  var experimentRuns: [String]

  @Option(help: "The language of the note, its reports and their figures.")
  var language = Language.english

  @Option(help: "Where reports are written.")
  var reports = "reports"

  @Option(help: "A Mustache template of your own, in place of the program's (Sources/Reports/Text/Templates).")
  var template: String?

  @Option(help: "Put the figures of other reports beside ours: seeds, the earlier reports.")
  var beside: Report.Beside?

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let note = try Note(
      experimentRuns.map { RunStore(folder: fileURL($0)) }, beside: beside, language: language, logger: logger)
    let file = try note.write(to: fileURL(reports), template: template.map(fileURL))
    print("Note: \(file.relativePath)")
  }
}
