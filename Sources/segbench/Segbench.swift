import ArgumentParser
import Build
import Foundation
import Harness
import Reports

/// The program.
struct Segbench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segbench",
    abstract: "Compares ways to segment street scenes: pixel classifiers and networks, one evaluator, one report.",
    version: versionText,
    subcommands: [
      Compare.self, Train.self, Evaluate.self, Predict.self, ReportCommand.self, NoteCommand.self, SlidesCommand.self,
      DataCommand.self, PresetsCommand.self, RecordsCommand.self, ExportCommand.self, ImportCommand.self,
      RunsCommand.self, Submit.self, StatusCommand.self, Merge.self, BenchmarkCommand.self, Serve.self,
      ReferenceCommand.self,
    ],
    defaultSubcommand: Compare.self)
}

@main
enum Main {
  static func main() {
    Interrupts.listen()
    Environment.builtCommit.withLock { $0 = BuildInfo.commit }
    do {
      var command = try Segbench.parseAsRoot()
      try command.run()
      Ranks.leave(ExitStatus.done.rawValue)
    } catch {
      // Whatever it was that a signal made go wrong, such as a gnuplot that got it too.
      let reported = report(error)
      let status = Interrupts.isRequested ? ExitStatus.interrupted.rawValue : reported
      Ranks.leave(status)
      exit(status)
    }
  }

  /// Prints what went wrong, or the help that was asked for.
  private static func report(_ error: any Error) -> Int32 {
    if Segbench.exitCode(for: error) == .failure {
      Terminal.say("\(Terminal.styled("segbench:", .red)) \(error)")
      return ExitStatus(error).rawValue
    }
    let text = Segbench.fullMessage(for: error)
    if Segbench.exitCode(for: error) == .success {
      print(text)
      return ExitStatus.done.rawValue
    }
    Terminal.say(text)
    return ExitStatus.usage.rawValue
  }
}
