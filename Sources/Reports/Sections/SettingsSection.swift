import Harness
import Settings

/// What each row was trained with, as far as it isn't the default: what one needs beside a score to judge it.
struct SettingsSection: ReportPart {
  static let key = "settings"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let all = shown.map(changes)
    // What all rows change is said once.
    let common = (all.first ?? []).filter { change in shown.count > 1 && all.allSatisfy { $0.contains(change) } }
    let rows = zip(shown, all).map { group, changes -> [Table.Value] in
      let own = changes.filter { !common.contains($0) }
      return [.text(group.label), .text(own.isEmpty ? "–" : own.joined(separator: ", "))]
    }
    let table = Table(columns: [column(\.model, "row"), column(\.settingsColumn, "settings")], rows: rows)
    let note = say(\.settingsNote) + (common.isEmpty ? "" : " " + say { $0.commonSettings(common) })
    return ReportSection(
      title: say(\.settingsTitle), blocks: [.table(ReportTable(name: "settings", note: note, table: table))])
  }

  /// As `--set` takes them, in their order; of files the name alone.
  private func changes(_ group: Group) -> [String] {
    let left = ["model"] + RunStore.Index.replicateAxes + Cell.places
    return group.settings.changes.filter { !left.contains($0.key) }.sorted { $0.key < $1.key }.map { key, value in
      "\(key)=\(key == "encoder.weights" ? group.weightsName ?? "\(value)" : "\(value)")"
    }
  }
}
