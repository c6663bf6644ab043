import ArgumentParser
import Foundation
import Harness
import Reports

/// Makes slides.
struct SlidesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slides",
    abstract: "Write slides from stored runs, as Markdown for pandoc; nothing is trained.",
    discussion: "The slides go to slides/ in the folder of the reports: the findings and figures of the note. `make "
      + "slides.pptx` and `make slides.html` turn them into PowerPoint and reveal.js.")

  @Argument(help: "The runs of one or more experiments, such as runs/camvid runs/weather.", completion: .directory)
  var experimentRuns: [String]

  @OptionGroup var note: NoteOptions
  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    let (_, logger) = try work.start()
    let file = try note.note(of: experimentRuns, logger: logger).writeSlides(to: fileURL(note.reports))
    print("Slides: \(file.relativePath)")
  }
}
