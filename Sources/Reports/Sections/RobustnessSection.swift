import Foundation
import Harness
import Scenes

/// How well rows segment scenes under weather.
struct RobustnessSection: ReportPart {
  static let key = "robustness"
  static let isTitledInNotes = false
  let subject: Report

  func make() -> ReportSection? {
    let conditions = conditions
    guard conditions.count > 1 else { return nil }
    let marks = marks(shown, conditions)
    let rows = shown.enumerated().map { row, group in
      report.groupValues(group) + [.whole(group.seedCount)]
        + conditions.enumerated().map { column, condition -> Table.Value in
          let value = Table.Value.estimate(scores(group, under: condition)?.estimate(.meanIoU), digits: 3)
          return marks[row][column] ? .bold(value) : value
        }
    }
    let table = Table(
      columns: report.groupColumns + [report.seedsColumn]
        + conditions.map { .estimate(title: language.condition($0), key: $0) },
      rows: rows)
    let made = report.experiment.conditions.filter { $0.folder != nil && conditions.contains($0.name) }.map(\.name)
    let note = [
      say { $0.robustnessNote(headline: headlineNote, areOfModels: areOfModels(shown)) },
      made.isEmpty ? nil : say { $0.picturesMadeElsewhere(made) },
    ].compactMap(\.self).joined(separator: " ")
    return ReportSection(
      title: say(\.robustnessTitle),
      blocks: [
        .table(ReportTable(name: "robustness", note: note, table: table)), .figure(figure(conditions)),
      ] + (masks.map { [.figure($0)] } ?? []))
  }

  /// The names of all conditions that some group has been tested under, clear weather first.
  private var conditions: [String] { ["clean"] + report.inOrder(shown.flatMap(\.conditions.keys)) }

  private func scores(_ group: Group, under condition: String) -> SeededScores? {
    condition == "clean" ? group.scores : group.conditions[condition]
  }

  /// The best of each model under each condition, or of all where each has one row, [row, column].
  private func marks(_ groups: [Group], _ conditions: [String]) -> [[Bool]] {
    var marks: [[Bool]] = groups.map { _ in conditions.map { _ in false } }
    let families = areOfModels(groups) ? [groups.map(\.model)] : report.models.map { [$0] }
    for models in families {
      for (column, condition) in conditions.enumerated() {
        let tested = groups.indices.filter {
          models.contains(groups[$0].model) && scores(groups[$0], under: condition) != nil
        }
        let best = SeededScores.best(tested.compactMap { scores(groups[$0], under: condition) }, by: .meanIoU)
        for (place, row) in tested.enumerated() { marks[row][column] = best[place] && tested.count > 1 }
      }
    }
    return marks
  }

  /// Whether each model has one row.
  private func areOfModels(_ groups: [Group]) -> Bool { Set(groups.map(\.model)).count == groups.count }

  private func figure(_ conditions: [String]) -> ReportFigure {
    let (rows, note) = report.augmentationFamilies.isEmpty ? report.few() : (shown, "")
    let marks = marks(rows, conditions)
    let means = rows.map { group in conditions.map { scores(group, under: $0)?.mean(.meanIoU) } }
    let all = means.joined().compactMap { $0 }
    let range = (all.min() ?? 0)...max((all.max() ?? 1), (all.min() ?? 0) + 0.01)
    let grid = HeatMaps.Panel(
      title: say(\.testMeanIoULabel), rows: rows.map(\.label), columns: conditions.map(language.condition),
      values: zip(means, marks).map { zip($0, $1).map { HeatMaps.Value(value: $0, isMarked: $1) } },
      scale: .sequential(range), scaleTitle: say(\.testMeanIoULabel))
    let panels = [grid, differences(conditions)].compactMap { $0 }
    let maps = HeatMaps(
      panels: panels, rowTitle: say(\.trainedWith), columnTitle: say(\.testedUnder), language: language, isStacked: true
    )
    let caption = say {
      $0.robustnessCaption(
        rows: note, protocol: headline.rawValue, areOfModels: areOfModels(rows))
    }
    return ReportFigure(
      name: "robustness",
      caption: panels.count == 1
        ? caption
        : PanelLetters.caption(caption, [say(\.gridOfScores), say(\.gridOfDifferences)], in: language)
    ) { try maps.draw(to: $0, name: $1) }
  }

  /// What each augmentation gains over none under each condition, paired; nil where there are no augmentations.
  private func differences(_ conditions: [String]) -> HeatMaps.Panel? {
    let pairs = report.augmentationFamilies.flatMap(\.pairs)
    guard !pairs.isEmpty else { return nil }
    let judgements = pairs.map { group, reference in
      conditions.map { condition in
        condition == "clean"
          ? Contrast(group, reference).map { report.judged[$0] }
          : Contrast(group, reference, .under(condition)).map { report.judgedUnderWeather[$0] }
      }
    }
    let reach = judgements.joined().compactMap { $0.map { abs($0.difference.value) } }.max() ?? 0
    return HeatMaps.Panel(
      title: say(\.gainOverNone), rows: pairs.map(\.0.label), columns: conditions.map(language.condition),
      values: judgements.map { row in
        row.map { judgement in
          HeatMaps.Value(
            value: judgement?.difference.value,
            reach: judgement?.difference.interval.map { ($0.high - $0.low) / 2 },
            isMarked: judgement.map { [.better, .worse].contains($0.verdict) } ?? false)
        }
      }, scale: .diverging(reach: max(reach, 0.01)), scaleTitle: say(\.gainOverNone), digits: 3)
  }

  // MARK: Masks

  /// A training whose masks are shown, a file for each condition with its score on the scene.
  private struct Masked {
    let group: Group
    let files: [URL]
    let scores: [Double?]
  }

  /// One scene under every condition, and how rows segment it there: those of the first family of augmentations, or else
  /// the chosen row of each model; nil where such masks weren't stored.
  private var masks: ReportFigure? {
    guard let scene = index.panel.first else { return nil }
    let conditions = [.clean] + report.experiment.conditions
    let groups = report.augmentationFamilies.first?.groups ?? report.chosenByModel
    let rows = groups.compactMap { group -> Masked? in
      let all = group.records.enumerated().map { place, record in
        Masked(
          group: group,
          files: conditions.map {
            report.store.predictions(of: record.cell, under: $0).appendingPathComponent("\(scene)_labelIds.png")
          },
          scores: [group.cellFacts[place].ofPanel[scene]]
            + conditions.dropFirst().map { group.ownConditions[place][$0.name]?.ofPanel[scene] })
      }
      return all.first { $0.files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) } }
    }
    let pictures = conditions.map { report.store.panelPicture(scene, under: $0) }
    guard conditions.count > 1, !rows.isEmpty,
      pictures.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) })
    else { return nil }
    let (classes, language) = (report.classes, report.language)
    let isFamily = groups.count > 1 && Set(groups.map(\.model)).count == 1
    return ReportFigure(name: "masks_weather", format: .png, caption: say(\.weatherMasksCaption)) { folder, name in
      let models = try rows.map { row in
        MaskPanels.Model(
          title: isFamily ? [report.augmentation(of: row.group)] : [row.group.label],
          masks: try row.files.map { classes.mask(try PNG.labels(at: $0)) }, scores: row.scores)
      }
      try MaskPanels(
        classes: classes, pictures: pictures.map(PNG.picture), truths: [], models: models, language: language,
        layout: .conditions(conditions.map { language.condition($0.name) })
      ).draw(to: folder, name: name)
    }
  }
}
