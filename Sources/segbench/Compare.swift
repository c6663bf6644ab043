import ArgumentParser
import Foundation
import Harness
import Reports
import Settings

/// Runs an experiment and writes its report.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train and score every cell of an experiment, then write its report.",
    discussion: "The same command goes on where it stopped: finished cells are not trained again.")

  @Argument(help: "The experiment, a YAML file.", completion: .yaml)
  var experiment: String?

  @Option(help: "A built-in experiment; 'segbench presets' lists them. The default is quick.", completion: .presets)
  var preset: String?

  @Option(help: "The folder of the dataset, instead of the experiment's own.", completion: .directory)
  var data: String?

  @Option(help: "Where runs are stored.", completion: .directory)
  var runs = "runs"

  @Option(help: "Where reports are written. (default: reports)", completion: .directory)
  var reports: String?

  @Option(
    help: "Change a setting, such as epochs=20; a list such as seed=[0,1,2] spans a grid. Repeatable.",
    completion: .settings)
  var set: [String] = []

  @Flag(help: "Leave bad scenes out, with a warning for each, instead of stopping at the first.")
  var skipBad = false

  @Flag(help: "Print cells, scenes, parameters and an estimate of memory; run nothing.")
  var dryRun = false

  @Option(help: "Put the figures of other reports beside ours: seeds, the earlier reports.")
  var beside: Report.Beside?

  @Option(
    defaultAsFlag: "",
    help: ArgumentHelp(
      "Run a finished cell again in a temporary folder and compare all to the bit; the quickest where none is named.",
      valueName: "cell"))
  var verify: String?

  @OptionGroup var running: RunCommandOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    if dryRun && verify != nil { throw ValidationError("give either --dry-run or --verify") }
    if beside != nil && (dryRun || verify != nil) {
      throw ValidationError("--beside goes with a report, which --dry-run and --verify don't write")
    }
    if reports != nil && (dryRun || verify != nil) {
      throw ValidationError("--reports goes with a report, which --dry-run and --verify don't write")
    }
  }

  mutating func run() throws {
    let (progress, logger) = try work.start()
    let communicator = try running.join(logger)
    if let experiment, let preset {
      throw SettingError.invalid(
        setting: "--preset", value: "'\(preset)'", bound: "left out where an experiment is given (\(experiment))")
    }
    let given =
      try experiment.map { try Experiment(contentsOf: fileURL($0)) } ?? Presets.named(preset ?? "quick").experiment()
    var typed = TypedSettings(changing: given)
    if let data { try typed.set("data.root", to: .text(data)) }
    if skipBad { try typed.set("data.skipBad", to: .flag(true)) }
    for assignment in set { try typed.set(assignment) }
    let chosen = try typed.changed()

    let comparison = try Comparison(
      chosen, runs: fileURL(runs), progress: progress, logger: logger,
      options: running.options(for: chosen, on: communicator))
    if dryRun {
      print(try comparison.planText(), terminator: "")
      return
    }
    if let verify {
      let verification = try comparison.verify(verify.isEmpty ? nil : verify)
      guard verification.differences.isEmpty else { throw HarnessError.notRepeated(verification.description) }
      print(verification.description)
      return
    }
    let (ran, failures) = try comparison.run(command: typedCommand)
    // Without a single finished cell there is nothing to report but why.
    if let failure = failures.first, failures.count == comparison.cells.count { throw failure }
    let (report, file) = try comparison.store.exclusively {
      let report = try Report(comparison.store, beside: beside, logger: logger)
      return (report, try report.write(to: fileURL(reports ?? "reports").appendingPathComponent(chosen.name)))
    }
    print(report.summary)
    print("\(ran) of \(comparison.cells.count) cells run now. Report: \(file.relativePath)")
    if let failure = failures.first { throw failure }
  }
}
