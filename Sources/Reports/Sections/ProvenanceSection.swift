import Foundation
import Harness
import Scenes

/// By what, where and how each cell was run; cells of one build, machine and command together.
struct ProvenanceSection: ReportPart {
  static let key = "provenance"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    var order: [Environment] = []
    var cells: [Environment: [(Group, RunStore.Record)]] = [:]
    for group in report.groups {
      for record in group.records {
        if cells[record.environment] == nil { order.append(record.environment) }
        cells[record.environment, default: []].append((group, record))
      }
    }
    var texts = order.count > 1 ? [say { $0.environments(order.count) }] : []
    for (number, environment) in order.enumerated() {
      let heading = order.count > 1 ? "### \(say(\.environment)) \(number + 1)\n\n" : ""
      texts.append(heading + text(environment, cells[environment] ?? []))
    }
    texts.append(say { $0.allScores(file: "tables/cells.csv", command: command) })
    let cards = report.models.map { "[\($0)](cards/\($0)\(language.fileMark).md)" }
    texts.append(say(\.modelCards) + cards.joined(separator: ", ") + ".")
    return ReportSection(title: say(\.provenanceTitle), blocks: texts.map { .text($0) })
  }

  /// What makes the report again.
  private var command: String {
    "segbench report \(report.experimentNames.map { "runs/\($0)" }.joined(separator: " "))"
      + (language == .english ? "" : " --language \(language.code)")
  }

  /// An environment and the cells that were run in it.
  private func text(_ environment: Environment, _ cells: [(Group, RunStore.Record)]) -> String {
    let facts = facts(environment).map { "| \($0) | \(Table.escaped($1)) |" }
    let lines = cells.map { "- \(line($0, $1))" }
    return (["| | |", "| --- | --- |"] + facts).joined(separator: "\n") + "\n\n"
      + say { $0.cells(cells.count, in: "runs/\(report.experiment.name)/") } + "\n\n" + lines.joined(separator: "\n")
  }

  /// What a cell is and was trained on.
  private func line(_ group: Group, _ record: RunStore.Record) -> String {
    say {
      $0.run(
        group.label, seed: record.settings.seed, cell: record.cell, pixels: record.fit.pixels,
        sampling: group.isNetwork ? nil : record.settings.features.sampling.description)
    }
  }

  private func facts(_ environment: Environment) -> [(String, String)] {
    [
      (say(\.command), environment.command.map { "`\($0)`" } ?? say(\.noCommand)),
      (say(\.program), "segbench \(environment.programVersion), \(say(\.build)) \(environment.build)"),
      (say(\.commit), commit(environment)), (say(\.data), environment.data),
      (
        say(\.processor),
        "\(environment.processor), "
          + say { $0.machine(cores: environment.cores, memoryGiB: environment.memoryGiB) }
      ),
      (say(\.threads), "\(environment.threads)"), (say(\.productKernel), environment.productKernel),
      (say(\.system), environment.system),
    ]
  }

  private func commit(_ environment: Environment) -> String {
    guard let commit = environment.commit else { return say(\.unknown) }
    let mark = "-dirty"
    return commit.hasSuffix(mark)
      ? "\(commit.dropLast(mark.count)), " + say(\.withChanges) : "\(commit), " + say(\.withoutChanges)
  }
}
