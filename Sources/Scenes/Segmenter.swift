/// What a model says of one picture.
public struct Prediction: Equatable, Sendable {
  public let width, height: Int
  /// The likeliest category of every pixel, [height, width], as `Category` raw values.
  public let categories: [UInt8]
  /// [height, width, `Category.count`], each pixel's eight values sum to 1; nil for a model that has no probabilities,
  /// such as a linear SVC.
  public let probabilities: [Float]?

  /// A prediction of labels alone.
  public init(width: Int, height: Int, categories: [UInt8]) {
    precondition(categories.count == width * height, "\(width)x\(height) pixels, \(categories.count) categories")
    (self.width, self.height, self.categories, self.probabilities) = (width, height, categories, nil)
  }

  /// A prediction of probabilities; the category is the first of the largest.
  public init(width: Int, height: Int, probabilities: [Float]) {
    precondition(
      probabilities.count == width * height * Category.count,
      "\(width)x\(height) pixels, \(probabilities.count) probabilities")
    (self.width, self.height, self.probabilities) = (width, height, probabilities)
    categories = probabilities.withUnsafeBufferPointer { values in
      (0..<width * height).map { pixel in
        let base = pixel * Category.count
        var best = 0
        for category in 1..<Category.count where values[base + category] > values[base + best] { best = category }
        return UInt8(best)
      }
    }
  }
}

/// A fitted model of either family: a picture in, one category a pixel out, at the picture's own resolution.
///
/// The harness knows models only by this, so that pixel classifiers and networks are scored alike.
public protocol Segmenter {
  /// Predicts several pictures of one size; the result has their order.
  func predict(_ pictures: [Picture]) throws -> [Prediction]
}
