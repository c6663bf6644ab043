import Deep

extension Note {
  /// What an experiment differs in from the earlier reports: data, size, seeds, epochs, weights.
  func limits(_ report: Report) -> String {
    let networks = report.shown.filter(\.isNetwork)
    let name = "`\(report.experiment.name)`"
    let scenes = Table.grouped(report.index.sceneCounts[.training] ?? 0, in: language)
    let size = report.shown[0].settings.data.size
    let seeds = report.shown.map(\.records.count).min() ?? 0
    var facts = language.say(
      "\(name): \(scenes) training scenes at \(size), \(seeds) \(seeds == 1 ? "seed" : "seeds")",
      "\(name) : \(scenes) scènes d'entraînement en \(size), \(seeds) \(seeds == 1 ? "graine" : "graines")")
    if let epochs = networks.map(\.settings.training.epochs).max() {
      facts += language.say(", at most \(epochs) epochs", ", au plus \(epochs) époques")
    }
    facts += language.say(
      "; the earlier reports had 2,300 to 2,975 Cityscapes pictures of 512x256 (100 of 256x128 for the classifiers), one "
        + "seed and hours on a GPU.",
      " ; les rapports antérieurs avaient de 2\u{202F}300 à 2\u{202F}975 images de Cityscapes en 512x256 (100 en 256x128 "
        + "pour les classifieurs), une graine et des heures de GPU.")
    return [facts, weights(networks), recipes(networks)].compactMap { $0 }.joined(separator: " ")
  }

  /// That networks were trained differently, where they were.
  private func recipes(_ networks: [Group]) -> String? {
    guard Set(networks.map { [$0.settings.training.learningRate, Double($0.settings.training.epochs)] }).count > 1
    else {
      return nil
    }
    return language.say(
      "Learning rate and epochs are not the same for all networks.",
      "Le pas d'apprentissage et le nombre d'époques ne sont pas les mêmes pour tous les réseaux.")
  }

  /// What the encoders among `networks` started from; nil where there are none.
  private func weights(_ networks: [Group]) -> String? {
    let encoders = networks.filter { Networks.named($0.model)?.hasEncoder == true }
    let pretrained = encoders.count { $0.settings.encoder.weights != nil }
    if encoders.isEmpty { return nil }
    if pretrained == 0 {
      return language.say("VGG encoders started from random weights.", "Les encodeurs VGG partent de poids aléatoires.")
    }
    if pretrained < encoders.count {
      return language.say(
        "Some VGG encoders started from ImageNet weights.", "Certains encodeurs VGG partent de poids ImageNet.")
    }
    return language.say(
      "VGG encoders started from ImageNet weights, all other layers from random ones.",
      "Les encodeurs VGG partent de poids ImageNet, toutes les autres couches de poids aléatoires.")
  }
}
