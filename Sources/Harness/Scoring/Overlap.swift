/// What truth and prediction share of one class, or of several together: the only place where IoU and Dice are computed.
package struct Overlap: Equatable, Sendable {
  /// True positives: what both have.
  package var hits: Double
  /// True positives, false positives and false negatives: what either has.
  package var union: Double

  package init(hits: Double, union: Double) {
    (self.hits, self.union) = (hits, union)
  }

  /// - Parameters:
  ///   - hits: the sum of what truth and prediction share.
  ///   - truth: the sum of what is truly of the class.
  ///   - predicted: the sum of what is predicted.
  package init(hits: Double, truth: Double, predicted: Double) {
    self.init(hits: hits, union: truth + predicted - hits)
  }

  /// hits / union; nil where neither has any.
  package var iou: Double? { ratio(hits, union) }

  /// 2 hits / (truth + predicted); nil where neither has any.
  package var dice: Double? { ratio(2 * hits, union + hits) }

  static func + (a: Overlap, b: Overlap) -> Overlap {
    Overlap(hits: a.hits + b.hits, union: a.union + b.union)
  }
}

/// nil for 0/0.
func ratio(_ numerator: Double, _ denominator: Double) -> Double? {
  denominator > 0 ? numerator / denominator : nil
}

/// The mean of those that aren't nil; nil where all are.
func mean(_ values: [Double?]) -> Double? {
  let present = values.compactMap { $0 }
  return ratio(present.reduce(0, +), Double(present.count))
}
