import ArgumentParser
import Foundation
import Harness
import Logging
import Reports

/// Makes the sections of a technical note.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Write the sections of a technical note from stored runs; nothing is trained.",
    discussion: "The note goes to note/ in the folder of the reports, beside the reports of the experiments that it is "
      + "made from, which are written again in its language.")

  @Argument(help: "The runs of one or more experiments, such as runs/camvid runs/weather.", completion: .directory)
  var experimentRuns: [String]

  @Option(
    help: "A Mustache template of your own, in place of the program's (Sources/Reports/Text/Templates).",
    completion: .file(extensions: ["mustache"]))
  var template: String?

  @OptionGroup var note: NoteOptions
  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let file = try note.note(of: experimentRuns, logger: logger).write(
      to: fileURL(note.reports), template: template.map(fileURL))
    print("Note: \(file.relativePath)")
  }
}

/// What a note and slides are made with.
struct NoteOptions: ParsableArguments {
  @Option(help: "The language of texts, reports and figures.")
  var language = Language.english

  @Option(help: "Where reports are written.", completion: .directory)
  var reports = "reports"

  @Option(help: "A YAML file with title, author, date, client and context, each as you like.", completion: .yaml)
  var frontMatter: String?

  @Option(help: "Put the figures of other reports beside ours: seeds, the earlier reports.")
  var beside: Report.Beside?

  /// The note on the experiments whose runs are in some folders.
  func note(of experimentRuns: [String], logger: Logger) throws -> Note {
    try Note(
      experimentRuns.map { RunStore(folder: fileURL($0)) }, beside: beside,
      frontMatter: frontMatter.map { try FrontMatter(contentsOf: fileURL($0)) }, language: language, logger: logger)
  }
}
