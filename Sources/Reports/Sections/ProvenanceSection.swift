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
    let facts = order.map(facts)
    let shared = facts[0].indices.map { place in Set(facts.map { $0[place].value }).count == 1 }
    func part(_ facts: [Fact], isShared: Bool) -> [Fact] { zip(facts, shared).filter { $1 == isShared }.map(\.0) }
    var texts = order.count > 1 ? [say { $0.environments(order.count) }] : []
    texts.append(table(part(facts[0], isShared: true)))
    for (number, environment) in order.enumerated() {
      if order.count > 1 { texts.append(summary(number + 1, part(facts[number], isShared: false))) }
      texts.append(list(cells[environment] ?? []))
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

  private func table(_ facts: [Fact]) -> String {
    (["| | |", "| --- | --- |"] + facts.map { "| \($0.name) | \(Table.escaped($0.value)) |" }).joined(separator: "\n")
  }

  /// What an environment has of its own.
  private func summary(_ number: Int, _ facts: [Fact]) -> String {
    let parts = facts.map { "\($0.name) \($0.value)" }
    return "**\(say(\.environment)) \(number)**" + say(\.colon) + parts.joined(separator: say(\.separator)) + "."
  }

  /// The cells that were run in an environment.
  private func list(_ cells: [(Group, RunStore.Record)]) -> String {
    let lines = cells.map { "- \(line($0, $1))" }
    return say { $0.cells(cells.count, in: "runs/\(report.experiment.name)/") } + "\n\n" + lines.joined(separator: "\n")
  }

  /// What a cell is and was trained on.
  private func line(_ group: Group, _ record: RunStore.Record) -> String {
    say {
      $0.run(
        group.label, seed: record.settings.seed, cell: record.cell, pixels: record.fit.pixels,
        sampling: group.isNetwork ? nil : record.settings.features.sampling.description)
    }
  }

  private typealias Fact = (name: String, value: String)

  private func facts(_ environment: Environment) -> [Fact] {
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
