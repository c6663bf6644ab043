import Scenes

/// What share of a class's pixels is taken for some others.
package struct Confusion: Hashable, Sendable {
  /// The place of the class, and of those that it is taken for.
  package let truth: Int
  package let predictions: Set<Int>

  package init(of truth: Int, with predictions: Set<Int>) {
    (self.truth, self.predictions) = (truth, predictions)
  }

  /// The sums of a picture [(hits, truths, predictions) by class] in which the class alone is true, and a hit wherever it is
  /// taken for one of the others: their accuracy is the share.
  func sums(_ counts: [Int], classCount: Int) -> [Double] {
    var values = [Double](repeating: 0, count: 3 * classCount)
    let row = counts[truth * classCount..<(truth + 1) * classCount]
    let hits = Double(predictions.reduce(0) { $0 + row[row.startIndex + $1] })
    values[truth] = hits
    values[classCount + truth] = Double(row.reduce(0, +))
    values[2 * classCount + truth] = hits
    return values
  }
}
