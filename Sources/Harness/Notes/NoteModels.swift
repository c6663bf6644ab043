import Deep
import Foundation

extension Note {
  /// The network with the best mean IoU on validation scenes.
  var chosen: (report: Report, architecture: Architecture, score: Double)? {
    let networks = reports.flatMap { report in
      report.shown.filter(\.isNetwork).compactMap { group -> (Report, Group, Double)? in
        group.mean(.validation, report.index.headline, \.meanIoU).map { (report, group, $0) }
      }
    }
    return networks.max { $0.2 < $1.2 }.flatMap { report, group, score in
      Architecture(group.settings, in: language).map { (report, $0, score) }
    }
  }

  /// The models of all experiments with what they are made of.
  var modelsTable: ReportTable {
    var seen: Set<String> = []
    let groups = reports.flatMap(\.shown).filter { seen.insert($0.model).inserted }
    let rows = groups.map(row)
    let titles = [
      (language.say("Model", "Modèle"), "model"), (language.say("Kind", "Genre"), "kind"),
      (language.say("Parameters", "Paramètres"), "parameters"),
      (language.say("GFLOPs a picture", "GFLOPs par image"), "gigaflops"),
      (language.say("Size", "Taille"), "size"),
    ]
    let note = language.say(
      "Parameters by Keras' convention, moving statistics included; operations of one picture's way forward.",
      "Paramètres selon la convention de Keras, statistiques glissantes comprises ; opérations d'une passe avant sur une "
        + "image.")
    return ReportTable(
      name: "models", note: note, table: Table(columns: titles.map { .init(title: $0.0, key: $0.1) }, rows: rows))
  }

  private func row(_ group: Group) -> [Table.Value] {
    let settings = group.settings
    return [
      .text(group.model),
      group.isNetwork
        ? .phrase("network", shown: language.say("network", "réseau"))
        : .phrase("classifier", shown: language.say("pixel classifier", "classifieur de pixels")),
      .whole(Networks.named(group.model)?.parameterCount(settings.network)), .score(group.gigaFLOPs, digits: 2),
      .text(settings.data.size),
    ]
  }
}
