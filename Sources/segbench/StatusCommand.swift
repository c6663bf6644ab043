import ArgumentParser
import Foundation
import Harness
import Reports

/// Tells how far an experiment is.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell how far an experiment is: cells finished, running and where, stopped or lost, failed, to come.",
    discussion: "It looks at the folder alone, so it may be asked on any machine that sees it, at any time.")

  @Argument(help: "The runs of an experiment, such as runs/camvid.", completion: .directory)
  var experimentRuns: String

  mutating func run() throws {
    print(try GridStatus(RunStore(folder: fileURL(experimentRuns))).table, terminator: "")
  }
}
