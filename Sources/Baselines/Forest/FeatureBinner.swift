import Compute

/// Cuts every feature into at most 256 bins at quantiles of the training data, so that a value takes one byte and a
/// tree looks for splits in a histogram.
///
/// The bin of v is the number of cuts below v: v is in bin b or a lower one exactly where v <= cut[b]. A feature with
/// at most 256 values has a bin for each, cut in the middle between neighbours; nothing is lost then.
struct FeatureBinner: Equatable, Sendable {
  static let maximumBins = 256
  /// Rows looked at; of more than these, as many are taken at even distances.
  static let sampledRows = 1 << 16

  /// [features, 256]: ascending cuts, then infinity.
  let cuts: [Float]
  /// How many cuts each feature has, at most 255.
  let cutCounts: [Int]

  var featureCount: Int { cutCounts.count }

  /// - Returns: nil where cuts don't ascend, aren't finite, or are too many.
  init?(cutLists: [[Float]]) {
    var all = [Float](repeating: .infinity, count: cutLists.count * Self.maximumBins)
    for (feature, list) in cutLists.enumerated() {
      guard list.count < Self.maximumBins, list.allSatisfy(\.isFinite), zip(list, list.dropFirst()).allSatisfy(<)
      else { return nil }
      all.replaceSubrange(feature * Self.maximumBins..<feature * Self.maximumBins + list.count, with: list)
    }
    cuts = all
    cutCounts = cutLists.map(\.count)
  }

  /// The cuts that suit `matrix`, whose values are finite.
  static func fit(_ matrix: FeatureMatrix) throws -> FeatureBinner? {
    let count = min(matrix.rows, sampledRows)
    let lists = try Parallel.map(matrix.columns) { feature in
      var values = (0..<count).map { matrix.values[($0 * matrix.rows / count) * matrix.columns + feature] }
      values.sort()
      return quantileCuts(values)
    }
    return FeatureBinner(cutLists: lists)
  }

  /// Cuts of ascending `values`.
  static func quantileCuts(_ values: [Float]) -> [Float] {
    var cuts: [Float] = []
    func cut(before index: Int) {
      let (low, high) = (values[index - 1], values[index])
      guard low < high else { return }
      let middle = low + (high - low) / 2
      let value = middle < high ? middle : low
      if cuts.last.map({ $0 < value }) ?? true { cuts.append(value) }
    }
    let changes = values.indices.dropFirst().filter { values[$0 - 1] < values[$0] }
    if changes.count < maximumBins {
      changes.forEach(cut)
    } else {
      for bin in 1..<maximumBins { cut(before: bin * values.count / maximumBins) }
    }
    return cuts
  }

  /// Writes the bins of `rows` rows of values [rows, features] to records of `stride` bytes.
  func bin(_ values: UnsafePointer<Float>, rows: Int, into records: UnsafeMutablePointer<UInt8>, stride: Int) {
    let features = featureCount
    cuts.withUnsafeBufferPointer { cuts in
      guard let base = cuts.baseAddress else { return }
      for row in 0..<rows {
        let source = values + row * features
        let target = records + row * stride
        for feature in 0..<features {
          target[feature] = Self.search(base + feature * Self.maximumBins, source[feature])
        }
      }
    }
  }

  /// How many of 255 ascending cuts are below `value`: eight steps without a branch, which overlap from one feature
  /// to the next.
  @inline(__always)
  private static func search(_ cuts: UnsafePointer<Float>, _ value: Float) -> UInt8 {
    var position = 0
    position &+= cuts[127] < value ? 128 : 0
    position &+= cuts[position &+ 63] < value ? 64 : 0
    position &+= cuts[position &+ 31] < value ? 32 : 0
    position &+= cuts[position &+ 15] < value ? 16 : 0
    position &+= cuts[position &+ 7] < value ? 8 : 0
    position &+= cuts[position &+ 3] < value ? 4 : 0
    position &+= cuts[position &+ 1] < value ? 2 : 0
    position &+= cuts[position] < value ? 1 : 0
    return UInt8(truncatingIfNeeded: position)
  }
}
