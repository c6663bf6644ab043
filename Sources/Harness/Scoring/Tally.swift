import Scenes

/// The sums from which all scores of a set of pictures follow. Tallies of pictures are added, never their scores:
/// a mean of per-picture or per-batch IoU is another quantity.
package struct Tally: Equatable, Sendable, Codable {
  /// The sums under one protocol.
  package struct Sums: Equatable, Sendable, Codable {
    package var confusion: ConfusionMatrix
    /// Soft sums, nil where a prediction had no probabilities.
    package var soft: SoftSums?

    package static func += (a: inout Sums, b: Sums) {
      a.confusion += b.confusion
      if let other = b.soft { a.soft?.add(other) } else { a.soft = nil }
    }
  }

  package var pictures = 0
  /// The sums by protocol; `official` only where it is defined for all pictures.
  package private(set) var sums: [ScoringProtocol: Sums] = [:]
  /// Instance-weighted sums, nil where a picture has no instance ids.
  package private(set) var instances: InstanceSums?
  /// How far probabilities are frequencies; nil where a prediction had none, and in runs of 0.1.0.
  package private(set) var calibration: Calibration?
  /// What Boundary IoU follows from; nil in runs of 0.1.0.
  package private(set) var boundaries: BoundarySums?

  package init() {}

  /// The tally of one picture: `prediction` against the truth of `scene`, of the same size and classes.
  ///
  /// `labels` are the predicted raw labels, where the prediction came as such: a label that the official evaluation
  /// ignores then counts as a miss there.
  package init(scene: Scene, prediction: Prediction, labels: LabelMap? = nil) {
    precondition(
      prediction.width == scene.picture.width && prediction.height == scene.picture.height,
      "prediction of \(prediction.width)x\(prediction.height), scene of \(scene.picture.width)x\(scene.picture.height)")
    pictures = 1
    let (truth, void, count) = (scene.classes, scene.void, scene.classCount)
    func gather(_ predicted: [UInt8], _ isCounted: (Int) -> Bool) -> Sums {
      let counted = truth.indices.map(isCounted)
      var confusion = ConfusionMatrix(classCount: count)
      confusion.add(truth: truth, prediction: predicted, counted: counted)
      let soft = prediction.probabilities.map {
        SoftSums(truth: truth, probabilities: $0, counted: counted, classCount: count)
      }
      return Sums(confusion: confusion, soft: soft)
    }
    sums[.withVoid] = gather(prediction.classes) { _ in true }
    sums[.withoutVoid] = gather(prediction.classes) { truth[$0] != void }
    let band = BorderBand.pixels(truth, void: void, width: scene.picture.width)
    sums[.borders] = gather(prediction.classes) { truth[$0] != void && band[$0] }
    calibration = prediction.probabilities.map {
      Calibration(truth: truth, prediction: prediction.classes, probabilities: $0, void: void)
    }
    boundaries = BoundarySums(
      truth: truth, prediction: prediction.classes, void: void, width: scene.picture.width, classCount: count)
    guard let ignored = scene.labelTable.ignored else { return }
    var predicted = prediction.classes
    if let labels {
      for (pixel, label) in labels.labels.enumerated() where ignored[Int(label)] { predicted[pixel] = void }
    }
    func isCounted(_ pixel: Int) -> Bool { !ignored[Int(scene.labels.labels[pixel])] }
    sums[.official] = gather(predicted, isCounted)
    instances = scene.instances.map { instances in
      var sums = InstanceSums(instances, prediction: prediction.classes, table: scene.labelTable)
      sums.addFalsePositives(truth: truth, prediction: prediction.classes, where: isCounted)
      return sums
    }
  }

  package static func += (a: inout Tally, b: Tally) {
    if a.pictures == 0 {
      a = b
      return
    }
    a.pictures += b.pictures
    for (key, sums) in a.sums {
      var sums = sums
      if let other = b.sums[key] { sums += other }
      a.sums[key] = b.sums[key] == nil ? nil : sums
    }
    if let other = b.instances { a.instances?.add(other) } else { a.instances = nil }
    if let other = b.calibration { a.calibration? += other } else { a.calibration = nil }
    if let other = b.boundaries { a.boundaries? += other } else { a.boundaries = nil }
  }
}

/// Sums of probabilities by class: what soft scores need beside the confusion matrix.
package struct SoftSums: Equatable, Sendable, Codable {
  /// Sum over pixels of y p, by class.
  package private(set) var overlap: [Double]
  /// Sum over pixels of p, by class.
  package private(set) var probability: [Double]

  /// The sums over the pixels that are `counted`; `probabilities` [pixel, class].
  package init(truth: [UInt8], probabilities: [Float], counted: [Bool], classCount: Int) {
    precondition(
      probabilities.count == truth.count * classCount, "\(truth.count) pixels, \(probabilities.count) probabilities")
    var overlap = [Double](repeating: 0, count: classCount)
    var probability = overlap
    probabilities.withUnsafeBufferPointer { values in
      probability.withUnsafeMutableBufferPointer { sums in
        for pixel in truth.indices where counted[pixel] {
          let base = pixel * classCount
          for place in 0..<classCount { sums[place] += Double(values[base + place]) }
          overlap[Int(truth[pixel])] += Double(values[base + Int(truth[pixel])])
        }
      }
    }
    (self.overlap, self.probability) = (overlap, probability)
  }

  mutating func add(_ other: SoftSums) {
    for place in overlap.indices {
      overlap[place] += other.overlap[place]
      probability[place] += other.probability[place]
    }
  }
}
