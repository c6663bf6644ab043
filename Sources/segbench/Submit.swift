import ArgumentParser
import Compute
import Foundation
import Harness
import Settings

/// Hands an experiment to a cluster.
struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an experiment on a cluster with Slurm: a cell a task, then the report.",
    discussion: "Tasks that are preempted, or whose time is up, are queued again and go on where they were. Memory is "
      + "asked for by the program's own estimates, and time, too, where finished cells tell. Give the same command again "
      + "for cells that failed or were added. 'segbench status' tells how far it is.")

  @OptionGroup var grid: GridOptions

  @Option(help: "Where the report is written.", completion: .directory)
  var reports = "reports"

  @Option(help: "The partition, instead of the cluster's own choice.")
  var partition: String?

  @Option(help: "The most that a task may take until it is queued again, as Slurm writes times: 12:00:00.")
  var time: String?

  @Option(help: "Cores of a task.")
  var cores = 4

  @Option(help: "How many tasks may run at a time.")
  var atOnce = 16

  @Option(help: "A further option of sbatch, without its dashes, such as account=vision. Repeatable.")
  var directive: [String] = []

  @Flag(help: "Print the scripts; submit and write nothing.")
  var print = false

  @OptionGroup var running: RunCommandOptions

  @OptionGroup var work: WorkOptions

  mutating func run() throws {
    try check("--cores", cores, 1...1024)
    try check("--at-once", atOnce, counts)
    let (progress, logger) = try work.start()
    let chosen = try grid.chosen()
    let comparison = try Comparison(
      chosen, runs: fileURL(grid.runs), progress: progress, logger: logger,
      options: running.options(for: chosen, on: SingleProcess()))
    let open = try comparison.plan().filter(\.isOpen)
    let folder = comparison.store.folder
    guard !open.isEmpty else {
      Swift.print(
        "all cells are finished; 'segbench report \(folder.relativePath)' writes the report")
      return
    }
    var request = SlurmGrid.Request()
    (request.partition, request.time, request.cores, request.atOnce) = (partition, time, cores, atOnce)
    request.directives = directive
    let program = (Bundle.main.executableURL ?? fileURL(CommandLine.arguments[0])).resolvingSymlinksInPath().path
    // All but what is submit's own, and what each task has from Slurm, is compare's.
    let own = typedWords(
      without: [
        "--reports", "--partition", "--time", "--cores", "--at-once", "--directive", "--threads", "--log-format",
      ], flags: ["--print", "--quiet", "--verbose"])
    let scripts = folder.appendingPathComponent("slurm")
    let slurm = try SlurmGrid(
      open, experiment: chosen.name, request, compare: [program, "compare"] + own.dropFirst(),
      report: [program, "report", folder.relativePath, "--reports", reports],
      in: fileURL(FileManager.default.currentDirectoryPath), output: scripts)
    if print {
      for script in slurm.arrays + [slurm.report] {
        Swift.print("# \(scripts.relativePath)/\(script.name)\n\(script.text)")
      }
      return
    }
    let jobs = try slurm.submit(scriptsIn: scripts)
    Swift.print(
      "\(open.count) of \(comparison.cells.count) cells submitted as jobs \(jobs.dropLast().joined(separator: ", ")), "
        + "the report as \(jobs.last ?? ""); 'segbench status \(folder.relativePath)' tells how far they are")
  }
}
