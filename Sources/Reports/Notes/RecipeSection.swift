import Harness
import Settings

/// How the chosen network was trained, and by what its step size was chosen.
struct RecipeSection: NotePart {
  static let key = "recipe"
  let subject: Note

  func make() -> ReportSection? {
    guard let (report, group, _) = note.chosenNetwork else { return nil }
    let recipe = Recipe(group, steps: steps(group, report))
    let tuned = note.reports.compactMap { own in
      rates(of: group, in: own).map { rates in say { $0.tuned(rates, in: own.experiment.name) } }
    }
    return ReportSection(title: "", blocks: [.text(([say { $0.recipe(recipe) }] + tuned).joined(separator: " "))])
  }

  /// Steps of a training that isn't stopped early.
  private func steps(_ group: Group, _ report: Report) -> Int {
    let training = group.settings.training
    let scenes = group.settings.data.train ?? report.index.range(.training).upperBound
    return training.epochs * ((scenes + training.batch - 1) / training.batch)
  }

  /// The step sizes that an experiment chooses from for the model; nil where it doesn't.
  private func rates(of group: Group, in report: Report) -> [Double]? {
    guard report.index.select != nil else { return nil }
    let all = Set(report.groups.filter { $0.model == group.model }.map(\.settings.training.learningRate)).sorted()
    return all.count > 1 ? all : nil
  }
}

/// What a training is done with.
struct Recipe {
  let optimizer, schedule, loss: String
  let learningRate: Double
  let batch, epochs, steps: Int
  let isReduced: Bool
  let encoder: EncoderStart?

  init(_ group: Group, steps: Int) {
    let (settings, training) = (group.settings, group.settings.training)
    optimizer = training.optimizer.description
    schedule = training.schedule.description
    (loss, learningRate) = (group.loss, training.learningRate)
    (batch, epochs, self.steps) = (training.batch, training.epochs, steps)
    isReduced = training.precision == .bf16
    encoder = settings.architecture.map { type(of: $0).hasEncoder } == true ? group.encoderStart : nil
  }
}

extension Note {
  /// The experiments on the data of the first that has a network: scores on other pictures say nothing beside these.
  var comparable: [Report] {
    guard let first = reports.first(where: { $0.shown.contains(where: \.isNetwork) }) else { return [] }
    return reports.filter {
      $0.index.difference(from: first.index) == nil
        && $0.groups[0].settings.data.size == first.groups[0].settings.data.size
    }
  }

  /// The network with the best mean IoU on validation scenes, of those of the comparable experiments.
  var chosenNetwork: (report: Report, group: Group, score: Double)? {
    let networks = comparable.flatMap { report in
      report.shown.filter(\.isNetwork).compactMap { group -> (Report, Group, Double)? in
        group.mean(.validation, report.index.headline, \.meanIoU).map { (report, group, $0) }
      }
    }
    return networks.max { $0.2 < $1.2 }
  }
}
