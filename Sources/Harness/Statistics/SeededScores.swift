import Scenes

/// The scores of one training on all test pictures, and how far each picture moves them. Of pictures there are but
/// the few sums that variances are made from, so that it is small however many there were.
package struct TrainingScores: Equatable, Sendable {
  package let seed: Int
  package let scores: Scores
  /// How many independent pictures those of a video are worth, of the mean IoU: n (1 - r) / (1 + r) with the correlation r
  /// of what neighbours contribute. Nil of other scenes, and of fewer than three pictures a drive.
  package let worth: Double?
  let metrics: [Metric]
  /// [metric]: as `PictureDesign.coefficients` and `.clusterSums`; empty where the score is 0/0.
  let coefficients, clusterSums: [[Double]]

  /// - Parameters:
  ///   - seed: that of the training.
  ///   - scores: those of all pictures.
  ///   - sums: those of each picture, in the order of `design`.
  ///   - metrics: which scores are wanted; nil for all.
  ///   - classSet: the classes.
  ///   - design: how pictures depend on each other.
  package init(
    seed: Int, scores: Scores, sums: PictureSums, metrics: [Metric]? = nil, of classSet: ClassSet,
    design: PictureDesign
  ) {
    (self.seed, self.scores) = (seed, scores)
    let kind = scores.scoringProtocol
    let metrics =
      metrics
      ?? Metric.all(
        of: classSet, under: kind, hasInstances: !classSet.withInstances.isEmpty && sums.instances != nil)
    self.metrics = metrics
    let parts = metrics.map { sums.influence(on: $0, of: classSet, under: kind)?.parts }
    worth = zip(metrics, parts).first { $0.0 == .meanIoU }.flatMap { $0.1 }.flatMap(design.worth)
    coefficients = parts.map { $0.map(design.coefficients) ?? [] }
    clusterSums = parts.map { $0.map(design.clusterSums) ?? [] }
  }
}

