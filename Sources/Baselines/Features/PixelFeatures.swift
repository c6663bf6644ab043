import Compute
import Scenes

/// A named group of features, computed for every pixel of a picture.
///
/// The groups are an axis of experiments: each holds the features of the ones before it.
package enum PixelFeatures: String, CaseIterable, Codable, Sendable {
  /// The colour alone: red, green, blue in 0...1. 3 features.
  case rgb
  /// Colour, scale space and position. 25 features: rgb; for each sigma of 1, 2, 4, 8 pixels the blurred red, green
  /// and blue G_s * c, and of the grey picture g = (r + g + b)/3 the gradient magnitude
  /// sqrt((dG_s/dx * g)^2 + (dG_s/dy * g)^2) and the Laplacian (d2G_s/dx2 + d2G_s/dy2) * g; then y/height and x/width.
  ///
  /// Equal to scipy.ndimage's `gaussian_filter`, `gaussian_gradient_magnitude` and `gaussian_laplace` (mirrored
  /// border, kernels cut at 4 sigma). Cost: about 3,000 multiplications a pixel, in matrix products.
  case filters
  /// The filters, and what surrounds the pixel, from integral images. 73 features: the 25 of `filters`; L, a, b of
  /// CIE L*a*b* over 100; the deviation of g over squares of half side 1, 3, 7, 15; over squares of half side 4, roots
  /// of both eigenvalues of the structure tensor, anisotropy times cosine and sine of twice its direction, and the
  /// changes around local binary patterns; and the mean L, a, b of squares of half side 4, 8 and 16 that lie 12, 30
  /// and 60 pixels up, down, left and right.
  ///
  /// Cost: that of `filters`, and 50 rectangle sums of four reads each a pixel.
  case context

  /// The group that classifiers use unless told otherwise.
  package static let standard = PixelFeatures.filters

  /// How many features a pixel has.
  package var count: Int { names.count }

  /// A short name for every feature, in the order of the columns.
  package var names: [String] {
    let colour = ["red", "green", "blue"]
    switch self {
    case .rgb: return colour
    case .filters: return colour + ScaleSpace.names + ["y", "x"]
    case .context: return PixelFeatures.filters.names + ContextFeatures.names
    }
  }

  /// The features of all pixels of `picture`, [height * width, count], rows of the picture from the top.
  package func matrix(of picture: Picture) -> FeatureMatrix {
    FeatureMatrix(rows: picture.width * picture.height, columns: count) { write(picture, into: $0) }
  }

  /// Writes the features of all pixels, [height * width, count].
  func write(_ picture: Picture, into out: UnsafeMutablePointer<Float>) {
    let planes = ColourPlanes(picture)
    let target = FeatureTarget(values: out, width: picture.width, stride: count)
    planes.write(to: target)
    if self == .rgb { return }
    ScaleSpace.write(planes, to: target, firstColumn: 3)
    Self.writePosition(to: target, height: picture.height, firstColumn: 3 + ScaleSpace.names.count)
    if self == .context {
      ContextFeatures.write(planes, to: target, firstColumn: PixelFeatures.filters.count)
    }
  }

  private static func writePosition(to target: FeatureTarget, height: Int, firstColumn: Int) {
    let across = (0..<target.width).map { Float(Double($0) / Double(target.width)) }
    for y in 0..<height {
      let down = [Float](repeating: Float(Double(y) / Double(height)), count: target.width)
      target.put(down, y: y, column: firstColumn)
      target.put(across, y: y, column: firstColumn + 1)
    }
  }
}

/// Where features go: row-major [pixels, stride].
struct FeatureTarget: @unchecked Sendable {
  let values: UnsafeMutablePointer<Float>
  let width, stride: Int

  /// Writes one row of the picture of one feature.
  @inline(__always)
  func put(_ row: UnsafePointer<Float>, y: Int, column: Int) {
    var pixel = values + y * width * stride + column
    for x in 0..<width {
      pixel.pointee = row[x]
      pixel += stride
    }
  }
}

extension FeatureTarget {
  /// Writes one row of the picture of several features, whose rows lie `apart` values from each other in `rows`.
  @inline(__always)
  func put(_ rows: UnsafePointer<Float>, features: Int, apart: Int, y: Int, _ firstColumn: Int) {
    var pixel = values + y * width * stride + firstColumn
    for x in 0..<width {
      for feature in 0..<features { pixel[feature] = rows[feature * apart + x] }
      pixel += stride
    }
  }
}

/// Red, green and blue in 0...1 as planes [height, width], and the grey plane, their mean.
struct ColourPlanes: Sendable {
  let width, height: Int
  /// Red, green, blue, grey, one after the other.
  let values: FloatBuffer

  init(_ picture: Picture) {
    (width, height) = (picture.width, picture.height)
    let count = width * height
    values = FloatBuffer(count: 4 * count)
    let out = values.pointer
    let levels = (0..<256).map { Float($0) / 255 }
    picture.pixels.withUnsafeBufferPointer { pixels in
      for index in 0..<count {
        let red = levels[Int(pixels[3 * index])]
        let green = levels[Int(pixels[3 * index + 1])]
        let blue = levels[Int(pixels[3 * index + 2])]
        out[index] = red
        out[count + index] = green
        out[2 * count + index] = blue
        out[3 * count + index] = (red + green + blue) / 3
      }
    }
  }

  /// Row `y` of plane `plane`.
  @inline(__always)
  func row(_ plane: Int, _ y: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.pointer + (plane * height + y) * width)
  }

  /// Writes red, green and blue to columns 0, 1, 2.
  func write(to target: FeatureTarget) {
    for y in 0..<height {
      for plane in 0..<3 { target.put(row(plane, y), y: y, column: plane) }
    }
  }
}
