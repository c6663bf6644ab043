import Foundation
import Settings
import Storage

/// The cells of an experiment as jobs of Slurm: arrays of a cell a task, and a last job that writes the report.
///
/// An array asks for the same memory and time for all of its tasks, so cells that need much stand in another one than
/// those that need little. Source: Slurm 22.05, `sbatch(1)`.
package struct SlurmGrid {
  /// What the user of a cluster says of the jobs.
  package struct Request: Sendable {
    package var partition: String?
    /// What a task may take at most, as Slurm writes times; nil for an estimate.
    package var time: String?
    /// Cores of a task.
    package var cores = 4
    /// How many tasks may run at a time.
    package var atOnce = 16
    /// Further directives, such as `account=vision`.
    package var directives: [String] = []

    package init() {}

    /// - Throws: `SettingError.invalid` for what Slurm would refuse or read as something else.
    func check() throws {
      if let time, time.wholeMatch(of: #/\d+|\d+:\d\d(:\d\d)?|\d+-\d\d?(:\d\d){0,2}/#) == nil {
        throw SettingError.invalid(
          setting: "--time", value: time, bound: "minutes, hours:minutes:seconds or days-hours, such as 12:00:00")
      }
      for directive in directives
      where directive.wholeMatch(of: #/[a-z][a-z-]*(=[^\s]+)?/#) == nil || Self.own.contains(name(of: directive)) {
        throw SettingError.invalid(
          setting: "--directive", value: "'\(directive)'",
          bound: "an option of sbatch without its dashes, such as account=vision, and none of "
            + Self.own.sorted().joined(separator: ", "))
      }
    }

    private func name(of directive: String) -> String { String(directive.prefix { $0 != "=" }) }

    /// What scripts say themselves.
    private static let own: Set = [
      "array", "chdir", "cpus-per-task", "dependency", "job-name", "mem", "open-mode", "output", "partition", "requeue",
      "signal", "time",
    ]
  }

  /// A script for sbatch.
  package struct Script: Equatable, Sendable {
    /// Its file's name.
    package let name: String
    package let text: String
  }

  /// An array a script.
  package let arrays: [Script]
  /// What writes the report when all tasks have ended, however they did.
  package let report: Script

  /// Lays out the jobs.
  ///
  /// - Parameters:
  ///   - cells: those to run; at least one.
  ///   - experiment: its name.
  ///   - request: what the user says.
  ///   - compare: the words of a command that runs a cell when `--cell NAME` and `--threads N` come behind it.
  ///   - report: the words of the command that writes the report.
  ///   - folder: where commands are run, and what relative paths in them are meant from.
  ///   - output: the folder, which must be there, for what tasks print.
  /// - Throws: `SettingError.invalid` for the request, and for cells whose time nothing tells.
  package init(
    _ cells: [Comparison.PlannedCell], experiment: String, _ request: Request, compare: [String], report: [String],
    in folder: URL, output: URL
  ) throws {
    precondition(!cells.isEmpty, "no cell to run")
    try request.check()
    func head(_ job: String, _ lines: [String], _ file: String) -> String {
      let all =
        ["job-name=segbench-\(experiment)\(job)"] + (request.partition.map { ["partition=\($0)"] } ?? []) + lines
        + request.directives
        + ["chdir=\(folder.path.quotedForShell)", "output=\("\(output.path)/\(file).txt".quotedForShell)"]
      return "#!/bin/bash\n" + all.map { "#SBATCH --\($0)\n" }.joined()
    }
    let groups = Self.groups(of: cells, atMost: request.atOnce)
    let shares = Self.shares(of: request.atOnce, among: groups.map(\.cells.count))
    arrays = try zip(groups, shares).enumerated().map { place, group in
      let (group, share) = group
      let lines = [
        "array=0-\(group.cells.count - 1)%\(share)", "cpus-per-task=\(request.cores)", "mem=\(group.gibibytes)G",
        "time=\(try request.time ?? Self.time(of: group.cells))", "requeue", "open-mode=append", "signal=B:TERM@120",
      ]
      return Script(
        name: "cells-\(place + 1).sh",
        text: head("", lines, "%x-%A_%a") + Self.task(group.cells.map(\.name), compare))
    }
    let lines = ["cpus-per-task=1", "mem=4G", "time=1:00:00", "open-mode=append"]
    self.report = Script(
      name: "report.sh", text: head("-report", lines, "%x-%j") + "exec \(Self.shell(report))\n")
  }

  // MARK: What a task does

  /// Words as a shell reads them.
  private static func shell(_ words: [String]) -> String { words.map(\.quotedForShell).joined(separator: " ") }

  /// A signal two minutes before the time is up, or when the job is preempted, lets the program store its state; Slurm
  /// then queues the task again, and the same command goes on. The bound is for a step that no time limit is enough for.
  private static func task(_ cells: [String], _ compare: [String]) -> String {
    """
    cells=(
    \(cells.map { "  \($0.quotedForShell)" }.joined(separator: "\n"))
    )
    # `$!` is set with the start itself; a name given to it a moment later would miss a signal in between.
    trap '[ -z "$!" ] || kill -TERM $!' TERM
    \(shell(compare)) \\
      --cell "${cells[$SLURM_ARRAY_TASK_ID]}" --threads "$SLURM_CPUS_PER_TASK" &
    # A signal ends a wait, not the program; the last wait gives the program's own status.
    while kill -0 $! 2>/dev/null; do wait $!; done
    wait $!
    status=$?
    if [ $status -eq \(ExitStatus.interrupted.rawValue) ] && [ "${SLURM_RESTART_COUNT:-0}" -lt \(mostRestarts) ]; then
      scontrol requeue "$SLURM_JOB_ID"
    fi
    exit $status

    """
  }

  private static let mostRestarts = 100

  // MARK: What tasks ask for

  /// Cells that ask for as much memory.
  private struct Group {
    var gibibytes: Int
    var cells: [Comparison.PlannedCell]
  }

  /// Cells by their memory to the next power of two, at most `most` groups; those of one keep their order.
  private static func groups(of cells: [Comparison.PlannedCell], atMost most: Int) -> [Group] {
    var groups = Dictionary(grouping: cells) { gibibytes($0.bytes) }
      .map { Group(gibibytes: $0.key, cells: $0.value) }.sorted { $0.gibibytes > $1.gibibytes }
    while groups.count > max(1, most) {
      let small = groups.removeLast()
      groups[groups.count - 1].cells += small.cells
    }
    return groups
  }

  /// What a task asks for that an estimate says takes `bytes`: a quarter more, and what the program itself takes.
  private static func gibibytes(_ bytes: Int) -> Int {
    let needed = 1.25 * Double(bytes) / 0x1p30 + 0.5
    var whole = 1
    while Double(whole) < needed { whole *= 2 }
    return whole
  }

  /// How many of `all` tasks at a time each group may run, in proportion to its cells, one at least.
  private static func shares(of all: Int, among counts: [Int]) -> [Int] {
    var shares = counts.map { max(1, all * $0 / counts.reduce(0, +)) }
    while shares.reduce(0, +) > max(all, counts.count),
      let largest = shares.indices.max(by: { shares[$0] < shares[$1] })
    {
      shares[largest] -= 1
    }
    return zip(shares, counts).map(min)
  }

  /// Twice what the longest of the cells takes by those that are finished, and ten minutes, in whole ten minutes.
  private static func time(of cells: [Comparison.PlannedCell]) throws -> String {
    if let unknown = cells.first(where: { $0.seconds == nil }) {
      throw SettingError.invalid(
        setting: "--time", value: "left out",
        bound: "given, as no finished cell tells how long \(unknown.name) takes, such as 12:00:00")
    }
    let longest = cells.compactMap(\.seconds).max() ?? 0
    let minutes = 10 * Int((2 * longest / 600).rounded(.up) + 1)
    return String(format: "%d:%02d:00", minutes / 60, minutes % 60)
  }
}

