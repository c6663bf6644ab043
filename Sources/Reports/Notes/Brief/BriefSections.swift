import Harness

// What a note's own pages show of a report; its appendix holds the report's sections.

extension Note {
  /// The sections that notes have of each report, beside those of the report itself.
  static var briefTypes: [any Section<Report>.Type] {
    [
      BriefModels.self, BriefMasks.self, BriefLosses.self, BriefAugmentations.self, BriefAblations.self,
      BriefRobustness.self, BriefCost.self,
    ]
  }
}

extension Note {
  /// As `briefTypes`, of what all reports say together.
  static var ownBriefTypes: [any Section<Note>.Type] { [BriefClaims.self] }
}

/// A row a claim that was tested: the extremes of its differences, and what all experiments say together.
struct BriefClaims: NotePart {
  static let key = "briefClaims"
  static let isTitledInNotes = false
  let subject: Note

  func make() -> ReportSection? {
    let findings = note.findings
    let rows = note.claimVerdicts.map { number, verdict -> [Table.Value] in
      let claim = Claim.all[number - 1]
      let own = findings.filter { $0.finding.number == number }
      func here(in language: Language) -> String {
        own.map { report, finding in
          (note.reports.count > 1 ? language.say { $0.code(report.experiment.name) } + " " : "")
            + finding.extremes(in: language)
        }.joined(separator: language.say(\.separator))
      }
      return [
        .whole(number), claim.statement.capitalised.value(in: language), claim.earlier.value(in: language),
        .phrase(here(in: .english), shown: here(in: language)), verdict.value(in: language),
      ]
    }
    guard !rows.isEmpty else { return nil }
    let columns =
      [column(\.claimNumber, "number"), column(\.claim, "claim"), column(\.theirs, "earlier")]
      + Report.Finding.columns(in: language)
    let text = say { $0.noteClaimsNote(earlier: ScoringProtocol.earlier.rawValue) }
    return ReportSection(
      title: "",
      blocks: [
        .table(ReportTable(name: NoteClaimsSection.key, note: text, table: Table(columns: columns, rows: rows)))
      ])
  }
}

extension ReportPart {
  /// The digits of scores in tables that have to be narrow.
  static var briefDigits: Int { 3 }
}

/// The best row of each model and their IoU by class.
struct BriefModels: ReportPart {
  static let key = "briefModels"
  static let isTitledInNotes = false
  let subject: Report

  var sentences: [String] { ResultsSection(subject: report).sentences + ClassesSection(subject: report).sentences }

  func make() -> ReportSection? {
    let rows = report.chosenByModel
    guard rows.count > 1 else { return nil }
    let arePlain = report.models.contains { model in
      let all = shown.filter { $0.model == model }
      return report.plain(all).count < all.count
    }
    return ReportSection(
      title: "",
      blocks: [
        .table(
          ReportTable(
            name: "results", note: say { $0.briefModelsNote(headline: headlineNote, arePlain: arePlain) },
            table: scores(rows),
            slideColumns: ["model", "mean_iou", "border_mean_iou"])),
        .table(
          ReportTable(
            name: "iou_by_category", note: say(\.briefClassesNote), table: byClass(rows), slideColumns: [])),
      ])
  }

  private func scores(_ rows: [Group]) -> Table {
    let columns: [Table.Column] = [
      column(\.model, "model"), report.seedsColumn, .estimate(title: say(\.meanIoU), key: "mean_iou"),
      column(\.meanDice, "mean_dice"), column(\.accuracy, "accuracy"),
      column(\.meanIoUAtBorders, "border_mean_iou"), report.fitTimeColumn, report.trainingColumn,
    ]
    let best = SeededScores.best(rows.map(\.scores), by: .meanIoU)
    let fitsCompare = report.fitsCompare(rows)
    return Table(
      columns: columns,
      rows: zip(rows, best).map { group, isBest in
        let score = Table.Value.estimate(group.scores.estimate(.meanIoU), digits: Self.briefDigits)
        return [
          .text(group.label), .whole(group.seedCount), isBest ? .bold(score) : score,
          .score(group.scores.mean(.meanDice), digits: Self.briefDigits),
          .score(group.scores.mean(.accuracy), digits: Self.briefDigits),
          .score(group.borders?.mean(.meanIoU), digits: Self.briefDigits),
          .seconds(fitsCompare ? group.fitSeconds : nil),
          .score(fitsCompare ? nil : group.trainingSeconds.map { 1000 * $0 }, digits: 0),
        ]
      }
    ).withoutEmptyColumns
  }

