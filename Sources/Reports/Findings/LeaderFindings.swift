import Harness

/// What is taken for what, of all true pixels of a class.
struct Mistake: Equatable {
  let truth, prediction: String
  let share: Double
}

/// What a row costs in use.
struct Budget {
  let name: String
  /// Seconds for one frame of a camera.
  let frameSeconds: Double
  /// Where it was measured, and whether other work ran beside.
  let place: Environment
  let isBusy: Bool
  let parameters: Int?

  /// Whether its time over another's says something.
  func isComparable(with other: Budget, areTogether: Bool) -> Bool {
    areTogether
      || !isBusy && !other.isBusy && place.processor == other.place.processor && place.threads == other.place.threads
  }
}

/// What a faster row than the leading one gives up.
struct Bargain {
  let budget: Budget
  /// How much its mean IoU differs from the leading row's, and what was judged of it.
  let outcome: Outcome
}

extension Report {
  /// The two mistakes of a row that take the largest shares of a class, of those that take a fifth or more.
  func mistakes(of group: Group) -> [Mistake] {
    let matrix = group.confusion(index.headline)
    let scored = classes.scored(under: index.headline)
    let all = scored.flatMap { truth in
      (0..<classes.count).filter { $0 != truth && matrix.truth(truth) > 0 }.map { prediction in
        Mistake(
          truth: classes.names[truth], prediction: classes.names[prediction],
          share: Double(matrix[truth, prediction]) / Double(matrix.truth(truth)))
      }
    }
    return Array(all.filter { $0.share >= 0.2 }.sorted { $0.share > $1.share }.prefix(2))
  }

  /// Whether the fit times of rows say something beside one another: none was beside other work, and all were on processors of
  /// one name with as many threads.
  func fitsCompare(_ groups: [Group]) -> Bool {
    let records = groups.flatMap(\.records)
    return !records.contains { $0.fit.isBesideOtherWork }
      && Set(records.map(\.environment.processor)).count <= 1 && Set(records.map(\.environment.threads)).count <= 1
  }

  func budget(of group: Group) -> Budget? {
    guard let fastest = group.fastest, let frame = fastest.frame else { return nil }
    return Budget(
      name: group.label, frameSeconds: frame.seconds, place: frameTimes?.environment ?? fastest.environment,
      isBusy: frame.isBesideOtherWork, parameters: fastest.fit.parameters)
  }

  /// The networks that need at most half the leading row's time for a frame, the best of each model, the fastest first:
  /// where times are of one processor without other work, or of all models together.
  var bargains: [Bargain] {
    guard let own = leader.flatMap(budget) else { return [] }
    return rankingContrasts.compactMap { contrast -> Bargain? in
      guard contrast.worse.isNetwork, let other = budget(of: contrast.worse),
        other.isComparable(with: own, areTogether: frameTimes != nil),
        other.frameSeconds <= own.frameSeconds / 2
      else { return nil }
      let outcome = Outcome(name: contrast.worse.label, difference: contrast.difference, judgement: judged[contrast])
      return Bargain(budget: other, outcome: outcome)
    }.sorted { $0.budget.frameSeconds < $1.budget.frameSeconds }
  }

  /// The worst and the best drive of a row, with their mean IoU; nil of fewer than two.
  func extremeDrives(of group: Group) -> (worst: ClassGains.Gain, best: ClassGains.Gain)? {
    guard let drives = index.testPictures?.drives, drives.count > 1 else { return nil }
    let scores = drives.indices.compactMap { place -> ClassGains.Gain? in
      let values = group.cellFacts.compactMap { $0.drives.indices.contains(place) ? $0.drives[place]?.meanIoU : nil }
      return values.isEmpty ? nil : ClassGains.Gain(name: drives[place].name, value: values.mean)
    }.sorted { $0.value < $1.value }
    guard let worst = scores.first, let best = scores.last, scores.count > 1 else { return nil }
    return (worst, best)
  }
}