extension SlurmGrid {
  /// Writes the scripts to `folder` and hands them to sbatch, the report's behind the arrays.
  ///
  /// - Returns: the numbers of the jobs, the report's last.
  /// - Throws: `HarnessError.refused` with what sbatch says; jobs that it took before are cancelled.
  package func submit(scriptsIn folder: URL) throws -> [String] {
    for script in arrays + [report] { try Files.write(script.text, to: folder.appendingPathComponent(script.name)) }
    var jobs: [String] = []
    do {
      for array in arrays { jobs.append(try Self.sbatch([folder.appendingPathComponent(array.name).path])) }
      let dependency = "--dependency=afterany:\(jobs.joined(separator: ":"))"
      jobs.append(try Self.sbatch([dependency, folder.appendingPathComponent(report.name).path]))
    } catch {
      if !jobs.isEmpty { _ = try? ChildProcess.run("scancel", jobs) }
      throw error
    }
    return jobs
  }

  private static func sbatch(_ arguments: [String]) throws -> String {
    guard let outcome = try ChildProcess.run("sbatch", ["--parsable"] + arguments) else {
      throw HarnessError.refused(program: "sbatch", reason: "it isn't on this machine")
    }
    guard outcome.status == 0 else { throw HarnessError.refused(program: "sbatch", reason: outcome.complaint) }
    let text = String(decoding: outcome.output, as: UTF8.self)
    // With federated clusters its name stands behind a semicolon.
    return String(text.prefix { $0 != ";" && !$0.isWhitespace })
  }
}
