import Scenes

/// What Boundary IoU follows from (Cheng et al. 2021, arXiv:2103.16562), by class.
///
/// The boundary of a class in a label map is what of its mask lies within a distance of the mask's contour: the mask less
/// its erosion by a 3x3 square, as often as the distance says. The picture's edge is contour, as in the authors' own
/// program, and so is the border to void. Pixels of void truth are left out of both boundaries: nobody knows what is
/// there. Boundary IoU of a class = pixels in both its boundaries / pixels in either.
package struct BoundarySums: Equatable, Sendable {
  /// The distance as a share of the picture's diagonal.
  package static let share = 0.02

  /// Pixels that lie in the true and in the predicted boundary of the class, in the true one, and in the predicted one.
  package private(set) var hits, truths, predictions: [Int]

  /// The sums of pictures' boundaries, one value a class.
  package init(hits: [Int], truths: [Int], predictions: [Int]) {
    precondition(
      hits.count == truths.count && hits.count == predictions.count,
      "\(hits.count), \(truths.count) and \(predictions.count) classes")
    (self.hits, self.truths, self.predictions) = (hits, truths, predictions)
  }

  /// The sums of one picture: label maps [row, column] of `width` columns.
  ///
  /// - Parameters:
  ///   - truth: the true class of every pixel.
  ///   - prediction: the predicted class of every pixel.
  ///   - void: the class of pixels that don't count.
  ///   - width: how many columns the picture has.
  ///   - classCount: how many classes there are, void among them.
  package init(truth: [UInt8], prediction: [UInt8], void: UInt8, width: Int, classCount: Int) {
    let zeros = [Int](repeating: 0, count: classCount)
    self.init(hits: zeros, truths: zeros, predictions: zeros)
    guard width > 0, !truth.isEmpty else { return }
    let distance = Self.distance(in: PixelSize(width: width, height: truth.count / width))
    let within = Self.interior(truth, width: width, distance: distance)
    let withinPredicted = Self.interior(prediction, width: width, distance: distance)
    for pixel in truth.indices where truth[pixel] != void {
      let (own, other) = (Int(truth[pixel]), Int(prediction[pixel]))
      if !within[pixel] { truths[own] += 1 }
      guard !withinPredicted[pixel] else { continue }
      predictions[other] += 1
      if own == other, !within[pixel] { hits[own] += 1 }
    }
  }

  /// Pixels from the contour within which a boundary lies: `share` of the diagonal, at least 1.
  package static func distance(in size: PixelSize) -> Int {
    let diagonal = Double(size.width * size.width + size.height * size.height).squareRoot()
    return max(1, Int((share * diagonal).rounded(.toNearestOrEven)))
  }

  /// Whether the whole square of 2 `distance` + 1 pixels a side around each pixel has its class and lies in the picture:
  /// what erosion by a 3x3 square leaves of the mask of its class, for all classes in one pass along rows and one down
  /// columns.
  package static func interior(_ classes: [UInt8], width: Int, distance: Int) -> [Bool] {
    let (rows, reach) = (classes.count / width, 2 * distance + 1)
    // There are 255 classes at most, so this stands for none.
    let none = UInt8.max
    var alongRows = [UInt8](repeating: none, count: classes.count)
    var interior = [Bool](repeating: false, count: classes.count)
    for row in 0..<rows {
      var (run, last) = (0, none)
      for pixel in row * width..<(row + 1) * width {
        let own = classes[pixel]
        run = own == last ? run + 1 : 1
        last = own
        if run >= reach { alongRows[pixel - distance] = own }
      }
    }
    var runs = [Int](repeating: 0, count: width)
    var lasts = [UInt8](repeating: none, count: width)
    for row in 0..<rows {
      for column in 0..<width {
        let own = alongRows[row * width + column]
        runs[column] = own == lasts[column] ? runs[column] + 1 : 1
        lasts[column] = own
        if own != none, runs[column] >= reach { interior[(row - distance) * width + column] = true }
      }
    }
    return interior
  }

  /// The sums of the pictures of both.
  package static func += (a: inout BoundarySums, b: BoundarySums) {
    precondition(a.hits.count == b.hits.count, "boundaries of \(a.hits.count) and \(b.hits.count) classes")
    for place in a.hits.indices {
      a.hits[place] += b.hits[place]
      a.truths[place] += b.truths[place]
      a.predictions[place] += b.predictions[place]
    }
  }

  /// Boundary IoU of each of `places`; nil where the class is neither in the truth nor predicted.
  package func iou(_ places: [Int]) -> [Double?] {
    places.map {
      Overlap(hits: Double(hits[$0]), truth: Double(truths[$0]), predicted: Double(predictions[$0])).iou
    }
  }

  /// The mean over those of `places` that are in the truth or predicted; nil where none is.
  package func meanIoU(_ places: [Int]) -> Double? { mean(iou(places)) }
}

// MARK: Stored

extension BoundarySums: Codable {
  private enum CodingKeys: String, CodingKey { case hits, truths, predictions }

  /// Reads stored sums.
  ///
  /// - Throws: `DecodingError.dataCorrupted` where they can't be those of counted pixels.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hits = try container.decode([Int].self, forKey: .hits)
    truths = try container.decode([Int].self, forKey: .truths)
    predictions = try container.decode([Int].self, forKey: .predictions)
    let areCounts = (truths + predictions).allSatisfy { (0...1 << 52).contains($0) }
    guard hits.count == truths.count, hits.count == predictions.count, areCounts,
      hits.indices.allSatisfy({ (0...min(truths[$0], predictions[$0])).contains(hits[$0]) })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .hits, in: container, debugDescription: "expected as many hits, truths and predictions, one a class")
    }
  }
}
