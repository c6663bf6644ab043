import Harness
import Scenes
import Settings

// Groups that differ in one setting alone, beside one another.

extension Report {
  /// Groups that differ in one setting alone, the reference first.
  ///
  /// - Parameter keys: the setting, and what bears on rows only where it isn't the reference's.
  private func families(by keys: String..., reference: (Group) -> Bool) -> [[Group]] {
    var order: [[String: Setting]] = []
    var families: [[String: Setting]: [Group]] = [:]
    // Of a grid that is selected from, losses and augmentations are compared at the best of each.
    let compared = shown.filter { $0.isNetwork }
    for group in compared {
      var common = group.kind(without: keys)
      if index.select != nil {
        common = common.filter { name, _ in ["model", "loss", "augmentation"].contains(name) }
      }
      if families[common] == nil { order.append(common) }
      families[common, default: []].append(group)
    }
    return order.compactMap { key in
      let family = families[key] ?? []
      guard family.count > 1, let first = family.firstIndex(where: reference) else { return nil }
      return [family[first]] + family.indices.filter { $0 != first }.map { family[$0] }
    }
  }

  /// Families that differ in the loss; cross-entropy is the reference, or else the first loss.
  var lossFamilies: [[Group]] {
    let losses = shown.filter(\.isNetwork).map(\.loss)
    let reference = losses.contains("ce") ? "ce" : losses.first
    return families(by: "loss") { $0.loss == reference }
  }

  /// Families that differ in the augmentation, and in how often it is applied; none is the reference.
  var augmentationFamilies: [[Group]] {
    families(by: "augmentation", "training.augmentationPolicy") { $0.augmentation == "none" }
  }

  /// A row's augmentation, with how often it is applied where that differs.
  func augmentation(of group: Group) -> String {
    func policy(_ group: Group) -> String { "\(group.settings.training.augmentationPolicy)" }
    let policies = Set(shown.filter { $0.isNetwork && $0.augmentation != "none" }.map(policy))
    return group.augmentation == "none" || policies.count < 2
      ? group.augmentation : "\(group.augmentation) \(policy(group))"
  }

  /// Families of one model that differ in the encoder's settings, and by the place of each group what these are.
  var encoderFamilies: [(groups: [Group], names: [Int: String])] {
    let prefix = "encoder."
    let axes = index.groupAxes.indices.filter { index.groupAxes[$0].hasPrefix(prefix) }
    guard !axes.isEmpty else { return [] }
    return families(by: "encoder") { _ in true }.map { family in
      let differing = axes.filter { axis in Set(family.map { $0.axisValues[axis] }).count > 1 }
      let names = family.map { group in
        let settings = differing.map { axis in
          "\(index.groupAxes[axis].dropFirst(prefix.count)) \(group.axisValues[axis] ?? "–")"
        }
        return (group.place, settings.joined(separator: ", "))
      }
      return (family, Dictionary(uniqueKeysWithValues: names))
    }
  }

  /// What the members of a family have in common, as far as it tells it from others.
  static func title(of family: [Group], _ value: (Group) -> String) -> String {
    let own = Set(family.map(value))
    let common = family[0].ownValues.filter { name in
      !own.contains(name) && family.allSatisfy { $0.ownValues.contains(name) }
    }
    return ([family[0].model] + common).joined(separator: " ")
  }

  /// The scores of each member of up to four families beside its reference; the tables hold all.
  func dots(_ name: String, _ caption: String, _ families: [[Group]], _ value: (Group) -> String) -> ReportFigure {
    let panels = families.prefix(4).map { family in
      DotPlots.Panel(
        title: Self.title(of: family, value),
        rows: family.compactMap { group in
          guard let values = group.scores.values(.meanIoU), let estimate = group.scores.estimate(.meanIoU) else {
            return nil
          }
          return DotPlots.Row(name: value(group), values: values, mean: estimate.value, interval: estimate.interval)
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
  ///   - varied: the setting in which the members of a family differ.
  ///   - value: what a group has of it.
  func comparison(_ families: [[Group]], varied: String, _ value: (Group) -> String) -> Table {
    let others = index.axes.filter { ![varied, "model", "seed"].contains($0) }
    let columns: [Table.Column] =
      [.init(title: say(\.model), key: "model"), .init(title: language.axis(varied) ?? varied, key: varied)]
      + axisColumns(others) + [
        seedsColumn, fitTimeColumn, .estimate(title: say(\.meanIoU), key: "mean_iou"),
        .estimate(title: say(\.meanDice), key: "mean_dice"), .estimate(title: say(\.accuracy), key: "accuracy"),
        .difference(title: say(\.meanIoUGained), key: "difference"),
        .init(title: say(\.aheadInPairs), key: "share_ahead"), .init(title: say(\.verdict), key: "verdict"),
      ]
    let positions = index.groupAxes.enumerated().filter { others.contains($0.element) }.map(\.offset)
    let rows = families.flatMap { family -> [[Table.Value]] in
      let metrics = [Metric.meanIoU, .meanDice, .accuracy].map { estimates(family, $0) }
      return family.enumerated().map { place, group in
        let contrast = place == 0 ? nil : Contrast(group, family[0])
        let ahead = place == 0 ? nil : group.scores.shareAhead(.meanIoU, of: family[0].scores)
        let verdict = place == 0 ? phrase(\.reference) : contrast.map { self.verdict(judged[$0]) }
        var row: [Table.Value] = [.text(group.model), .text(value(group))]
        row += positions.map { axisValue(group.axisValues[$0]) }
        row += [.whole(group.seedCount), .seconds(group.fitSeconds)]
        return row + metrics.map { $0[place] }
          + [.difference(contrast?.difference), .score(ahead, digits: 2), verdict ?? .text("–")]
      }
    }
    return Table(columns: columns, rows: rows).withoutEmptyColumns
  }

  /// A verdict in words, with what it holds for.
  func verdict(_ judgement: Judgement) -> Table.Value {
    phrase { text in
      text.word(judgement.verdict) + (judgement.isOfTheseTrainings ? " (\(text.theseTrainingsOnly))" : "")
    }
  }
}
