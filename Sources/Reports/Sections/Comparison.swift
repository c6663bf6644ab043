import Harness

// The members of families beside one another.

extension Report {
  /// The scores of each member of up to four families beside its reference; the tables hold all.
  func dots(_ name: String, _ caption: String, _ families: [Family]) -> ReportFigure {
    let panels = families.prefix(4).map { family in
      DotPlots.Panel(
        title: family.title,
        rows: zip(family.groups, family.names).compactMap { group, name in
          guard let values = group.scores.values(.meanIoU), let estimate = group.scores.estimate(.meanIoU) else {
            return nil
          }
          return DotPlots.Row(name: name, values: values, mean: estimate.value, interval: estimate.interval)
        })
    }.filter { !$0.rows.isEmpty }
    let axisTitle = say(\.testMeanIoULabel)
    return ReportFigure(
      name: name, caption: PanelLetters.caption(caption, panels.map(\.title), in: language)
    ) { try DotPlots(panels: panels, axisTitle: axisTitle, language: language).draw(to: $0, name: $1) }
  }

  /// A row a group: its scores and its difference from its family's reference.
  ///
  /// - Parameters:
  ///   - column: of what the members of a family differ in.
  ///   - axes: further axes that families are told by.
  func comparison(_ families: [Family], _ column: Table.Column, axes: [String]) -> Table {
    let hasReferences = families.contains { $0.referenceNames.count > 1 }
    let columns: [Table.Column] =
      [.init(title: say(\.model), key: "model"), column] + axisColumns(axes)
      + (hasReferences ? [.init(title: say(\.against), key: "against")] : []) + [
        seedsColumn, fitTimeColumn, .estimate(title: say(\.meanIoU), key: "mean_iou"),
        .estimate(title: say(\.meanDice), key: "mean_dice"), .estimate(title: say(\.accuracy), key: "accuracy"),
        .difference(title: say(\.meanIoUGained), key: "difference"),
        .init(title: say(\.aheadInPairs), key: "share_ahead"), .init(title: say(\.verdict), key: "verdict"),
      ]
    let positions = index.groupAxes.enumerated().filter { axes.contains($0.element) }.map(\.offset)
    let rows = families.flatMap { family -> [[Table.Value]] in
      let metrics = [Metric.meanIoU, .meanDice, .accuracy].map { estimates(family.groups, $0) }
      return family.groups.enumerated().map { place, group in
        let reference = family.references[place].map { family.groups[$0] }
        let ahead = reference.flatMap { group.scores.shareAhead(.meanIoU, of: $0.scores) }
        var row: [Table.Value] = [.text(group.model), .text(family.names[place])]
        row += positions.map { axisValue(index.groupAxes[$0], group.axisValues[$0]) }
        if hasReferences { row.append(.text(family.referenceName(of: place) ?? "–")) }
        row += [.whole(group.seedCount), .seconds(group.fitSeconds)] + metrics.map { $0[place] }
        return row + [
          .difference(family.contrast(of: place)?.difference), .score(ahead, digits: 2), verdict(of: place, in: family),
        ]
      }
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  /// What is judged of a member of a family: that it is the reference, a verdict, or nothing.
  func verdict(of place: Int, in family: Family) -> Table.Value {
    guard family.references[place] != nil else { return phrase(\.reference) }
    return family.contrast(of: place).map { verdict(judged[$0]) } ?? .text("–")
  }

  /// A verdict in words, with what it holds for.
  func verdict(_ judgement: Judgement) -> Table.Value {
    phrase { text in
      text.word(judgement.verdict) + (judgement.isOfTheseTrainings ? " (\(text.theseTrainingsOnly))" : "")
    }
  }
}
