import Compute

/// What every classifier asks of its training data.
enum SampleCheck {
  /// - Throws: `.emptySample`, `.oneClass`, `.notFinite` or `.constantFeatures`.
  static func check(_ matrix: FeatureMatrix, _ labels: [UInt8], classCount: Int) throws {
    precondition(matrix.rows == labels.count, "\(matrix.rows) rows of features, \(labels.count) labels")
    guard let first = labels.first else { throw BaselinesError.emptySample }
    precondition(ClassLanes.allowed.contains(classCount), "\(classCount) classes, not \(ClassLanes.allowed)")
    precondition(labels.allSatisfy { $0 < classCount }, "labels are below \(classCount)")
    try checkFinite(matrix)
    guard labels.contains(where: { $0 != first }) else { throw BaselinesError.oneClass(number: Int(first)) }
    guard varies(matrix) else { throw BaselinesError.constantFeatures(count: matrix.columns) }
  }

  private static func checkFinite(_ matrix: FeatureMatrix) throws {
    let count = matrix.rows * matrix.columns
    let piece = 1 << 18
    let offenders = try Parallel.map((count + piece - 1) / piece) { index -> Int? in
      let range = index * piece..<min(count, (index + 1) * piece)
      // Zero times anything finite is zero, so the sum tells of the rare offender without a branch a value.
      var sum = SIMD16<Float>.zero
      var next = range.lowerBound
      while next + 16 <= range.upperBound {
        sum += load16(matrix.values + next) * 0
        next += 16
      }
      var tail = sum.sum()
      while next < range.upperBound {
        tail += matrix.values[next] * 0
        next += 1
      }
      return tail == 0 ? nil : range.first { !matrix.values[$0].isFinite }
    }
    if let index = offenders.compactMap({ $0 }).first {
      throw BaselinesError.notFinite(
        row: index / matrix.columns, feature: index % matrix.columns, value: "\(matrix.values[index])")
    }
  }

  private static func varies(_ matrix: FeatureMatrix) -> Bool {
    (0..<matrix.columns).contains { column in
      let first = matrix.values[column]
      return (1..<max(1, matrix.rows)).contains { matrix.values[$0 * matrix.columns + column] != first }
    }
  }
}
