import Foundation
import Scenes

extension Report {
  /// By what, where and how each cell was run; cells of one build, machine and command together.
  var provenanceSection: ReportSection? {
    var order: [Environment] = []
    var cells: [Environment: [(Group, RunStore.Record)]] = [:]
    for group in groups {
      for record in group.records {
        if cells[record.environment] == nil { order.append(record.environment) }
        cells[record.environment, default: []].append((group, record))
      }
    }
    var blocks: [ReportSection.Block] = []
    if order.count > 1 {
      blocks.append(
        .text(
          "The cells were run in \(order.count) environments; times compare within one of them alone, scores everywhere."
        ))
    }
    for (number, environment) in order.enumerated() {
      let own = cells[environment] ?? []
      var text = order.count > 1 ? "### Environment \(number + 1)\n\n" : ""
      text += "| | |\n| --- | --- |\n"
      for (name, value) in Self.facts(environment) { text += "| \(name) | \(Table.escaped(value)) |\n" }
      text += "\n\(own.count) \(own.count == 1 ? "cell" : "cells"), in `runs/\(experiment.name)/`:\n\n"
      for (group, record) in own {
        text += "- \(group.label), seed \(record.settings.seed): `\(record.cell)`, "
        text += "\(Table.grouped(record.fit.pixels)) training pixels"
        text += group.isNetwork ? "\n" : " (sampling \(record.settings.features.sampling))\n"
      }
      blocks.append(.text(text.trimmingCharacters(in: .newlines)))
    }
    blocks.append(
      .text(
        "All scores of each cell and seed: [tables/cells.csv](tables/cells.csv). `segbench report runs/\(experiment.name)` "
          + "makes this report again."))
    return ReportSection(title: "How it was made", blocks: blocks)
  }

  private static func facts(_ environment: Environment) -> [(String, String)] {
    [
      ("command", environment.command.map { "`\($0)`" } ?? "not from the command line"),
      ("program", "segbench \(environment.programVersion), build \(environment.build)"),
      ("commit", commit(environment)), ("data", environment.data),
      ("processor", "\(environment.processor), \(environment.cores) cores, \(environment.memoryGiB) GiB"),
      ("threads", "\(environment.threads)"), ("BLAS kernel", environment.blasKernel), ("system", environment.system),
    ]
  }

  private static func commit(_ environment: Environment) -> String {
    guard let commit = environment.commit else { return "unknown" }
    let mark = "-dirty"
    return commit.hasSuffix(mark)
      ? "\(commit.dropLast(mark.count)), with changes that weren't committed" : "\(commit), nothing uncommitted"
  }
}
