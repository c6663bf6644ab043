import Scenes

/// The scores of a set of pictures under one protocol, computed from one confusion matrix over all of them.
///
/// A score that is 0/0, such as the IoU of a category that is neither in the truth nor predicted, is nil and left
/// out of means.
public struct Scores: Equatable, Sendable, Codable {
  public let scoringProtocol: ScoringProtocol
  /// How many pictures and pixels were counted.
  public let pictures, pixels: Int
  /// TP / pixels. The hard flat (micro) Dice equals it where no void is predicted.
  public let accuracy: Double?
  /// TP / (TP + FP + FN) of each category of the protocol, in `Category` order.
  public let iou: [Double?]
  /// 2 TP / (2 TP + FP + FN) of each category.
  public let dice: [Double?]
  /// Mean over the categories present in truth or prediction.
  public let meanIoU, meanDice: Double?
  /// How many categories those means are over.
  public let categoriesAveraged: Int
  /// Sum of TP / sum of (TP + FP + FN).
  public let flatIoU: Double?
  /// Sum over categories of IoU weighted by the share of true pixels.
  public let frequencyWeightedIoU: Double?
  /// sum yp / (sum y + sum p - sum yp) over all categories; nil for a model without probabilities.
  public let softFlatIoU: Double?
  /// 2 sum yp / (sum y + sum p) over all categories.
  public let softFlatDice: Double?
  /// Instance-weighted IoU of human and vehicle, and their mean; official protocol with instance ids only.
  public let instanceIoU: [Double?]?
  public let meanInstanceIoU: Double?

  /// The scores of `tally`, or nil where it has no sums for the protocol.
  public init?(_ tally: Tally, under scoringProtocol: ScoringProtocol) {
    guard let sums = tally.sums[scoringProtocol] else { return nil }
    self.init(
      confusion: sums.confusion, soft: sums.soft,
      instances: scoringProtocol == .official ? tally.instances : nil, pictures: tally.pictures, under: scoringProtocol)
  }

  /// The scores that follow from the sums of a protocol's counted pixels.
  public init(
    confusion matrix: ConfusionMatrix, soft: SoftSums? = nil, instances: InstanceSums? = nil, pictures: Int = 1,
    under scoringProtocol: ScoringProtocol
  ) {
    (self.scoringProtocol, self.pictures) = (scoringProtocol, pictures)
    let categories = scoringProtocol.categories
    let hits = categories.map { Double(matrix[$0, $0]) }
    let truths = categories.map { Double(matrix.truth($0)) }
    // Rows of pixels that don't count are empty, so a column sum holds counted false positives only.
    let unions = categories.indices.map { truths[$0] + Double(matrix.predicted(categories[$0])) - hits[$0] }
    let iou = categories.indices.map { ratio(hits[$0], unions[$0]) }
    let dice = categories.indices.map { ratio(2 * hits[$0], unions[$0] + hits[$0]) }
    let pixels = matrix.total
    (self.iou, self.dice, self.pixels) = (iou, dice, pixels)
    meanIoU = mean(iou)
    meanDice = mean(dice)
    categoriesAveraged = iou.count { $0 != nil }
    accuracy = ratio(hits.reduce(0, +), Double(pixels))
    flatIoU = ratio(hits.reduce(0, +), unions.reduce(0, +))
    frequencyWeightedIoU = ratio(zip(iou, truths).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }, Double(pixels))

    let truth = truths.reduce(0, +)
    let overlap = soft.map { sums in categories.reduce(0) { $0 + sums.overlap[Int($1.rawValue)] } }
    let probability = soft.map { sums in categories.reduce(0) { $0 + sums.probability[Int($1.rawValue)] } }
    if let overlap, let probability {
      softFlatIoU = ratio(overlap, truth + probability - overlap)
      softFlatDice = ratio(2 * overlap, truth + probability)
    } else {
      (softFlatIoU, softFlatDice) = (nil, nil)
    }
    instanceIoU = instances.map { sums in
      [Category.human, .vehicle].map { category in
        let index = Int(category.rawValue)
        return ratio(
          sums.hits[index], sums.hits[index] + sums.misses[index] + Double(sums.falsePositives[index]))
      }
    }
    meanInstanceIoU = instanceIoU.flatMap(mean)
  }
}

private func ratio(_ numerator: Double, _ denominator: Double) -> Double? {
  denominator > 0 ? numerator / denominator : nil
}

private func mean(_ values: [Double?]) -> Double? {
  let present = values.compactMap { $0 }
  return ratio(present.reduce(0, +), Double(present.count))
}
