import Harness
import Scenes
import Settings

// What the tables of several sections have in common.

extension Report {
  /// What the headline protocol is, for notes.
  var headlineNote: String {
    let summary = classes.summary(of: index.headline, in: language)
    return say { $0.headline(protocol: index.headline.rawValue, summary: summary) }
  }

  /// The column of fit times.
  var fitTimeColumn: Table.Column { .init(title: say(\.fitTime), key: "fit_seconds") }
  var trainingColumn: Table.Column { .init(title: say(\.trainingMilliseconds), key: "training_milliseconds") }

  /// The column of how many seeds a row is of.
  var seedsColumn: Table.Column { .init(title: say(\.seeds), key: "seeds") }

  /// The columns of axes. Those that the language has no words for have the last part of their keys as titles, as sections
  /// would make them wide, except where two end alike.
  func axisColumns(_ axes: [String]) -> [Table.Column] {
    axes.map { .init(title: language.axis($0) ?? index.shortName(of: $0), key: $0) }
  }

  /// The value of an axis: a number as the language writes it, words for none; nil as a dash.
  func axisValue(_ axis: String, _ value: String?) -> Table.Value {
    guard let value else { return .text("–") }
    if value == "\(Setting.none)" { return .phrase(value, shown: language.none(of: axis) ?? value) }
    guard value.contains("."), let number = Double(value), "\(number)" == value else { return .text(value) }
    return .phrase(value, shown: say { $0.shortest(number) })
  }

  /// The columns that tell groups apart.
  var groupColumns: [Table.Column] {
    [.init(title: say(\.model), key: "model")] + axisColumns(index.groupAxes)
  }

  /// The values of those columns.
  func groupValues(_ group: Group) -> [Table.Value] {
    [.text(group.model)] + zip(index.groupAxes, group.axisValues).map(axisValue)
  }

  /// The estimates of a metric, one a group; those that are best or tie with the best in bold.
  func estimates(_ groups: [Group], _ metric: Metric) -> [Table.Value] {
    let best = SeededScores.best(groups.map(\.scores), by: metric)
    return groups.indices.map { index in
      let value = Table.Value.estimate(groups[index].scores.estimate(metric))
      return best[index] && groups.count > 1 ? .bold(value) : value
    }
  }

  /// The models of the groups that are shown.
  var models: [String] { uniqued(shown.map(\.model)) }

  /// The group of each model that validation chose, of those with cross-entropy and no augmentation where there is a choice,
  /// so that models are compared alike, in the order of the experiment: no test score chooses.
  var chosenByModel: [Group] { chosenByModel(of: shown) }

  /// That of each model among `groups`.
  func chosenByModel(of groups: [Group]) -> [Group] {
    uniqued(groups.map(\.model)).compactMap { model in chosen(of: plain(groups.filter { $0.model == model })) }
  }

  /// The first of `groups` with the highest validation mean IoU; nil of none.
  func chosen(of groups: [Group]) -> Group? {
    groups.reduce(nil) { best, group in
      guard let best else { return group }
      return group.validationScore(index.headline) > best.validationScore(index.headline) ? group : best
    }
  }

  /// The rows of what has room for a few, and what its caption says of them: all or, of more than eight, those of
  /// `chosenByModel`.
  ///
  /// - Parameter ofOneModel: whether even of one model its chosen row stands for all, as where rows are a page's columns.
  func few(ofOneModel: Bool = false) -> (groups: [Group], note: String) {
    shown.count > 8 && (models.count > 1 || ofOneModel) ? (chosenByModel, chosenNote) : (shown, "")
  }

  /// Of which rows a figure of `chosenByModel` is, where models have several.
  var chosenNote: String { shown.count > chosenByModel.count ? say(\.ofChosenRows) : "" }

  /// The colour of a model in every figure: the same in all reports, unless an earlier one of this report has it already.
  func colour(of model: String) -> String {
    var free = Gnuplot.colours
    for name in models {
      let place = Estimators.all.firstIndex { $0.name == name } ?? 0
      let own = Gnuplot.colours[place % Gnuplot.colours.count]
      let colour = free.contains(own) ? own : free.first ?? own
      if name == model { return colour }
      free.removeAll { $0 == colour }
    }
    return Gnuplot.colours[0]
  }
}

/// The values, each at its first place alone.
func uniqued(_ values: [String]) -> [String] { uniqued(values) { $0 } }

/// The values, of those of one key the first alone.
func uniqued<Value, Key: Hashable>(_ values: [Value], by key: (Value) -> Key) -> [Value] {
  var seen: Set<Key> = []
  return values.filter { seen.insert(key($0)).inserted }
}
