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

  /// The sums of these pictures, in this order.
  package func pictures(_ places: [Int]) -> PictureSums {
    var sums = PictureSums(classCount: classCount)
    sums.values = places.flatMap { values[$0 * width..<($0 + 1) * width] }
    if let instances {
      let width = instances.count / max(1, pictureCount)
      sums.instances = places.flatMap { instances[$0 * width..<($0 + 1) * width] }
    }
    return sums
  }

  /// A matrix of all pictures with these sums, in which whatever isn't a hit lies between its class and void: for scores
  /// of classes, which ask for no more.
  package func total(void: UInt8) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: classCount)
    for place in 0..<classCount where place != Int(void) {
      func sum(_ kind: Int) -> Int {
        (0..<pictureCount).reduce(0) { $0 + Int(values[$1 * width + kind * classCount + place]) }
      }
      let hits = sum(0)
      matrix[place, place] = hits
      matrix[place, Int(void)] = sum(1) - hits
      matrix[Int(void), place] = sum(2) - hits
    }
    return matrix
  }

  /// Adds the pictures of another set.
  package static func += (a: inout PictureSums, b: PictureSums) {
    precondition(a.classCount == b.classCount, "sums of \(a.classCount) and of \(b.classCount) classes")
    if a.values.isEmpty {
      a = b
      return
    }
    a.values += b.values
    if let own = a.instances, let other = b.instances { a.instances = own + other } else { a.instances = nil }
  }
}
