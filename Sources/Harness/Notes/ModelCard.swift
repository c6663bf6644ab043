import Compute
import Foundation
import Scenes

extension Report {
  /// The card of each model's best group, by validation mean IoU: its path within the report's folder, and its text.
  package func cards() throws -> [(name: String, text: String)] {
    let template = try NoteTemplate(.card, in: language)
    return uniqued(shown.map(\.model)).compactMap { model in
      shown.filter { $0.model == model }.max { $0.validationScore(index.headline) < $1.validationScore(index.headline) }
    }.map { group in
      ("cards/\(group.model)\(language.fileMark).md", template.text(card(of: group)))
    }
  }

  private func card(of group: Group) -> [String: Any] {
    let counts = index.sceneCounts
    let scenes = Table.grouped(counts[.training] ?? 0, in: language)
    var context: [String: Any] = [
      "model": group.model, "experiment": experiment.name, "facts": facts(group),
      "note": "\(headlineNote) " + say("Intervals as in the report.", "Intervalles comme dans le rapport."),
      "scores": scores(of: group).markdown(in: language), "categories": categories(of: group).markdown(in: language),
      "categoryCount": index.headline.categories.count, "size": group.settings.data.size, "data": citation,
      "scenes": say("\(scenes) scenes", "\(scenes) scènes"),
      "run": "runs/\(experiment.name)/\(group.records[0].cell)",
    ]
    if group.records.count > 1 { context["seeds"] = "\(group.records.count)" }
    if !group.conditions.isEmpty { context["conditions"] = conditions(of: group).markdown(in: language) }
    let weak = index.headline.categories.filter { (group.scores.mean(.iou($0)) ?? 1) < 0.3 }.map(\.name)
    if !weak.isEmpty { context["weak"] = weak.joined(separator: ", ") }
    return context
  }

  private func facts(_ group: Group) -> [[String: String]] {
    let settings = group.settings
    var facts = [
      (say("data", "données"), citation),
      (say("training scenes", "scènes d'entraînement"), "\(index.sceneCounts[.training] ?? 0)"),
      (say("size", "taille"), settings.data.size),
    ]
    if group.isNetwork {
      let training = settings.training
      facts += [
        (say("parameters", "paramètres"), Table.grouped(group.records[0].fit.parameters ?? 0, in: language)),
        (say("loss", "fonction de perte"), "`\(settings.loss)`"), ("augmentation", "`\(settings.augmentation)`"),
        (
          say("training", "entraînement"),
          say(
            "\(training.optimizer), learning rate \(training.learningRate), batches of \(training.batch), at most "
              + "\(training.epochs) epochs",
            "\(training.optimizer), pas d'apprentissage \(training.learningRate), lots de \(training.batch), au plus "
              + "\(training.epochs) époques")
        ),
        (
          say("encoder", "encodeur"),
          settings.encoder.weights == nil
            ? say("random weights", "poids aléatoires") : say("ImageNet weights", "poids ImageNet")
        ),
      ]
    } else {
      facts.append(
        (
          say("training pixels", "pixels d'entraînement"), Table.grouped(group.records[0].fit.pixels, in: language)
        ))
    }
    facts.append(
      (
        say("weights", "poids"),
        group.records.map { "`runs/\(experiment.name)/\($0.cell)/best.safetensors`" }.joined(separator: ", ")
      ))
    return facts.map { ["name": $0.0, "value": $0.1] }
  }

  private func scores(of group: Group) -> Table {
    let metrics: [(String, Metric)] = [
      (say("Mean IoU", "IoU moyenne"), .meanIoU), (say("Flat IoU", "IoU globale"), .flatIoU),
      (say("Mean Dice", "Dice moyen"), .meanDice), (say("Accuracy", "Exactitude"), .accuracy),
    ]
    return Table(
      columns: metrics.map { .estimate(title: $0.0, key: $0.0) },
      rows: [metrics.map { .estimate(group.scores.estimate($0.1)) }])
  }

  private func categories(of group: Group) -> Table {
    let categories = index.headline.categories
    return Table(
      columns: categories.map { .init(title: "IoU \($0.name)", key: $0.name) },
      rows: [categories.map { .score(group.scores.mean(.iou($0)), digits: 3) }])
  }

  private func conditions(of group: Group) -> Table {
    let names = group.conditions.keys.sorted()
    return Table(
      columns: names.map { .estimate(title: say("Mean IoU, \($0)", "IoU moyenne, \($0)"), key: $0) },
      rows: [names.map { .estimate(group.conditions[$0]?.estimate(.meanIoU), digits: 3) }])
  }
}
