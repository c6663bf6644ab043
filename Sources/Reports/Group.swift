import Baselines
import Deep
import Foundation
import Harness
import Scenes
import Settings

/// The finished cells that differ in the seed alone, or in seed and fold: a row of most tables.
struct Group {
  /// The records by seed, ascending, then by fold.
  let records: [RunStore.Record]
  /// What its trainings have in common: all settings but seed, fold and places, the encoder's first weights by their
  /// contents.
  let kind: [String: Setting]
  /// The values of the experiment's axes beside model and seed; nil where one doesn't bear on the model.
  let axisValues: [String?]
  /// The test scores under the headline protocol.
  let scores: SeededScores
  /// The test scores near borders between classes; nil where a cell has none.
  let borders: SeededScores?
  /// The Boundary IoU of test scenes; nil where a cell has none.
  let boundaries: SeededScores?
  /// The confusions that claims are about.
  let confusions: [Confusion: SeededScores]
  /// The test scores under each condition that all cells of the group have been tested under.
  let conditions: [String: SeededScores]
  /// What each record by itself was tested for under each condition.
  let ownConditions: [[String: ConditionFacts]]
  /// What the file of its encoder's first weights is called; nil where it starts from random ones.
  let weightsName: String?
  /// The size of the largest picture as the model sees it; nil where that isn't known.
  let largestPicture: PixelSize?
  /// The epochs of each seed's training; none for classifiers.
  let epochs: [[Epoch]]
  /// What the pictures of each seed's test are reduced to.
  let facts: [PictureFacts]
  /// The same of each record by itself.
  let cellFacts: [PictureFacts]

  /// The settings, whose seed is that of the first cell.
  var settings: CellSettings { records[0].settings }
  var model: String { settings.model }
  /// The loss and the augmentation as tables show them, with their own settings where these aren't the defaults.
  var loss: String { settings.loss.description }
  var augmentation: String { settings.augmentation.description }
  var isNetwork: Bool { (try? Estimators.named(model).family) == .network }

  /// Where it stands among the groups of its report.
  var place = 0

  /// How many more trainings of its kind were given up.
  var failedCount = 0

  /// How many seeds it was trained with.
  var seedCount: Int { scores.seeds.count }

  /// What tells the group apart from others of its model: its values of as few axes as do.
  var ownValues: [String] = []

  /// What tells the group apart in lists and legends.
  var label: String { ([model] + ownValues).joined(separator: " ") }

  /// Equal for groups that differ in hyperparameters alone, of which a selection shows the best.
  var selectionKey: [String] { [model, loss, augmentation] }

  /// Its kind without some keys and those below them: equal for groups that differ in these alone.
  func kind(without keys: String...) -> [String: Setting] { kind(without: keys) }

  func kind(without keys: [String]) -> [String: Setting] { kind.without(keys) }

  /// The mean over seeds of a value; nil where a seed lacks it.
  func mean(_ value: (RunStore.Record) -> Double?) -> Double? {
    let values = records.compactMap(value)
    return values.count == records.count ? values.mean : nil
  }

  /// The mean over seeds of a score, as `mean`; of the test it is taken of all folds together.
  func mean(_ part: Part, _ scoringProtocol: ScoringProtocol, _ value: (Scores) -> Double?) -> Double? {
    guard part == .test else { return mean { $0.scores(part, scoringProtocol).flatMap(value) } }
    let bySeed = Dictionary(grouping: records, by: \.settings.seed)
    let values = scores.seeds.compactMap { seed -> Double? in
      let own = bySeed[seed] ?? []
      if own.count == 1 { return own[0].scores(.test, scoringProtocol).flatMap(value) }
      let tally = own.reduce(into: Tally()) { $0 += $1.testTally }
      return Scores(tally, of: own[0].classes, under: scoringProtocol).flatMap(value)
    }
    return values.count == scores.seeds.count ? values.mean : nil
  }

  /// The validation mean IoU by which groups are chosen; -1, so the last choice, where a seed lacks it.
  func validationScore(_ headline: ScoringProtocol) -> Double { mean(.validation, headline, \.meanIoU) ?? -1 }

  /// Thousand million operations of the largest picture's way forward; nil for classifiers.
  func gigaFLOPs(_ classes: ClassSet) -> Double? {
    guard let architecture = settings.architecture, let size = largestPicture else { return nil }
    return Double(architecture.operations(classes: classes.outputs, height: size.height, width: size.width)) / 1e9
  }

  /// What a reader must know of the fits of its seeds, each once.
  var fitNotes: [FitNote] {
    records.flatMap { $0.fit.notes ?? [] }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// What the encoder started from.
  var encoderStart: EncoderStart {
    guard let file = settings.encoder.weights else { return .random }
    return records[0].fit.encoderNetwork.map { .run(network: $0, file: file) } ?? .published
  }

  var fitSeconds: Double { records.map(\.fit.seconds).mean }

  /// Seconds a picture of a step of training alone, the fastest of the cells; nil where one wasn't timed.
  var trainingSeconds: Double? {
    let seconds = records.compactMap { $0.frame?.trainingSeconds }
    return seconds.count == records.count ? seconds.min() : nil
  }

  /// Seconds for one frame of a camera, the fastest of the cells; nil where one wasn't timed.
  var frameSeconds: Double? { fastest?.frame?.seconds }

  /// The cell whose model takes the least time for a frame; nil where one wasn't timed.
  var fastest: RunStore.Record? {
    guard records.allSatisfy({ $0.frame != nil }) else { return nil }
    return records.min { ($0.frame?.seconds ?? 0) < ($1.frame?.seconds ?? 0) }
  }

  /// The confusion matrix over all seeds.
  func confusion(_ scoringProtocol: ScoringProtocol) -> ConfusionMatrix {
    records.reduce(into: ConfusionMatrix(classCount: records[0].classes.count)) { sum, record in
      if let sums = record.testTally.sums[scoringProtocol] { sum += sums.confusion }
    }
  }
}

extension RunStore.Index {
  /// The axes whose values are trainings of the same kind.
  static let replicateAxes = ["seed", "data.fold"]

  /// The axes that tell groups of one model apart.
  var groupAxes: [String] { axes.filter { $0 != "model" && !Self.replicateAxes.contains($0) } }

  /// The last part of an axis's key, as sections would make it long, or all of it where two end alike.
  func shortName(of axis: String) -> String {
    func end(_ key: String) -> String { key.split(separator: ".").last.map(String.init) ?? key }
    return groupAxes.count { end($0) == end(axis) } > 1 ? axis : end(axis)
  }

  /// An axis and a row's value of it, of a file of weights without its ending; the value alone where it says of itself
  /// what it is.
  func shown(_ axis: String, _ value: String) -> String {
    if ["loss", "augmentation", "network.variant", Report.policy].contains(axis) { return value }
    let ending = ".safetensors"
    return "\(shortName(of: axis))=\(value.hasSuffix(ending) ? String(value.dropLast(ending.count)) : value)"
  }
}

/// What an encoder's first weights are.
enum EncoderStart {
  case random
  /// Those that were trained on ImageNet.
  case published
  /// Those of another run's network, in the file of that name.
  case run(network: String, file: String)
}

/// A cell that a report has to do without.
struct AbsentCell: Equatable {
  enum State: String {
    /// Nothing is wrong; it just isn't there yet.
    case unfinished = "not finished"
    /// Its training was given up.
    case failed
    /// What is stored of it can't be trusted.
    case damaged
  }

  let cell: String
  let state: State
  let reason: String
}