  private func byClass(_ rows: [Group]) -> Table {
    let scored = classes.scored(under: headline)
    return Table(
      columns: [column(\.model, "model")] + classes.columns(of: scored, in: language),
      rows: rows.map { group in
        [.text(group.label)] + scored.map { .score(group.scores.mean(classes.iou($0)), digits: 2) }
      })
  }
}

extension Report {
  /// The members of families beside what they are compared with: score, gain and verdict.
  ///
  /// - Parameter column: of what the members of a family differ in.
  fileprivate func briefComparison(_ families: [Family], _ column: Table.Column) -> Table {
    let hasReferences = families.contains { $0.referenceNames.count > 1 }
    let columns: [Table.Column] =
      [.init(title: say(\.model), key: "model"), column]
      + (hasReferences ? [.init(title: say(\.against), key: "against")] : []) + [
        seedsColumn, .estimate(title: say(\.meanIoU), key: "mean_iou"),
        .difference(title: say(\.meanIoUGained), key: "difference"), .init(title: say(\.verdict), key: "verdict"),
      ]
    let rows = families.flatMap { family in
      family.groups.enumerated().map { place, group -> [Table.Value] in
        var row: [Table.Value] = [.text(family.title), .text(family.names[place])]
        if hasReferences { row.append(.text(family.referenceName(of: place) ?? "–")) }
        return row + [
          .whole(group.seedCount), .estimate(group.scores.estimate(.meanIoU), digits: 3),
          .difference(family.contrast(of: place)?.difference, digits: 3), verdict(of: place, in: family),
        ]
      }
    }
    return Table(columns: columns, rows: rows)
  }
}

/// What there is room for of a section.
protocol BriefPart: ReportPart {
  associatedtype Whole: ReportPart

  func blocks(of whole: ReportSection) -> [ReportSection.Block]
}

extension BriefPart {
  static var isTitledInNotes: Bool { false }

  var sentences: [String] { Whole(subject: report).sentences }

  func make() -> ReportSection? {
    let blocks = Whole(subject: report).make().map(blocks) ?? []
    return blocks.isEmpty ? nil : ReportSection(title: "", blocks: blocks)
  }

  /// Families beside one another, in a table named as the whole one.
  fileprivate func comparison(_ families: [Family], _ column: Table.Column) -> [ReportSection.Block] {
    let table = report.briefComparison(families, column)
    return [.table(ReportTable(name: Whole.key, note: headlineNote, table: table))]
  }
}

struct BriefLosses: BriefPart {
  typealias Whole = LossesSection
  static let key = "briefLosses"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] {
    comparison(report.lossFamilies, column(\.lossColumn, "loss"))
  }
}

struct BriefAugmentations: BriefPart {
  typealias Whole = AugmentationsSection
  static let key = "briefAugmentations"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] {
    comparison(report.augmentationFamilies, column(\.augmentationColumn, "augmentation"))
  }
}

struct BriefAblations: BriefPart {
  typealias Whole = AblationsSection
  static let key = "briefAblations"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] {
    comparison(report.ablationFamilies, column(\.settingsColumn, "settings"))
  }
}

/// The scores under weather as a figure, and where augmentations are compared, masks.
struct BriefRobustness: BriefPart {
  typealias Whole = RobustnessSection
  static let key = "briefRobustness"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] {
    whole.figures.prefix(report.augmentationFamilies.isEmpty ? 1 : 2).map { .figure($0) }
  }
}

/// A few masks, large.
struct BriefMasks: BriefPart {
  typealias Whole = MasksSection
  static let key = "briefMasks"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] { whole.figures.prefix(1).map { .figure($0) } }
}

/// What rows cost as a figure.
struct BriefCost: BriefPart {
  typealias Whole = CostSection
  static let key = "briefCost"
  let subject: Report

  func blocks(of whole: ReportSection) -> [ReportSection.Block] { whole.figures.map { .figure($0) } }
}
