import Compute

/// Gaussian scale space: blurred colours, gradient magnitude and Laplacian at several scales (Lindeberg 1994,
/// doi:10.1007/978-1-4757-6465-9), by separable filters: first along the rows, then down the columns.
enum ScaleSpace {
  /// The deviations of the Gaussians, in pixels.
  static let sigmas: [Double] = [1, 2, 4, 8]

  static var names: [String] {
    sigmas.flatMap { sigma in
      ["blurred red", "blurred green", "blurred blue", "gradient", "Laplacian"].map { "\($0) \(Int(sigma))" }
    }
  }

  /// Writes five features a sigma, from `firstColumn` on.
  static func write(_ planes: ColourPlanes, to target: FeatureTarget, firstColumn: Int) {
    for (index, sigma) in sigmas.enumerated() {
      let kernels = (0...2).map { GaussianKernel(sigma: sigma, order: $0) }
      let filtered = filterRows(planes, kernels)
      filterColumns(filtered, planes, kernels, to: target, firstColumn: firstColumn + 5 * index)
    }
  }

  private static let rowsPerPiece = 16

  /// Planes filtered along the rows: red, green, blue, grey by the plain kernel, then grey by the first and by the
  /// second derivative; [6, height, width]. The plain grey is the mean of the colours, as filtering is linear.
  private static func filterRows(_ planes: ColourPlanes, _ kernels: [GaussianKernel]) -> FloatBuffer {
    let (width, height, radius) = (planes.width, planes.height, kernels[0].radius)
    let result = FloatBuffer(count: 6 * width * height)
    nonisolated(unsafe) let out = result.pointer
    Parallel.forEach((height + rowsPerPiece - 1) / rowsPerPiece) { piece in
      let padded = FloatBuffer(count: width + 2 * radius)
      let taps = (0...2 * radius).map { UnsafePointer(padded.pointer + $0) }
      for y in piece * rowsPerPiece..<min(height, (piece + 1) * rowsPerPiece) {
        func target(_ plane: Int) -> UnsafeMutablePointer<Float> { out + (plane * height + y) * width }
        for plane in 0..<4 {
          let row = planes.row(plane, y)
          for x in -radius..<width + radius { padded.pointer[x + radius] = row[reflected(x, width)] }
          if plane < 3 {
            kernels[0].correlate(taps, width: width, into: target(plane))
          } else {
            kernels[1].correlate(taps, width: width, into: target(4))
            kernels[2].correlate(taps, width: width, into: target(5))
          }
        }
        let (red, green, blue, grey) = (target(0), target(1), target(2), target(3))
        for x in 0..<width { grey[x] = (red[x] + green[x] + blue[x]) / 3 }
      }
    }
    return result
  }

  private static func filterColumns(
    _ filtered: FloatBuffer, _ planes: ColourPlanes, _ kernels: [GaussianKernel], to target: FeatureTarget,
    firstColumn: Int
  ) {
    let (width, height, radius) = (planes.width, planes.height, kernels[0].radius)
    nonisolated(unsafe) let source = filtered.pointer
    Parallel.forEach((height + rowsPerPiece - 1) / rowsPerPiece) { piece in
      let first = FloatBuffer(count: width)
      let second = FloatBuffer(count: width)
      var taps = [UnsafePointer<Float>](repeating: UnsafePointer(source), count: 2 * radius + 1)
      func filter(_ plane: Int, _ y: Int, _ order: Int, _ out: FloatBuffer) {
        for k in -radius...radius {
          taps[radius + k] = UnsafePointer(source + (plane * height + reflected(y + k, height)) * width)
        }
        kernels[order].correlate(taps, width: width, into: out.pointer)
      }
      for y in piece * rowsPerPiece..<min(height, (piece + 1) * rowsPerPiece) {
        for plane in 0..<3 {
          filter(plane, y, 0, first)
          target.put(first.pointer, y: y, column: firstColumn + plane)
        }
        filter(4, y, 0, first)
        filter(3, y, 1, second)
        for x in 0..<width {
          let (across, down) = (first.pointer[x], second.pointer[x])
          first.pointer[x] = (across * across + down * down).squareRoot()
        }
        target.put(first.pointer, y: y, column: firstColumn + 3)
        filter(5, y, 0, first)
        filter(3, y, 2, second)
        for x in 0..<width { first.pointer[x] += second.pointer[x] }
        target.put(first.pointer, y: y, column: firstColumn + 4)
      }
    }
  }
}
