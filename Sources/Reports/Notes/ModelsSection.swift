import Deep
import Harness
import Scenes

/// The models of all experiments with what they are made of.
struct ModelsSection: NotePart {
  static let key = "models"
  let subject: Note

  func make() -> ReportSection? {
    var seen: Set<String> = []
    let groups = note.reports.flatMap { report in report.shown.map { (report.classes, $0) } }
      .filter { seen.insert($0.1.model).inserted }
    let columns = [
      column(\.model, "model"), column(\.kind, "kind"), column(\.parameters, "parameters"),
      column(\.modelGigaflops, "gigaflops"), column(\.size, "size"),
    ]
    let table = ReportTable(
      name: "models", note: say(\.modelsNote), table: Table(columns: columns, rows: groups.map(row)))
    return ReportSection(title: "", blocks: [.table(table)])
  }

  private func row(_ classes: ClassSet, _ group: Group) -> [Table.Value] {
    let settings = group.settings
    return [
      .text(group.model),
      group.isNetwork
        ? .phrase("network", shown: say(\.network)) : .phrase("classifier", shown: say(\.classifier)),
      .whole(settings.architecture?.parameterCount(classes: classes.outputs)),
      .score(group.gigaFLOPs(classes), digits: 2),
      .phrase(in: language, settings.data.size.text),
    ]
  }
}
