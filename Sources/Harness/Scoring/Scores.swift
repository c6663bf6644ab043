import Scenes

/// The scores of a set of pictures under one protocol, computed from one confusion matrix over all of them.
///
/// A score that is 0/0, such as the IoU of a class that is neither in the truth nor predicted, is nil and left out of
/// means.
package struct Scores: Equatable, Sendable {
  package let scoringProtocol: ScoringProtocol
  /// The name of the class set.
  package let classSet: String
  /// The names of the classes that the protocol scores, in the order of the class set.
  package let classes: [String]
  /// How many pictures and pixels were counted.
  package let pictures, pixels: Int
  /// TP / pixels. The hard flat (micro) Dice equals it where no void is predicted.
  package let accuracy: Double?
  /// TP / (TP + FP + FN) of each of `classes`.
  package let iou: [Double?]
  /// 2 TP / (2 TP + FP + FN) of each of `classes`.
  package let dice: [Double?]
  /// Mean over the classes present in truth or prediction.
  package let meanIoU, meanDice: Double?
  /// How many classes those means are over.
  package let classesAveraged: Int
  /// Sum of TP / sum of (TP + FP + FN).
  package let flatIoU: Double?
  /// Sum over classes of IoU weighted by the share of true pixels.
  package let frequencyWeightedIoU: Double?
  /// sum yp / (sum y + sum p - sum yp) over all classes; nil for a model without probabilities.
  package let softFlatIoU: Double?
  /// 2 sum yp / (sum y + sum p) over all classes.
  package let softFlatDice: Double?
  /// The names of the classes that have instances; empty without instance ids.
  package let instanceClasses: [String]
  /// Instance-weighted IoU of each of them, and their mean; official protocol with instance ids only.
  package let instanceIoU: [Double?]
  package let meanInstanceIoU: Double?

  /// The scores of `tally`, or nil where it has no sums for the protocol.
  package init?(_ tally: Tally, of classSet: ClassSet, under scoringProtocol: ScoringProtocol) {
    guard let sums = tally.sums[scoringProtocol] else { return nil }
    self.init(
      confusion: sums.confusion, soft: sums.soft,
      instances: scoringProtocol == .official ? tally.instances : nil, pictures: tally.pictures, of: classSet,
      under: scoringProtocol)
  }

  /// The scores that follow from the sums of a protocol's counted pixels.
  package init(
    confusion matrix: ConfusionMatrix, soft: SoftSums? = nil, instances: InstanceSums? = nil, pictures: Int = 1,
    of classSet: ClassSet, under scoringProtocol: ScoringProtocol
  ) {
    precondition(
      matrix.classCount == classSet.count,
      "a matrix of \(matrix.classCount) classes, \(classSet.name) has \(classSet.count)")
    (self.scoringProtocol, self.classSet, self.pictures) = (scoringProtocol, classSet.name, pictures)
    let places = scoringProtocol.classes(of: classSet)
    classes = places.map { classSet.names[$0] }
    let truths = places.map { Double(matrix.truth($0)) }
    // Rows of pixels that don't count are empty, so a column sum holds counted false positives only.
    let overlaps = zip(places, truths).map {
      Overlap(hits: Double(matrix[$0, $0]), truth: $1, predicted: Double(matrix.predicted($0)))
    }
    let whole = overlaps.reduce(Overlap(hits: 0, union: 0), +)
    let iou = overlaps.map(\.iou)
    let dice = overlaps.map(\.dice)
    let pixels = matrix.total
    (self.iou, self.dice, self.pixels) = (iou, dice, pixels)
    meanIoU = mean(iou)
    meanDice = mean(dice)
    classesAveraged = iou.count { $0 != nil }
    accuracy = ratio(whole.hits, Double(pixels))
    flatIoU = whole.iou
    frequencyWeightedIoU = ratio(zip(iou, truths).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }, Double(pixels))

    let softOverlap = soft.map { sums in
      Overlap(
        hits: places.reduce(0) { $0 + sums.overlap[$1] }, truth: truths.reduce(0, +),
        predicted: places.reduce(0) { $0 + sums.probability[$1] })
    }
    (softFlatIoU, softFlatDice) = (softOverlap?.iou, softOverlap?.dice)
    let counted = instances == nil ? [] : classSet.withInstances
    instanceClasses = counted.map { classSet.names[$0] }
    instanceIoU = counted.map { place in
      instances.flatMap { sums in
        let hits = sums.hits[place]
        return Overlap(hits: hits, union: hits + sums.misses[place] + Double(sums.falsePositives[place])).iou
      }
    }
    meanInstanceIoU = mean(instanceIoU)
  }
}

