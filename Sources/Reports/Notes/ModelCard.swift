import Baselines
import Compute
import Foundation
import Harness
import Scenes

extension Report {
  /// The card of each model's group that validation chose, of any loss and augmentation: its path within the report's folder,
  /// and its text.
  package func cards() throws -> [(name: String, text: String)] {
    let template = try NoteTemplate.card(in: language)
    return models.compactMap { model in chosen(of: shown.filter { $0.model == model }) }.map { group in
      ("cards/\(group.model)\(language.fileMark).md", template.text(card(of: group)))
    }
  }

  private func card(of group: Group) -> [String: Any] {
    let scored = classes.scored(under: index.headline)
    var context: [String: Any] = [
      "model": group.model, "experiment": experiment.name, "report": fileName,
      "facts": facts(group).map { ["name": $0.0, "value": $0.1] }, "note": "\(headlineNote) \(say(\.cardNote))",
      "scores": scores(of: group).markdown(in: language), "categories": ious(of: group).markdown(in: language),
      "classCount": scored.count, "size": group.settings.data.size.text(in: language), "data": citation,
      "scenes": say { $0.scenes(trainingScenes(of: group)) },
      "run": "runs/\(experiment.name)/\(group.records[0].cell)",
    ]
    if group.seedCount > 1 { context["seeds"] = "\(group.seedCount)" }
    if !group.conditions.isEmpty { context["conditions"] = conditions(of: group).markdown(in: language) }
    let weak = classes.titles(of: weakPlaces(of: group), in: language)
    if !weak.isEmpty { context["weak"] = weak.joined(separator: ", ") }
    return context
  }

  /// How many scenes its cells were trained on: where cells differ, what these have seen themselves.
  private func trainingScenes(of group: Group) -> ClosedRange<Int> {
    let own = group.records.compactMap { $0.scores(.training, index.headline)?.pictures }
    guard index.fewestScenes != nil, let fewest = own.min(), let most = own.max() else {
      return index.range(.training)
    }
    return fewest...most
  }

  private func facts(_ group: Group) -> [(String, String)] {
    let settings = group.settings
    var facts = [
      (say(\.data), citation), (say(\.trainingScenes), say { $0.numbers(trainingScenes(of: group)) }),
      (say(\.cardSize), settings.data.size.text(in: language)),
    ]
    if group.isNetwork {
      let training = settings.training
      let recipe = say {
        $0.recipe(
          optimizer: training.optimizer.description, learningRate: training.learningRate, batch: training.batch,
          epochs: training.epochs)
      }
      facts += [
        (say(\.cardParameters), language.number(group.records[0].fit.parameters ?? 0)),
        (say(\.loss), "`\(settings.loss)`"), (say(\.augmentation), "`\(settings.augmentation)`"),
        (say(\.training), recipe),
        (say(\.encoder), encoder(of: group)),
      ]
    } else {
      facts.append((say(\.trainingPixels), language.number(group.records[0].fit.pixels)))
    }
    for note in group.fitNotes {
      switch note {
      case .notConverged(let places, let iterations):
        facts.append(
          (say(\.converged), say { $0.notConverged(classes: classes.names(of: places), iterations: iterations) }))
      }
    }
    let files = group.records.map { "`runs/\(experimentName(of: $0.cell))/\($0.cell)/\(RunStore.weightsName)`" }
    return facts + [(say(\.weights), files.joined(separator: ", "))]
  }

  /// What an encoder started from, and how fast it learned where that wasn't as fast as the rest.
  private func encoder(of group: Group) -> String {
    let start =
      switch group.encoderStart {
      case .random: say(\.randomWeights)
      case .published: say(\.imageNetWeights)
      case .run(let network, let file): say { $0.weightsOfRun(network: network, file: file) }
      }
    let rate = group.settings.encoder.learningRate.map { rate in say { $0.ownLearningRate(rate) } }
    return [start, rate].compactMap { $0 }.joined(separator: ", ")
  }

  private func scores(of group: Group) -> Table {
    let metrics: [(String, Metric)] = [
      (say(\.meanIoU), .meanIoU), (say(\.flatIoU), .flatIoU), (say(\.meanDice), .meanDice),
      (say(\.accuracy), .accuracy),
    ]
    return Table(
      columns: metrics.map { .estimate(title: $0.0, key: $0.0) },
      rows: [metrics.map { .estimate(group.scores.estimate($0.1)) }])
  }

  private func ious(of group: Group) -> Table {
    let scored = classes.scored(under: index.headline)
    return Table(
      columns: classes.titles(of: scored, in: language).map { .init(title: "IoU \($0)", key: $0) },
      rows: [scored.map { .score(group.scores.mean(classes.iou($0)), digits: 3) }])
  }

  private func conditions(of group: Group) -> Table {
    let names = inOrder(group.conditions.keys)
    return Table(
      columns: names.map { name in .estimate(title: say { $0.meanIoU(under: name) }, key: name) },
      rows: [names.map { .estimate(group.conditions[$0]?.estimate(.meanIoU), digits: 3) }])
  }
}
