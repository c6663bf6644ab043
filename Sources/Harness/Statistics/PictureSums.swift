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
    var (hits, unions, pixels, iou, dice, present) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for index in 0..<classCount { pixels += sums[classCount + index] }
    for (place, index) in places.enumerated() {
      let hit = sums[index]
      let union = sums[classCount + index] + sums[2 * classCount + index] - hit
      target[4 + place] = union > 0 ? hit / union : .nan
      guard union > 0 else { continue }
      hits += hit
      unions += union
      iou += hit / union
      dice += 2 * hit / (union + hit)
      present += 1
    }
    target[0] = iou / present
    target[1] = hits / unions
    target[2] = dice / present
    target[3] = hits / pixels
  }

  /// The instance-weighted scores of summed pictures: their mean, then one a class; NaN where a score is 0/0.
  static func instanceScores(
    _ sums: UnsafePointer<Double>, count: Int, into target: UnsafeMutablePointer<Double>
  ) {
    var (sum, present) = (0.0, 0.0)
    for place in 0..<count {
      let union = sums[3 * place] + sums[3 * place + 1] + sums[3 * place + 2]
      target[1 + place] = union > 0 ? sums[3 * place] / union : .nan
      guard union > 0 else { continue }
      sum += sums[3 * place] / union
      present += 1
    }
    target[0] = sum / present
  }
}
