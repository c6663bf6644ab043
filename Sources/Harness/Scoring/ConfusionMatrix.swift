import Scenes

/// Pixel counts by true and predicted category, summed exactly over any number of pictures.
public struct ConfusionMatrix: Equatable, Sendable, Codable {
  /// [truth, prediction], `Category.count` squared, truth the slower index.
  public private(set) var counts: [Int]

  public init() {
    counts = [Int](repeating: 0, count: Category.count * Category.count)
  }

  /// The matrix of `counts` [truth, prediction].
  public init(counts: [Int]) {
    precondition(counts.count == Category.count * Category.count, "\(counts.count) counts")
    self.counts = counts
  }

  /// Reads stored counts.
  ///
  /// - Throws: `DecodingError.dataCorrupted` where they aren't those of a matrix, or too many to be added up.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    counts = try container.decode([Int].self, forKey: .counts)
    guard counts.count == Category.count * Category.count, counts.allSatisfy({ (0...1 << 52).contains($0) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: container, debugDescription: "expected 64 counts of 0 to 2^52")
    }
  }

  public subscript(truth: Category, prediction: Category) -> Int {
    get { counts[Int(truth.rawValue) * Category.count + Int(prediction.rawValue)] }
    set { counts[Int(truth.rawValue) * Category.count + Int(prediction.rawValue)] = newValue }
  }

  /// Counts one pixel for each pair of `truth` and `prediction` (`Category` raw values) where `counted` holds.
  public mutating func add(truth: [UInt8], prediction: [UInt8], counted: [Bool]? = nil) {
    precondition(truth.count == prediction.count, "\(truth.count) true pixels, \(prediction.count) predicted")
    for pixel in truth.indices where counted?[pixel] ?? true {
      counts[Int(truth[pixel]) * Category.count + Int(prediction[pixel])] += 1
    }
  }

  public static func += (a: inout ConfusionMatrix, b: ConfusionMatrix) {
    for index in a.counts.indices { a.counts[index] += b.counts[index] }
  }

  /// Pixels whose true category this is.
  public func truth(_ category: Category) -> Int {
    Category.allCases.reduce(0) { $0 + self[category, $1] }
  }

  /// Pixels predicted as this category.
  public func predicted(_ category: Category) -> Int {
    Category.allCases.reduce(0) { $0 + self[$1, category] }
  }

  /// All pixels counted.
  public var total: Int { counts.reduce(0, +) }
}
