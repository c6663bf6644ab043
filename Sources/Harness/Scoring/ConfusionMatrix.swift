/// Pixel counts by true and predicted class, summed exactly over any number of pictures.
package struct ConfusionMatrix: Equatable, Sendable, Codable {
  package let classCount: Int
  /// [truth, prediction], `classCount` squared, truth the slower index.
  package private(set) var counts: [Int]

  package init(classCount: Int) {
    self.classCount = classCount
    counts = [Int](repeating: 0, count: classCount * classCount)
  }

  /// The matrix of `counts` [truth, prediction].
  package init(classCount: Int, counts: [Int]) {
    precondition(counts.count == classCount * classCount, "\(counts.count) counts of \(classCount) classes")
    (self.classCount, self.counts) = (classCount, counts)
  }

  private enum CodingKeys: String, CodingKey { case counts }

  /// Reads stored counts.
  ///
  /// - Throws: `DecodingError.dataCorrupted` where they aren't those of a matrix, or too many to be added up.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    counts = try container.decode([Int].self, forKey: .counts)
    classCount = Int(Double(counts.count).squareRoot().rounded())
    guard counts.count == classCount * classCount, classCount >= 2, counts.allSatisfy({ (0...1 << 52).contains($0) })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: container, debugDescription: "expected the square of a number of counts of 0 to 2^52")
    }
  }

  package subscript(truth: Int, prediction: Int) -> Int {
    get { counts[truth * classCount + prediction] }
    set { counts[truth * classCount + prediction] = newValue }
  }

  /// Counts one pixel for each pair of `truth` and `prediction` where `counted` holds.
  package mutating func add(truth: [UInt8], prediction: [UInt8], counted: [Bool]? = nil) {
    precondition(truth.count == prediction.count, "\(truth.count) true pixels, \(prediction.count) predicted")
    for pixel in truth.indices where counted?[pixel] ?? true {
      counts[Int(truth[pixel]) * classCount + Int(prediction[pixel])] += 1
    }
  }

  package static func += (a: inout ConfusionMatrix, b: ConfusionMatrix) {
    precondition(a.classCount == b.classCount, "matrices of \(a.classCount) and \(b.classCount) classes")
    for index in a.counts.indices { a.counts[index] += b.counts[index] }
  }

  /// Pixels whose true class this is.
  package func truth(_ place: Int) -> Int { (0..<classCount).reduce(0) { $0 + self[place, $1] } }

  /// Pixels predicted as this class.
  package func predicted(_ place: Int) -> Int { (0..<classCount).reduce(0) { $0 + self[$1, place] } }

  /// All pixels counted.
  package var total: Int { counts.reduce(0, +) }
}
