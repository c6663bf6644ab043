import Compute

/// Brings features to mean 0 and deviation 1 over the training sample; a constant feature to 0.
package struct Standardisation: Equatable, Sendable {
  package let means: [Float]
  /// 1 / deviation, 1 for a constant feature.
  package let scales: [Float]

  private static let rowsPerPiece = 1 << 16

  static func fit(_ matrix: FeatureMatrix) throws -> Standardisation {
    let (means, variances) = try moments(matrix)
    let scales = variances.map { variance in
      // Below the rounding of the values themselves there is no variation but noise.
      let deviation = variance.squareRoot()
      return deviation > 0 ? Float(1 / deviation) : 1
    }
    return Standardisation(means: means.map { Float($0) }, scales: scales)
  }

  /// Mean and variance of each feature.
  static func moments(_ matrix: FeatureMatrix) throws -> (means: [Double], variances: [Double]) {
    let means = try sums(matrix) { value, _ in value }.map { $0 / Double(matrix.rows) }
    let squares = try sums(matrix) { value, column in (value - means[column]) * (value - means[column]) }
    return (means, squares.map { $0 / Double(matrix.rows) })
  }

  private static func sums(_ matrix: FeatureMatrix, _ term: @Sendable (Double, Int) -> Double) throws -> [Double] {
    let parts = try Parallel.map((matrix.rows + rowsPerPiece - 1) / rowsPerPiece) { piece in
      var sums = [Double](repeating: 0, count: matrix.columns)
      for row in piece * rowsPerPiece..<min(matrix.rows, (piece + 1) * rowsPerPiece) {
        let values = matrix.values + row * matrix.columns
        for column in 0..<matrix.columns { sums[column] += term(Double(values[column]), column) }
      }
      return sums
    }
    return parts.reduce(into: [Double](repeating: 0, count: matrix.columns)) { total, part in
      for column in total.indices { total[column] += part[column] }
    }
  }

  /// Writes one row, standardised.
  @inline(__always)
  func apply(_ row: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
    means.withUnsafeBufferPointer { means in
      scales.withUnsafeBufferPointer { scales in
        for column in 0..<means.count { out[column] = (row[column] - means[column]) * scales[column] }
      }
    }
  }
}