/// The scores of the trainings that differ in the seed alone.
package struct SeededScores: Equatable, Sendable {
  /// What was trained: seeds of the same model are alike in more than chance.
  package let model: String
  /// Whether another seed changes anything.
  package let hasChance: Bool
  /// The seeds, ascending.
  package let seeds: [Int]
  /// The scores of each seed.
  package let scores: [Scores]
  /// How many independent pictures those of a video are worth, on average; see `TrainingScores.worth`.
  package let worth: Double?
  let design: PictureDesign
  private let metrics: [Metric]
  /// [metric]: means over the seeds.
  private let coefficients, clusterSums: [[Double]]

  /// - Parameters:
  ///   - model: the name of the model.
  ///   - hasChance: whether another seed changes anything.
  ///   - trainings: those of each seed, in any order; at least one.
  ///   - design: how pictures depend on each other.
  package init(model: String, hasChance: Bool, _ trainings: [TrainingScores], design: PictureDesign) {
    precondition(!trainings.isEmpty, "scores of no training")
    let trainings = trainings.sorted { $0.seed < $1.seed }
    (self.model, self.hasChance, self.design) = (model, hasChance, design)
    seeds = trainings.map(\.seed)
    scores = trainings.map(\.scores)
    let worths = trainings.compactMap(\.worth)
    worth = worths.isEmpty ? nil : worths.mean
    // A seed that was run by another version may lack some.
    let metrics = trainings[0].metrics.filter { metric in trainings.allSatisfy { $0.metrics.contains(metric) } }
    self.metrics = metrics
    func means(_ values: KeyPath<TrainingScores, [[Double]]>) -> [[Double]] {
      metrics.map { metric in
        let own = trainings.compactMap { training in
          training.metrics.firstIndex(of: metric).map { training[keyPath: values][$0] }
        }
        guard own.allSatisfy({ $0.count == own[0].count }) else { return [] }
        return own[0].indices.map { place in own.reduce(0) { $0 + $1[place] } / Double(own.count) }
      }
    }
    coefficients = means(\.coefficients)
    clusterSums = means(\.clusterSums)
  }

  /// The scores of each seed; nil where one of them is 0/0.
  package func values(_ metric: Metric) -> [Double]? {
    let values = scores.compactMap(metric.value(in:))
    return values.count == scores.count ? values : nil
  }

  /// The mean over the seeds; nil where the score is 0/0 for one of them.
  package func mean(_ metric: Metric) -> Double? { values(metric)?.mean }

  /// The mean over seeds with its noise.
  package func estimate(_ metric: Metric) -> Estimate? {
    Self.contrast(metric, of: [self], against: [])
  }

  /// How much better this is than `other` on the same pictures.
  package func difference(_ metric: Metric, from other: SeededScores) -> Estimate? {
    Self.contrast(metric, of: [self], against: [other])
  }

  /// The difference on streets never seen; nil where there are fewer than three drives.
  package func differenceElsewhere(_ metric: Metric, from other: SeededScores) -> Estimate? {
    Self.contrast(metric, of: [self], against: [other], elsewhere: true)
  }

  /// The sum of some scores less that of others, all of the same pictures.
  ///
  /// Pictures are always paired. Seeds are where all sides are trainings of one model with the same three or more of them,
  /// which start alike; else each side has its own noise (Welch 1947, doi:10.1093/biomet/34.1-2.28).
  ///
  /// - Parameters:
  ///   - metric: the score.
  ///   - first: what is added.
  ///   - second: what is taken away.
  ///   - elsewhere: whether it is to be said of other streets.
  /// - Returns: nil where a score is 0/0, or nothing can be said of other streets.
  package static func contrast(
    _ metric: Metric, of first: [SeededScores], against second: [SeededScores], elsewhere: Bool = false
  ) -> Estimate? {
    let sides = first.map { ($0, 1.0) } + second.map { ($0, -1.0) }
    guard let leading = sides.first?.0 else { return nil }
    let values = sides.compactMap { side, sign in side.values(metric).map { $0.map { sign * $0 } } }
    guard values.count == sides.count else { return nil }
    func sum(_ key: KeyPath<SeededScores, [[Double]]>) -> [Double]? {
      let parts = sides.compactMap { side, sign -> [Double]? in
        side.metrics.firstIndex(of: metric).map { side[keyPath: key][$0].map { sign * $0 } }
      }
      guard parts.count == sides.count, parts.allSatisfy({ $0.count == parts[0].count }) else { return nil }
      return parts[0].indices.map { place in parts.reduce(0) { $0 + $1[place] } }
    }
    let design = leading.design
    let isClustered = elsewhere || design.isClustered
    let pictures =
      isClustered
      ? sum(\.clusterSums).flatMap { design.variance(ofClusterSums: $0) }
      : sum(\.coefficients).flatMap { design.variance(of: $0, as: sides.count == 1 ? .score : .difference) }
    if elsewhere, pictures == nil { return nil }
    // Folds have trainings of their own, whose noise is in what varies between folds.
    let knows = sides.allSatisfy { $0.0.seeds.count > 1 || !$0.0.hasChance } || (isClustered && design.hasFolds)
    let noise = elsewhere && !knows ? [] : trainingNoise(sides.map(\.0), values)
    return Estimate(
      value: values.reduce(0) { $0 + $1.mean }, deviation: sides.count == 1 ? values[0].deviation : nil,
      trainings: noise, knowsTrainings: knows, pictures: pictures, mostDegrees: mostDegrees(sides.map(\.0), pictures),
      // 0 minus, as -0 would be printed with its sign.
      bounds: (0 - Double(second.count))...Double(first.count),
      streets: isClustered ? .any : .these)
  }

  /// The degrees of freedom that verdicts are made with at most.
  ///
  /// Three seeds may agree by chance, and so may the few cosines of one video: among many comparisons one such would be a
  /// false claim. So they have no more than the trainings have, where their noise may matter, and 3.5 over one video.
  private static func mostDegrees(_ sides: [SeededScores], _ pictures: MeanSquare?) -> Double {
    let trained = sides.filter(\.hasChance)
    let possible = trained.reduce(0) { sum, side in
      let deviation = Power.largestDeviation(of: side.model)
      return sum + deviation * deviation / Double(side.seeds.count)
    }
    let trainings = trained.reduce(0) { $0 + Double($1.seeds.count - 1) }
    let mayMatter = pictures.map { possible > 0.1 * $0.value } ?? false
    let design = sides[0].design
    let isOneVideo = design.order == .video && design.stretches.count == 1 && !design.isClustered
    return min(mayMatter && trainings > 0 ? trainings : .infinity, isOneVideo ? 3.5 : .infinity)
  }

  /// Whether all sides are trainings of one model with the same three seeds or more.
  package static func arePaired(_ sides: [SeededScores]) -> Bool {
    guard sides.count > 1 else { return false }
    return sides.allSatisfy {
      $0.hasChance && $0.seeds.count > 2 && $0.model == sides[0].model && $0.seeds == sides[0].seeds
    }
  }

  /// The noise of training of a sum over sides.
  private static func trainingNoise(_ sides: [SeededScores], _ values: [[Double]]) -> [MeanSquare] {
    if arePaired(sides) {
      let sums = sides[0].seeds.indices.map { seed in values.reduce(0) { $0 + $1[seed] } }
      return [MeanSquare.ofMean(sums)].compactMap { $0 }
    }
    return zip(sides, values).compactMap { $0.hasChance ? .ofMean($1) : nil }
  }

  /// The share of pairs of trainings in which this is ahead of `other`, ties one half; nil of fewer than three seeds.
  package func shareAhead(_ metric: Metric, of other: SeededScores) -> Double? {
    guard seeds.count > 2, other.seeds.count > 2, let own = values(metric), let others = other.values(metric) else {
      return nil
    }
    let ahead = own.reduce(0.0) { sum, value in
      others.reduce(sum) { $0 + (value > $1 ? 1 : value == $1 ? 0.5 : 0) }
    }
    return ahead / Double(own.count * others.count)
  }

  /// Which of `groups` may be the best: those that no other is better than by a one-sided test at 5 % over the number of
  /// others. None is where all are zero, or nothing is known of their noise.
  package static func best(_ groups: [SeededScores], by metric: Metric) -> [Bool] {
    let means = groups.map { $0.mean(metric) }
    guard let highest = means.compactMap({ $0 }).max(), highest > 0 else { return groups.map { _ in false } }
    // The highest first: they are who beats a row, if any does.
    let order = groups.indices.filter { means[$0] != nil }.sorted { (means[$0] ?? 0, $1) > (means[$1] ?? 0, $0) }
    let level = Judgement.level / Double(max(1, groups.count - 1))
    // Pictures are but a part of the noise, and a sum has no more degrees of freedom than its parts together.
    let design = groups[0].design
    let most = design.isClustered ? design.clusters.count - 1 : design.terms.reduce(0, +)
    let seeds = groups.map { $0.hasChance ? $0.seeds.count - 1 : 0 }.max() ?? 0
    let critical = StudentT.quantile(1 - level, degreesOfFreedom: Double(max(1, most + 2 * seeds)))
    let noises = groups.map { $0.pictureNoise(metric) }
    func mayBeat(_ other: Int, _ place: Int, by difference: Double) -> Bool {
      let (own, others) = (noises[place], noises[other])
      guard own.count == others.count else { return true }
      var squares = 0.0
      for index in own.indices { squares += (own[index] - others[index]) * (own[index] - others[index]) }
      return difference * difference >= critical * critical * squares
    }
    return groups.indices.map { place in
      guard let mean = means[place], groups[place].estimate(metric)?.standardError != nil else { return false }
      return !order.prefix { (means[$0] ?? 0) > mean }.contains { other in
        mayBeat(other, place, by: (means[other] ?? 0) - mean)
          && (groups[other].difference(metric, from: groups[place])?.pAbove(0) ?? 1) <= level
      }
    }
  }

  /// Numbers of which the squares, summed over the differences of two sides, are no more than the variance that is from
  /// pictures; empty where the score is 0/0.
  private func pictureNoise(_ metric: Metric) -> [Double] {
    guard let place = metrics.firstIndex(of: metric) else { return [] }
    return design.isClustered ? clusterSums[place] : coefficients[place]
  }
}
