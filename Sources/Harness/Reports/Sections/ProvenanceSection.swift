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
          say(
            "The cells were run in \(order.count) environments; times compare within one of them alone, scores everywhere.",
            "Les cellules ont été exécutées dans \(order.count) environnements ; les temps ne sont comparables qu'au "
              + "sein d'un même environnement, les scores le sont partout.")))
    }
    for (number, environment) in order.enumerated() {
      let own = cells[environment] ?? []
      var text = order.count > 1 ? "### \(say("Environment", "Environnement")) \(number + 1)\n\n" : ""
      text += "| | |\n| --- | --- |\n"
      for (name, value) in facts(environment) { text += "| \(name) | \(Table.escaped(value)) |\n" }
      let cellWord = own.count == 1 ? say("cell", "cellule") : say("cells", "cellules")
      let runs = "`runs/\(experiment.name)/`"
      text += "\n\(own.count) \(cellWord), " + say("in \(runs):", "dans \(runs) :") + "\n\n"
      for (group, record) in own { text += "- \(line(group, record))\n" }
      blocks.append(.text(text.trimmingCharacters(in: .newlines)))
    }
    blocks.append(
      .text(
        say(
          "All scores of each cell and seed: [tables/cells.csv](tables/cells.csv). "
            + "`segbench report runs/\(experiment.name)` makes this report again.",
          "Tous les scores, par cellule et par graine : [tables/cells.csv](tables/cells.csv). "
            + "`segbench report runs/\(experiment.name) --language fr` produit de nouveau ce rapport.")))
    let cards = uniqued(shown.map(\.model)).map { "[\($0)](cards/\($0)\(language.fileMark).md)" }
    blocks.append(.text(say("Model cards: ", "Fiches des modèles : ") + cards.joined(separator: ", ") + "."))
    // The note on costs links to this title.
    return ReportSection(title: say("How it was made", "Provenance"), blocks: blocks)
  }

  /// What a cell is and was trained on.
  private func line(_ group: Group, _ record: RunStore.Record) -> String {
    let (seed, cell, sampling) = (record.settings.seed, record.cell, record.settings.features.sampling)
    let pixels = Table.grouped(record.fit.pixels, in: language)
    return say(
      "\(group.label), seed \(seed): `\(cell)`, \(pixels) training pixels"
        + (group.isNetwork ? "" : " (sampling \(sampling))"),
      "\(group.label), graine \(seed) : `\(cell)`, \(pixels) pixels d'apprentissage"
        + (group.isNetwork ? "" : " (échantillonnage `\(sampling)`)"))
  }

  private func facts(_ environment: Environment) -> [(String, String)] {
    let (cores, memory) = (environment.cores, environment.memoryGiB)
    return [
      (
        say("command", "commande"),
        environment.command.map { "`\($0)`" } ?? say("not from the command line", "hors de la ligne de commande")
      ),
      (
        say("program", "programme"),
        "segbench \(environment.programVersion), \(say("build", "compilation")) \(environment.build)"
      ),
      ("commit", commit(environment)), (say("data", "données"), environment.data),
      (
        say("processor", "processeur"),
        "\(environment.processor), " + say("\(cores) cores, \(memory) GiB", "\(cores) cœurs, \(memory) Gio")
      ),
      (say("threads", "fils d'exécution"), "\(environment.threads)"),
      (say("BLAS kernel", "noyau BLAS"), environment.blasKernel), (say("system", "système"), environment.system),
    ]
  }

  private func commit(_ environment: Environment) -> String {
    guard let commit = environment.commit else { return say("unknown", "inconnu") }
    let mark = "-dirty"
    return commit.hasSuffix(mark)
      ? "\(commit.dropLast(mark.count)), "
        + say("with changes that weren't committed", "avec des modifications non validées")
      : "\(commit), " + say("nothing uncommitted", "sans modification non validée")
  }
}
