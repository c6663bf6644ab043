import ArgumentParser
import Compute
import Foundation
import Harness
import Reports
import Settings

/// Runs an experiment and writes its report.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train and score every cell of an experiment, then write its report.",
    discussion: "The same command goes on where it stopped: finished cells are not trained again.")

  @OptionGroup var grid: GridOptions

  @Option(help: "Where reports are written. (default: reports)", completion: .directory)
  var reports: String?

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

  @Option(
    help: "Run this cell alone, by its name or as much of its start as no other has, and write no report.")
  var cell: String?

  @Option(help: "How many cells to run at a time, each in a process of its own with its share of the threads.")
  var jobs = 1

  /// What was typed to start the process that this one works beside.
  @Option(help: .hidden)
  var worker: String?

  @OptionGroup var running: RunCommandOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    if dryRun && verify != nil { throw ValidationError("give either --dry-run or --verify") }
    if beside != nil && (dryRun || verify != nil) {
      throw ValidationError("--beside goes with a report, which --dry-run and --verify don't write")
    }
    if reports != nil && (dryRun || verify != nil || cell != nil) {
      throw ValidationError("--reports goes with a report, which --dry-run, --verify and --cell don't write")
    }
    if cell != nil && (dryRun || verify != nil || jobs != 1 || beside != nil) {
      throw ValidationError("--cell runs one cell alone: leave out --dry-run, --verify, --jobs and --beside")
    }
    if jobs != 1 && (dryRun || verify != nil) {
      throw ValidationError("--jobs says how cells are run, and --dry-run and --verify run none")
    }
  }

  mutating func run() throws {
    try check("--jobs", jobs, 1...1024)
    let (progress, logger) = try work.start()
    let communicator = try running.join(logger)
    if jobs > 1 && communicator.count > 1 {
      throw SettingError.invalid(
        setting: "--jobs", value: "\(jobs)", bound: "left out under mpiexec, whose ranks train one cell together")
    }
    let chosen = try grid.chosen()
    if worker != nil { Interrupts.stopAtEndOfInput() }
    let comparison = try Comparison(
      chosen, runs: fileURL(grid.runs), progress: progress, logger: logger,
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
    try comparison.requireMemory(jobs: jobs)
    let workers = try startWorkers()
    let share: Comparison.Share =
      cell.map { .cell($0) } ?? workers.map { .beside($0) } ?? (worker == nil ? .all : .idle)
    // What a cell gives doesn't depend on who ran it, and its command is that of the whole.
    let command = worker ?? typedCommand(without: ["--cell"])
    let (ran, failures) = try comparison.run(command: command, share)
    if cell != nil || worker != nil {
      if let failure = failures.first { throw failure }
      return
    }
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

  /// Starts the processes that run cells beside this one; nil where it is to be alone.
  private func startWorkers() throws -> Workers? {
    guard jobs > 1 else { return nil }
    // Each starts as this one did, with its own share.
    let threads = max(1, Parallel.threadCount / jobs)
    Parallel.threadCount = threads
    let own = typedWords(
      without: ["--jobs", "--threads", "--reports", "--beside", "--log-format"], flags: ["--quiet", "--verbose"])
    return try Workers(
      count: jobs - 1, arguments: own + ["--worker", typedCommand(), "--threads", "\(threads)", "--quiet"])
  }
}
