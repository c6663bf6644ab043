import Foundation
import Harness
import Settings

/// What each row was trained with, as far as it isn't the default: what one needs beside a score to judge it.
struct SettingsSection: ReportPart {
  static let key = "settings"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let rows = shown.map { group -> [Table.Value] in [.text(group.label), .text(Self.changes(group.settings))] }
    let table = Table(columns: [column(\.model, "row"), column(\.settingsColumn, "settings")], rows: rows)
    return ReportSection(
      title: say(\.settingsTitle),
      blocks: [.table(ReportTable(name: "settings", note: say(\.settingsNote), table: table))])
  }

  /// As `--set` takes them, in their order; of files the name alone.
  private static func changes(_ settings: CellSettings) -> String {
    let left = ["model"] + RunStore.Index.replicateAxes + Cell.places
    let changes = settings.changes.filter { !left.contains($0.key) }
    let all = changes.sorted { $0.key < $1.key }.map { key, value in
      let text = "\(value)"
      return "\(key)=\(key == "encoder.weights" ? URL(fileURLWithPath: text).lastPathComponent : text)"
    }
    return all.isEmpty ? "–" : all.joined(separator: ", ")
  }
}
