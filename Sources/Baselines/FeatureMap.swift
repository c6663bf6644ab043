import Compute

/// Brings features to mean 0 and deviation 1 over the training sample; a constant feature to 0.
package struct Standardisation: Equatable, Sendable {
  package let means: [Float]
  /// 1 / deviation, 1 for a constant feature.
  package let scales: [Float]

  private static let rowsPerPiece = 1 << 16

  static func fit(_ matrix: FeatureMatrix) throws -> Standardisation {
    let means = try sums(matrix) { value, _ in value }.map { $0 / Double(matrix.rows) }
    let squares = try sums(matrix) { value, column in (value - means[column]) * (value - means[column]) }
    let scales = squares.map { square in
      // Below the rounding of the values themselves there is no variation but noise.
      let deviation = (square / Double(matrix.rows)).squareRoot()
      return deviation > 0 ? Float(1 / deviation) : 1
    }
    return Standardisation(means: means.map { Float($0) }, scales: scales)
  }

  private static func sums(_ matrix: FeatureMatrix, _ term: (Double, Int) -> Double) throws -> [Double] {
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

/// What a linear classifier makes of d standardised features z.
public enum FeatureMap: String, CaseIterable, Codable, Sendable {
  /// They stay as they are.
  case none
  /// The products z_i z_j, i <= j, follow them: a quadratic classifier of d (d + 3)/2 features, which takes time with
  /// the square of that, and is still linear in the sample.
  case products
}

/// A feature map with the standardisation before it.
package struct FittedMap: Equatable, Sendable {
  package let scaler: Standardisation
  let kind: FeatureMap

  /// How many values a row has after it, the last one being always 1.
  var width: Int { Self.width(scaler.means.count, kind) }

  static func width(_ count: Int, _ kind: FeatureMap) -> Int {
    switch kind {
    case .none: count + 1
    case .products: count + count * (count + 1) / 2 + 1
    }
  }

  /// Writes one row of `width` values.
  @inline(__always)
  func apply(_ row: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
    scaler.apply(row, to: out)
    let count = scaler.means.count
    var next = out + count
    if kind == .products {
      for first in 0..<count {
        let factor = out[first]
        for second in first..<count { next[second - first] = factor * out[second] }
        next += count - first
      }
    }
    next[0] = 1
  }
}
