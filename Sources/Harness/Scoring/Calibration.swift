import Scenes

/// How far a model's probabilities are frequencies: counts by confidence, from which the expected calibration error
/// (Naeini et al. 2015; Guo et al. 2017, arXiv:1706.04599) follows, and the Brier score (Brier 1950).
///
/// Counted are the pixels of the protocol `without-void`: all but void truth. The confidence of a pixel is the
/// probability of its predicted class, the largest. Calibrations of pictures are added, never their errors: a mean over
/// pictures of the error is another quantity. The error depends on the bins, and sees the predicted class alone
/// (Nixon et al. 2019, arXiv:1904.01685).
package struct Calibration: Equatable, Sendable {
  /// What is known of the pixels whose confidence lies in one bin.
  package struct Bin: Equatable, Sendable, Codable {
    /// How many pixels, and of how many the predicted class is the true one.
    package fileprivate(set) var pixels = 0, hits = 0
    /// The sum of their confidences.
    package fileprivate(set) var confidence = 0.0

    package init() {}

    /// hits / pixels; nil without a pixel.
    package var accuracy: Double? { ratio(Double(hits), Double(pixels)) }
    /// The mean confidence; nil without a pixel.
    package var meanConfidence: Double? { ratio(confidence, Double(pixels)) }
  }

  /// How many bins of equal width there are: bin b holds confidences above b/15, up to (b + 1)/15.
  package static let binCount = 15

  /// The bins, by confidence.
  package private(set) var bins: [Bin]
  /// Sum over pixels and classes of (p - y)^2, y being 1 for the true class and else 0.
  package private(set) var squaredError: Double

  /// The calibration of one picture.
  ///
  /// - Parameters:
  ///   - truth: the true class of every pixel.
  ///   - prediction: the predicted class of every pixel.
  ///   - probabilities: [pixel, class].
  ///   - void: the class of pixels that don't count.
  package init(truth: [UInt8], prediction: [UInt8], probabilities: [Float], void: UInt8) {
    let count = truth.isEmpty ? 0 : probabilities.count / truth.count
    precondition(
      truth.count == prediction.count && probabilities.count == truth.count * count,
      "\(truth.count) true pixels, \(prediction.count) predicted, \(probabilities.count) probabilities")
    var bins = [Bin](repeating: Bin(), count: Self.binCount)
    var squaredError = 0.0
    probabilities.withUnsafeBufferPointer { values in
      bins.withUnsafeMutableBufferPointer { bins in
        for pixel in truth.indices where truth[pixel] != void {
          let base = pixel * count
          var squares: Float = 0
          for place in base..<base + count { squares += values[place] * values[place] }
          squaredError += Double(squares) - 2 * Double(values[base + Int(truth[pixel])]) + 1
          let confidence = values[base + Int(prediction[pixel])]
          let bin = Self.bin(of: confidence)
          bins[bin].pixels += 1
          bins[bin].confidence += Double(confidence)
          if truth[pixel] == prediction[pixel] { bins[bin].hits += 1 }
        }
      }
    }
    (self.bins, self.squaredError) = (bins, squaredError)
  }

  /// The bin of a confidence; what isn't a number from 0 to 1 belongs to the nearest.
  static func bin(of confidence: Float) -> Int {
    let above = (confidence * Float(binCount)).rounded(.up)
    return above > 1 ? Int(min(above, Float(binCount))) - 1 : 0
  }

  /// The calibration of the pictures of both.
  package static func += (a: inout Calibration, b: Calibration) {
    for (index, bin) in b.bins.enumerated() {
      a.bins[index].pixels += bin.pixels
      a.bins[index].hits += bin.hits
      a.bins[index].confidence += bin.confidence
    }
    a.squaredError += b.squaredError
  }

  /// All pixels counted.
  package var pixels: Int { bins.reduce(0) { $0 + $1.pixels } }

  /// Sum over bins of their share of the pixels times |accuracy - mean confidence|: 0 where probabilities are
  /// frequencies, 1 at worst; nil without a pixel.
  package var expectedError: Double? {
    ratio(bins.reduce(0) { $0 + abs(Double($1.hits) - $1.confidence) }, Double(pixels))
  }

  /// Mean confidence less accuracy, of all pixels: above 0 the model believes itself right more often than it is.
  package var overconfidence: Double? {
    ratio(bins.reduce(0) { $0 + $1.confidence - Double($1.hits) }, Double(pixels))
  }

  /// Mean over pixels of the sum over classes of (p - y)^2, in the form of Brier 1950: 0 at best, 2 at worst.
  package var brierScore: Double? { ratio(squaredError, Double(pixels)) }
}

// MARK: Stored

extension Calibration: Codable {
  private enum CodingKeys: String, CodingKey { case bins, squaredError }

  /// Reads stored sums.
  ///
  /// - Throws: `DecodingError.dataCorrupted` where they can't be those of counted pixels.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    bins = try container.decode([Bin].self, forKey: .bins)
    squaredError = try container.decode(Double.self, forKey: .squaredError)
    let areCounts = bins.allSatisfy { bin in
      (0...1 << 52).contains(bin.pixels) && (0...bin.pixels).contains(bin.hits) && bin.confidence >= 0
        && bin.confidence <= 1.001 * Double(bin.pixels)
    }
    guard bins.count == Self.binCount, areCounts, squaredError.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .bins, in: container, debugDescription: "expected \(Self.binCount) bins of counted pixels")
    }
  }
}
