/// What a linear classifier makes of d standardised features z: their polynomial expansion.
package enum Expansion: String, CaseIterable, Codable, Sendable {
  /// They stay as they are.
  case none
  /// The products z_i z_j, i <= j, follow them: a quadratic classifier of d (d + 3)/2 features, which takes time with
  /// the square of that, and is still linear in the sample.
  case products
}

/// An expansion with the standardisation before it.
package struct FittedExpansion: Equatable, Sendable {
  package let scaler: Standardisation
  package let kind: Expansion

  /// How many values a row has after it, the last one being always 1.
  package var width: Int { Self.width(scaler.means.count, kind) }

  static func width(_ count: Int, _ kind: Expansion) -> Int {
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
