import Harness

/// What weather takes from a row that never trained under it, and what training under it gives back.
struct WeatherFinding {
  struct Loss {
    let condition: String
    let meanIoU: Double
  }

  /// What training with an augmentation gives under a condition, over training with none.
  struct Lift {
    let condition, augmentation: String
    let difference: Estimate
  }

  /// The conditions under which an augmentation is better than none when all are judged together.
  struct Breadth {
    let augmentation: String
    let conditions: [String]
  }

  /// Another model's row that is better than it under some conditions.
  struct Rival {
    let name: String
    /// The largest difference first.
    let gains: [(condition: String, difference: Estimate)]
  }

  /// The row without augmentation.
  let name: String
  let clean: Double
  /// By mean IoU, the lowest first.
  let losses: [Loss]
  /// Under each condition the largest that is better when all are judged together, the largest of all first.
  let lifts: [Lift]
  /// Of three rows or more, the one augmentation that helps under the most conditions, two at least; nil where several do.
  let broadest: Breadth?
  /// Whether rows with augmentations were tested beside it.
  let hasAugmentations: Bool
  /// Those that are better under a condition when all are judged together; nil where no other model was tested there, or
  /// the row isn't the one that models are compared with.
  let rivals: [Rival]?

  /// The conditions under which no augmentation helps.
  var helpless: [String] { losses.map(\.condition).filter { name in !lifts.contains { $0.condition == name } } }

  /// The lifts of each augmentation.
  var liftsByAugmentation: [(augmentation: String, lifts: [Lift])] {
    uniqued(lifts.map(\.augmentation)).map { name in (name, lifts.filter { $0.augmentation == name }) }
  }
}

extension Report {
  /// Of the first family of augmentations, else of the leading row; nil where nothing was tested under weather.
  var weatherFinding: WeatherFinding? {
    let family = augmentationFamilies.first?.groups ?? leader.map { [$0] } ?? []
    guard let reference = family.first, let clean = reference.scores.mean(.meanIoU) else { return nil }
    let losses = reference.conditions.compactMap { name, scores in
      scores.mean(.meanIoU).map { WeatherFinding.Loss(condition: name, meanIoU: $0) }
    }.sorted { ($0.meanIoU, $0.condition) < ($1.meanIoU, $1.condition) }
    guard !losses.isEmpty else { return nil }
    // By condition, what each augmentation that helps there gives.
    let helps = losses.map { loss in
      family.dropFirst().compactMap { group -> WeatherFinding.Lift? in
        guard let contrast = Contrast(group, reference, .under(loss.condition)),
          judgedUnderWeather[contrast].verdict == .better
        else { return nil }
        return WeatherFinding.Lift(
          condition: loss.condition, augmentation: augmentation(of: group), difference: contrast.difference)
      }
    }
    let lifts = helps.compactMap { $0.max { $0.difference.value < $1.difference.value } }
      .sorted { $0.difference.value > $1.difference.value }
    return WeatherFinding(
      name: reference.label, clean: clean, losses: losses, lifts: lifts,
      broadest: family.count > 2 ? broadest(helps.flatMap(\.self)) : nil, hasAugmentations: family.count > 1,
      rivals: reference.place == leader?.place ? rivals(of: reference, under: losses.map(\.condition)) : nil)
  }

  private func broadest(_ helps: [WeatherFinding.Lift]) -> WeatherFinding.Breadth? {
    let all = uniqued(helps.map(\.augmentation)).map { name in
      WeatherFinding.Breadth(
        augmentation: name, conditions: inOrder(helps.filter { $0.augmentation == name }.map(\.condition)))
    }
    let most = all.map(\.conditions.count).max() ?? 0
    let best = all.filter { $0.conditions.count == most }
    return most > 1 && best.count == 1 ? best[0] : nil
  }

  private func rivals(of leader: Group, under conditions: [String]) -> [WeatherFinding.Rival]? {
    let others = rankingContrasts.map(\.worse).map { group in
      (group, conditions.compactMap { name in Contrast(group, leader, .under(name)).map { (name, $0) } })
    }.filter { !$0.1.isEmpty }
    guard !others.isEmpty else { return nil }
    return others.compactMap { group, contrasts in
      let gains = contrasts.filter { judgedUnderWeather[$0.1].verdict == .better }
        .map { (condition: $0.0, difference: $0.1.difference) }.sorted { $0.difference.value > $1.difference.value }
      return gains.isEmpty ? nil : WeatherFinding.Rival(name: group.label, gains: gains)
    }
  }
}
