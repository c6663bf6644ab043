import Deep
import Harness
import Scenes
import Settings

/// The models of all experiments with what they are made of, a row a network of settings of its own.
struct ModelsSection: NotePart {
  static let key = "models"
  let subject: Note

  func make() -> ReportSection? {
    let shown = note.reports.flatMap { report in report.shown.map { (report.classes, $0) } }
    let models = uniqued(shown.map(\.1.model))
    let rows = models.flatMap { model -> [[Table.Value]] in
      let variants = uniqued(shown.filter { $0.1.model == model }) { $0.1.networkSettings }
      let differing = Set(
        variants.flatMap { $0.1.networkSettings.differences(from: variants[0].1.networkSettings) })
      return variants.map { row($0, $1, differing.sorted()) }
    }
    let columns = [
      column(\.model, "model"), column(\.kind, "kind"), column(\.parameters, "parameters"),
      column(\.modelGigaflops, "gigaflops"), column(\.size, "size"),
    ]
    let table = ReportTable(
      name: "models", note: say(\.modelsNote), table: Table(columns: columns, rows: rows))
    return ReportSection(title: "", blocks: [.table(table)])
  }

  /// - Parameter differing: the settings that rows of the model are told apart by.
  private func row(_ classes: ClassSet, _ group: Group, _ differing: [String]) -> [Table.Value] {
    let settings = group.settings
    let values = differing.compactMap { key in
      settings.values[key].map { "\(key.split(separator: ".").last ?? "")=\($0)" }
    }
    return [
      .text(([group.model] + values).joined(separator: " ")),
      group.isNetwork
        ? .phrase("network", shown: say(\.network)) : .phrase("classifier", shown: say(\.classifier)),
      .whole(settings.architecture?.parameterCount(classes: classes.outputs)),
      .score(group.gigaFLOPs(classes), digits: 2),
      .phrase(in: language, settings.data.size.text),
    ]
  }
}

extension Group {
  /// What its network is made by; empty for classifiers.
  fileprivate var networkSettings: [String: Setting] { settings.values.filter { $0.key.hasPrefix("network.") } }
}