// MARK: Stored

extension Scores: Codable {
  private enum CodingKeys: String, CodingKey {
    case scoringProtocol, classSet, classes, pictures, pixels, accuracy, iou, dice, meanIoU, meanDice, classesAveraged,
      flatIoU
    case frequencyWeightedIoU, softFlatIoU, softFlatDice, instanceClasses, instanceIoU, meanInstanceIoU
    /// What 0.1.0 called `classesAveraged`.
    case categoriesAveraged
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scoringProtocol = try container.decode(ScoringProtocol.self, forKey: .scoringProtocol)
    // 0.1.0 knew eight classes only, and stored scores of classes as bare lists.
    let known = ClassSet.cityscapes8
    classSet = try container.decodeIfPresent(String.self, forKey: .classSet) ?? known.name
    classes =
      try container.decodeIfPresent([String].self, forKey: .classes)
      ?? scoringProtocol.classes(of: known).map { known.names[$0] }
    func byClass(_ key: CodingKeys, _ names: [String]) throws -> [Double?] {
      if let list = try? container.decode([Double?].self, forKey: key) {
        guard list.count == names.count else {
          throw DecodingError.dataCorruptedError(
            forKey: key, in: container, debugDescription: "\(list.count) values, not \(names.count)")
        }
        return list
      }
      let values = try container.decode([String: Double?].self, forKey: key)
      return names.map { values[$0] ?? nil }
    }
    iou = try byClass(.iou, classes)
    dice = try byClass(.dice, classes)
    let hasInstances = container.contains(.instanceIoU)
    instanceClasses =
      try container.decodeIfPresent([String].self, forKey: .instanceClasses)
      ?? (hasInstances ? known.withInstances.map { known.names[$0] } : [])
    instanceIoU = hasInstances ? try byClass(.instanceIoU, instanceClasses) : []
    pictures = try container.decode(Int.self, forKey: .pictures)
    pixels = try container.decode(Int.self, forKey: .pixels)
    classesAveraged =
      try container.decodeIfPresent(Int.self, forKey: .classesAveraged)
      ?? container.decode(Int.self, forKey: .categoriesAveraged)
    func score(_ key: CodingKeys) throws -> Double? { try container.decodeIfPresent(Double.self, forKey: key) }
    (accuracy, meanIoU, meanDice) = (try score(.accuracy), try score(.meanIoU), try score(.meanDice))
    (flatIoU, frequencyWeightedIoU) = (try score(.flatIoU), try score(.frequencyWeightedIoU))
    (softFlatIoU, softFlatDice) = (try score(.softFlatIoU), try score(.softFlatDice))
    meanInstanceIoU = try score(.meanInstanceIoU)
  }

  /// Scores of classes by their names.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func byClass(_ names: [String], _ values: [Double?]) -> [String: Double?] {
      Dictionary(uniqueKeysWithValues: zip(names, values))
    }
    try container.encode(scoringProtocol, forKey: .scoringProtocol)
    try container.encode(classSet, forKey: .classSet)
    try container.encode(classes, forKey: .classes)
    try container.encode(pictures, forKey: .pictures)
    try container.encode(pixels, forKey: .pixels)
    try container.encode(byClass(classes, iou), forKey: .iou)
    try container.encode(byClass(classes, dice), forKey: .dice)
    try container.encode(classesAveraged, forKey: .classesAveraged)
    if !instanceClasses.isEmpty {
      try container.encode(instanceClasses, forKey: .instanceClasses)
      try container.encode(byClass(instanceClasses, instanceIoU), forKey: .instanceIoU)
    }
    let scores: [(CodingKeys, Double?)] = [
      (.accuracy, accuracy), (.meanIoU, meanIoU), (.meanDice, meanDice), (.flatIoU, flatIoU),
      (.frequencyWeightedIoU, frequencyWeightedIoU), (.softFlatIoU, softFlatIoU), (.softFlatDice, softFlatDice),
      (.meanInstanceIoU, meanInstanceIoU),
    ]
    for (key, value) in scores { try container.encodeIfPresent(value, forKey: key) }
  }
}
