import Scenes

/// What the hard scores of any set of pictures follow from: of each picture, the true positives, the true pixels and
/// the predicted pixels of every class. Sums over pictures are exact below 2^53.
package struct PictureSums: Equatable, Sendable {
  package let classCount: Int
  /// [picture, (hits, truths, predictions) by class].
  package private(set) var values: [Double] = []
  /// [picture, (hits, misses, false positives) of each class that has instances]; nil where they aren't known.
  package var instances: [Double]?

  package init(classCount: Int) {
    self.classCount = classCount
  }

  /// The sums of pictures with these matrices.
  package init(classCount: Int, _ matrices: [ConfusionMatrix]) {
    self.init(classCount: classCount)
    for matrix in matrices { matrix.counts.withUnsafeBufferPointer { append($0) } }
  }

  /// The sums `values` [picture, (hits, truths, predictions) by class].
  package init(classCount: Int, values: [Double]) {
    precondition(values.count % (3 * classCount) == 0, "\(values.count) values of \(classCount) classes")
    (self.classCount, self.values) = (classCount, values)
  }

  /// Values a picture, beside instances.
  package var width: Int { 3 * classCount }
  package var pictureCount: Int { values.count / width }

  /// Adds a picture with the counts [truth, prediction].
  mutating func append(_ counts: UnsafeBufferPointer<Int>) {
    let base = values.count
    values.append(contentsOf: repeatElement(0, count: width))
    for truth in 0..<classCount {
      for prediction in 0..<classCount {
        let count = Double(counts[truth * classCount + prediction])
        if truth == prediction { values[base + truth] = count }
        values[base + classCount + truth] += count
        values[base + 2 * classCount + prediction] += count
      }
    }
  }

  /// The scores of summed pictures, in the order of `Metric.all`, those of instances left out; NaN where a score is 0/0.
  /// Agrees with `Scores`.
  ///
  /// - Parameter places: the classes that are scored.
  static func scores(
    _ sums: UnsafePointer<Double>, classCount: Int, _ places: [Int], into target: UnsafeMutablePointer<Double>
  ) {
    var (whole, pixels, iou, dice, present) = (Overlap(hits: 0, union: 0), 0.0, 0.0, 0.0, 0.0)
    for index in 0..<classCount { pixels += sums[classCount + index] }
    for (place, index) in places.enumerated() {
      let overlap = Overlap(
        hits: sums[index], truth: sums[classCount + index], predicted: sums[2 * classCount + index])
      target[4 + place] = overlap.iou ?? .nan
      guard let own = overlap.iou, let ownDice = overlap.dice else { continue }
      whole = whole + overlap
      iou += own
      dice += ownDice
      present += 1
    }
    target[0] = iou / present
    target[1] = whole.hits / whole.union
    target[2] = dice / present
    target[3] = whole.hits / pixels
  }

  /// The instance-weighted scores of summed pictures: their mean, then one a class; NaN where a score is 0/0.
  static func instanceScores(
    _ sums: UnsafePointer<Double>, count: Int, into target: UnsafeMutablePointer<Double>
  ) {
    var (sum, present) = (0.0, 0.0)
    for place in 0..<count {
      let hits = sums[3 * place]
      let iou = Overlap(hits: hits, union: hits + sums[3 * place + 1] + sums[3 * place + 2]).iou
      target[1 + place] = iou ?? .nan
      guard let iou else { continue }
      sum += iou
      present += 1
    }
    target[0] = sum / present
  }
}
