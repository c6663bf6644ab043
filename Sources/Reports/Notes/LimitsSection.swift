import Deep
import Harness

/// What the experiments differ in from the earlier reports, a paragraph each: data, size, seeds, epochs, weights.
struct LimitsSection: NotePart {
  static let key = "limits"
  let subject: Note

  func make() -> ReportSection? {
    ReportSection(title: "", blocks: note.reports.map { .text(limits($0)) })
  }

  /// A list of texts.
  func templateValue(of section: ReportSection, _ shown: (ReportSection) -> String) -> Any { section.texts }

  private func limits(_ report: Report) -> String {
    let networks = report.shown.filter(\.isNetwork)
    let facts = say {
      $0.limits(
        experiment: report.experiment.name, scenes: report.index.range(.training),
        size: report.shown[0].settings.data.size.text(in: language),
        seeds: report.shown.map(\.seedCount).min() ?? 0,
        epochs: networks.map(\.settings.training.epochs).max())
    }
    return [facts, weights(networks), recipes(networks)].compactMap { $0 }.joined(separator: " ")
  }

  /// That networks were trained differently, where they were.
  private func recipes(_ networks: [Group]) -> String? {
    let recipes = Set(
      networks.map { network in
        let training = network.settings.training
        let encoder = network.settings.encoder.learningRate ?? training.learningRate
        return [training.learningRate, encoder, Double(training.epochs)]
      })
    return recipes.count > 1 ? say(\.recipesDiffer) : nil
  }

  /// What the encoders among `networks` started from; nil where there are none.
  private func weights(_ networks: [Group]) -> String? {
    let encoders = networks.filter { $0.settings.architecture.map { type(of: $0).hasEncoder } == true }
    if encoders.isEmpty { return nil }
    var published = 0
    var files: [String] = []
    for encoder in encoders {
      switch encoder.encoderStart {
      case .random: break
      case .published: published += 1
      case .run(_, let file): files.append(file)
      }
    }
    if published == encoders.count { return say(\.encodersPretrained) }
    let all = [
      published > 0 ? say(\.someEncodersPretrained) : nil,
      files.isEmpty ? nil : say { $0.encodersOfRuns(uniqued(files), areAll: files.count == encoders.count) },
    ].compactMap { $0 }
    return all.isEmpty ? say(\.randomEncoders) : all.joined(separator: " ")
  }
}
