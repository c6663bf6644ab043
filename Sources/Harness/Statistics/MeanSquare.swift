/// A variance that was estimated, with the degrees of freedom of its estimate.
package struct MeanSquare: Equatable, Sendable {
  package let value, degreesOfFreedom: Double

  package init(_ value: Double, degreesOfFreedom: Double) {
    (self.value, self.degreesOfFreedom) = (value, degreesOfFreedom)
  }

  /// The variance of a sum of independent parts: their sum, and its degrees of freedom by Satterthwaite 1946
  /// (doi:10.2307/3002019). A part without variance bears on neither.
  package static func sum(_ parts: [MeanSquare]) -> MeanSquare {
    let value = parts.reduce(0) { $0 + $1.value }
    let spread = parts.reduce(0) { sum, part in
      part.value > 0 && part.degreesOfFreedom.isFinite ? sum + part.value * part.value / part.degreesOfFreedom : sum
    }
    return MeanSquare(value, degreesOfFreedom: spread > 0 ? value * value / spread : .infinity)
  }

  /// That of the mean of values; nil of fewer than two.
  package static func ofMean(_ values: [Double]) -> MeanSquare? {
    values.deviation.map {
      MeanSquare($0 * $0 / Double(values.count), degreesOfFreedom: Double(values.count - 1))
    }
  }
}

extension [Double] {
  /// The arithmetic mean; NaN of nothing.
  package var mean: Double { reduce(0, +) / Double(count) }

  /// The standard deviation with n - 1 in the denominator; nil of fewer than two.
  package var deviation: Double? {
    guard count > 1 else { return nil }
    let centre = mean
    return (reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(count - 1)).squareRoot()
  }
}
