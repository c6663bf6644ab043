/// What a model says of one picture.
package struct Prediction: Equatable, Sendable {
  package let width, height: Int
  /// The likeliest class of every pixel, [height, width], as places in the class set.
  package let classes: [UInt8]
  /// [height, width, classes], each pixel's values sum to 1; nil for a model that has no probabilities, such as a linear
  /// SVC.
  package let probabilities: [Float]?

  /// A prediction of labels alone.
  package init(width: Int, height: Int, classes: [UInt8]) {
    precondition(classes.count == width * height, "\(width)x\(height) pixels, \(classes.count) classes")
    (self.width, self.height, self.classes, self.probabilities) = (width, height, classes, nil)
  }

  /// A prediction of probabilities of `classCount` classes; the class is the first of the largest.
  package init(width: Int, height: Int, classCount: Int, probabilities: [Float]) {
    precondition(
      probabilities.count == width * height * classCount,
      "\(width)x\(height) pixels of \(classCount) classes, \(probabilities.count) probabilities")
    (self.width, self.height, self.probabilities) = (width, height, probabilities)
    classes = likeliest(probabilities, classCount: classCount)
  }

  /// How many classes the probabilities are of; nil without any.
  package var classCount: Int? { probabilities.map { $0.count / (width * height) } }
}

/// The first of the largest of each row's values [rows, classCount].
package func likeliest(_ values: [Float], classCount: Int) -> [UInt8] {
  values.withUnsafeBufferPointer { values in
    (0..<values.count / classCount).map { row in
      let base = row * classCount
      var best = 0
      for index in 1..<classCount where values[base + index] > values[base + best] { best = index }
      return UInt8(best)
    }
  }
}

/// A fitted model of either family: a picture in, one class a pixel out, at the picture's own resolution.
///
/// The harness knows models only by this, so that pixel classifiers and networks are scored alike.
package protocol Segmenter {
  /// Predicts several pictures of one size; the result has their order.
  func predict(_ pictures: [Picture]) throws -> [Prediction]
}
