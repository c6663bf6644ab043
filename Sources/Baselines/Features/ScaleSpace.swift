import Compute

/// Gaussian scale space: blurred colours, gradient magnitude and Laplacian at several scales (Lindeberg 1994,
/// doi:10.1007/978-1-4757-6465-9), by separable filters:
/// first along the rows, then down the columns.
package enum ScaleSpace {
  /// The deviations of the Gaussians, in pixels.
  package static let sigmas: [Double] = [1, 2, 4, 8]

  static var names: [String] {
    sigmas.flatMap { sigma in
      ["blurred red", "blurred green", "blurred blue", "gradient", "Laplacian"].map { "\($0) \(Int(sigma))" }
    }
  }

  /// Writes five features a sigma, from `firstColumn` on.
  static func write(_ planes: ColourPlanes, to target: FeatureTarget, firstColumn: Int) {
    let filtered = FloatBuffer(count: 6 * planes.width * planes.height)
    for (index, sigma) in sigmas.enumerated() {
      filterRows(planes, sigma, into: filtered)
      filterColumns(filtered, planes, sigma, to: target, firstColumn: firstColumn + 5 * index)
    }
  }

  private static let rowsPerPiece = 32

  /// Filters along the rows: red, green, blue, grey by the plain kernel, then grey by the first and by the second
  /// derivative; [6, height, width]. The plain grey is the mean of the colours, as filtering is linear.
  private static func filterRows(_ planes: ColourPlanes, _ sigma: Double, into filtered: FloatBuffer) {
    let (width, height) = (planes.width, planes.height)
    let operators = (0...2).map { GaussianOperator(count: width, sigma: sigma, order: $0) }
    nonisolated(unsafe) let out = filtered.pointer
    Parallel.forEach((height + rowsPerPiece - 1) / rowsPerPiece) { piece in
      let y = piece * rowsPerPiece
      let rows = min(height, y + rowsPerPiece) - y
      func target(_ plane: Int) -> UnsafeMutablePointer<Float> { out + (plane * height + y) * width }
      for plane in 0..<3 {
        operators[0].filterRows(planes.row(plane, y), rows: rows, width: width, into: target(plane))
      }
      let (red, green, blue, grey) = (target(0), target(1), target(2), target(3))
      for index in 0..<rows * width { grey[index] = (red[index] + green[index] + blue[index]) / 3 }
      for order in 1...2 {
        operators[order].filterRows(planes.row(3, y), rows: rows, width: width, into: target(3 + order))
      }
    }
  }

  /// Filters down the columns, and writes the features.
  private static func filterColumns(
    _ filtered: FloatBuffer, _ planes: ColourPlanes, _ sigma: Double, to target: FeatureTarget, firstColumn: Int
  ) {
    let (width, height) = (planes.width, planes.height)
    let operators = (0...2).map { GaussianOperator(count: height, sigma: sigma, order: $0) }
    nonisolated(unsafe) let source = filtered.pointer
    Parallel.forEach(operators[0].blocks.count) { block in
      let rows = operators[0].blocks[block].outputs
      let result = FloatBuffer(count: 5 * GaussianOperator.blockSize * width)
      func out(_ feature: Int) -> UnsafeMutablePointer<Float> {
        result.pointer + feature * GaussianOperator.blockSize * width
      }
      func filter(_ plane: Int, _ order: Int, _ feature: Int, adding: Bool = false) {
        operators[order].filterColumns(
          source + plane * height * width, width: width, block: block, into: out(feature), adding: adding)
      }
      for plane in 0..<3 { filter(plane, 0, plane) }
      // The gradient's two parts, the second one where the Laplacian comes later.
      filter(4, 0, 3)
      filter(3, 1, 4)
      let (across, down) = (out(3), out(4))
      for index in 0..<rows.count * width {
        across[index] = (across[index] * across[index] + down[index] * down[index]).squareRoot()
      }
      filter(5, 0, 4)
      filter(3, 2, 4, adding: true)
      for (row, y) in rows.enumerated() {
        target.put(
          result.pointer + row * width, features: 5, apart: GaussianOperator.blockSize * width, y: y, firstColumn)
      }
    }
  }
}
