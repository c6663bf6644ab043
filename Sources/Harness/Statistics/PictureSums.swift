import Scenes

/// What the hard scores of any set of pictures follow from: of each picture, the true positives, the true pixels and
/// the predicted pixels of every category. Sums over pictures are exact below 2^53.
package struct PictureSums: Equatable, Sendable {
  /// Values a picture.
  package static let width = 3 * Category.count

  /// [picture, (hits, truths, predictions) by category].
  package private(set) var values: [Double] = []

  package init() {}

  /// The sums of pictures with these matrices.
  package init(_ matrices: [ConfusionMatrix]) {
    for matrix in matrices { matrix.counts.withUnsafeBufferPointer { append($0) } }
  }

  package var pictureCount: Int { values.count / Self.width }

  /// Adds a picture with the counts [truth, prediction].
  mutating func append(_ counts: UnsafeBufferPointer<Int>) {
    let base = values.count
    values.append(contentsOf: repeatElement(0, count: Self.width))
    for truth in 0..<Category.count {
      for prediction in 0..<Category.count {
        let count = Double(counts[truth * Category.count + prediction])
        if truth == prediction { values[base + truth] = count }
        values[base + Category.count + truth] += count
        values[base + 2 * Category.count + prediction] += count
      }
    }
  }

  /// The scores of summed pictures, in the order of `Metric.all`; NaN where a score is 0/0. Agrees with `Scores`.
  static func scores(
    _ sums: UnsafePointer<Double>, _ categories: [Category], into target: UnsafeMutablePointer<Double>
  ) {
    var (hits, unions, pixels, iou, dice, present) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for index in 0..<Category.count { pixels += sums[Category.count + index] }
    for (place, category) in categories.enumerated() {
      let index = Int(category.rawValue)
      let hit = sums[index]
      let union = sums[Category.count + index] + sums[2 * Category.count + index] - hit
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
}
