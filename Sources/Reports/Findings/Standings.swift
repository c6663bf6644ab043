import Harness
import Scenes

/// How the models of a report stand to the one that validation chose.
struct Standings {
  /// The row with the best validation mean IoU, among those of all models that are alike in loss and augmentation.
  let leader: Group
  let score: Estimate
  /// How it stands to the best row of every other model.
  let outcomes: Outcomes
  /// The smallest difference that was decided, its other row, and where it comes from.
  let source: (rival: String, gains: ClassGains)?
  /// The classes that it hardly finds, IoU below 0.3, the worst first.
  let weak: [ClassGains.Gain]
  /// Its mean IoU near borders; nil where that wasn't scored.
  let nearBorders: Double?
}

extension Report {
  /// The leading row and the differences from the best of every other model; nil where there is one model.
  private var ranking: (leader: Group, contrasts: [Contrast])? {
    let rows = chosenByModel
    guard let leader = chosen(of: rows), rows.count > 1 else { return nil }
    return (leader, rows.filter { $0.place != leader.place }.compactMap { Contrast(leader, $0) })
  }

  /// The differences that standings rest on.
  var rankingContrasts: [Contrast] { ranking?.contrasts ?? [] }

  /// The row that sentences on a single row are about: the leading one.
  var leader: Group? { ranking?.leader ?? chosen(of: plain(shown)) }

  /// How the models stand; nil of a single one.
  var standings: Standings? {
    guard let (leader, contrasts) = ranking, let score = leader.scores.estimate(.meanIoU) else { return nil }
    let decided = contrasts.filter { [.better, .worse].contains(judged[$0].verdict) }
      .min { abs($0.difference.value) < abs($1.difference.value) }
    return Standings(
      leader: leader, score: score, outcomes: outcomes(contrasts.map { ($0.worse.label, $0) }),
      source: decided.map { ($0.worse.label, classGains($0)) }, weak: weakClasses(of: leader),
      nearBorders: leader.borders?.mean(.meanIoU))
  }

  /// The classes whose IoU is below 0.3, the worst first.
  func weakClasses(of group: Group) -> [ClassGains.Gain] {
    weakPlaces(of: group).compactMap { place in
      group.scores.mean(classes.iou(place)).map { ClassGains.Gain(name: classes.names[place], value: $0) }
    }.sorted { $0.value < $1.value }
  }

  /// The places of those classes, in the order of the class set.
  func weakPlaces(of group: Group) -> [Int] {
    classes.scored(under: index.headline).filter { (group.scores.mean(classes.iou($0)) ?? 1) < 0.3 }
  }
}

extension [ClassGains.Gain] {
  /// Weak classes whose IoU is below 0.1, and the others.
  var missedAndPoor: (missed: Self, poor: Self) { (filter { $0.value < 0.1 }, filter { $0.value >= 0.1 }) }
}
