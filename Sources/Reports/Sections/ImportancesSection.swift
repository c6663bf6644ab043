import Harness

/// What forests look at.
struct ImportancesSection: ReportPart {
  static let key = "importances"
  let subject: Report

  func make() -> ReportSection? {
    let forests = shown.filter { $0.records[0].fit.featureImportances != nil }
    guard !forests.isEmpty else { return nil }
    let rows = forests.flatMap { group in
      let names = (group.records[0].fit.featureImportances ?? [:]).keys
      let means = names.map { name in (name, group.mean { $0.fit.featureImportances?[name] } ?? 0) }
      return means.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(10).map {
        [Table.Value.text(group.label), .text($0.0), .score($0.1)]
      }
    }
    let table = Table(
      columns: [column(\.forest, "forest"), column(\.feature, "feature"), column(\.importance, "importance")],
      rows: rows)
    return ReportSection(
      title: say(\.importancesTitle),
      blocks: [.table(ReportTable(name: "feature_importances", note: say(\.importancesNote), table: table))])
  }
}
