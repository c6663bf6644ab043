import Compute
import Foundation
import Scenes

/// What surrounds a pixel, at any distance in constant time: the colours about it, local contrast and texture.
enum ContextFeatures {
  /// Half sides, in pixels, of the squares over which the deviation of grey is taken.
  static let deviationRadii = [1, 3, 7, 15]
  /// Half side of the squares over which texture is averaged.
  static let textureRadius = 4
  /// Distances, in pixels, at which the colours up, down, left and right are looked at, with the half sides of the
  /// squares that are averaged there.
  static let rings = [(distance: 12, radius: 4), (distance: 30, radius: 8), (distance: 60, radius: 16)]
  private static let sides = [
    (name: "up", right: 0, down: -1), (name: "down", right: 0, down: 1), (name: "left", right: -1, down: 0),
    (name: "right", right: 1, down: 0),
  ]
  private static let rowsPerPiece = 16

  static var names: [String] {
    let contexts = rings.flatMap { ring in
      sides.flatMap { side in ["L", "a", "b"].map { "\($0) \(ring.distance) \(side.name)" } }
    }
    return ["L", "a", "b"] + deviationRadii.map { "deviation \($0)" }
      + ["edge strength", "corner strength", "edge cosine", "edge sine", "pattern changes"] + contexts
  }

  /// Writes all of `names`, from `firstColumn` on.
  static func write(_ planes: ColourPlanes, to target: FeatureTarget, firstColumn: Int) {
    let (width, height) = (planes.width, planes.height)
    let lab = LabPlanes(planes)
    let labSums = (0..<3).map { plane in
      IntegralImage(width: width, height: height) { lab.values.pointer[plane * width * height + $0] }
    }
    let grey = UnsafeBufferPointer(start: planes.row(3, 0), count: width * height)
    let greySums = IntegralImage(width: width, height: height) { grey[$0] }
    let squareSums = IntegralImage(width: width, height: height) { grey[$0] * grey[$0] }
    let texture = Texture(planes)
    Parallel.forEach((height + rowsPerPiece - 1) / rowsPerPiece) { piece in
      let scratch = (0..<4).map { _ in FloatBuffer(count: width) }
      for y in piece * rowsPerPiece..<min(height, (piece + 1) * rowsPerPiece) {
        var column = firstColumn
        func put(_ row: UnsafePointer<Float>) {
          target.put(row, y: y, column: column)
          column += 1
        }
        for plane in 0..<3 { put(UnsafePointer(lab.values.pointer + (plane * height + y) * width)) }
        for radius in deviationRadii {
          deviations(greySums, squareSums, y, radius, width, scratch)
          put(scratch[0].pointer)
        }
        texture.summarise(row: y, radius: textureRadius, into: scratch)
        for row in scratch { put(row.pointer) }
        texture.changes.means(row: y, radius: textureRadius, into: scratch[0].pointer)
        put(scratch[0].pointer)
        for ring in rings {
          for side in sides {
            for sums in labSums {
              sums.means(
                row: y, radius: ring.radius, right: side.right * ring.distance, down: side.down * ring.distance,
                into: scratch[0].pointer)
              put(scratch[0].pointer)
            }
          }
        }
      }
    }
  }

  /// sqrt(E[g^2] - E[g]^2) over squares.
  private static func deviations(
    _ sums: IntegralImage, _ squares: IntegralImage, _ y: Int, _ radius: Int, _ width: Int, _ scratch: [FloatBuffer]
  ) {
    sums.means(row: y, radius: radius, into: scratch[1].pointer)
    squares.means(row: y, radius: radius, into: scratch[0].pointer)
    for x in 0..<width {
      let mean = scratch[1].pointer[x]
      scratch[0].pointer[x] = max(0, scratch[0].pointer[x] - mean * mean).squareRoot()
    }
  }
}

/// CIE L*a*b* under D65 of sRGB colours (IEC 61966-2-1, CIE 15), each divided by 100.
struct LabPlanes {
  /// L, a, b one after the other, each [height, width].
  let values: FloatBuffer

  /// Linear light of the 256 levels of sRGB.
  private static let linear: [Float] = (0..<256).map { level in
    let v = Double(level) / 255
    return Float(v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4))
  }

  init(_ planes: ColourPlanes) {
    let count = planes.width * planes.height
    values = FloatBuffer(count: 3 * count)
    let out = values.pointer
    let source = planes.row(0, 0)
    func light(_ plane: Int, _ index: Int) -> Float {
      Self.linear[Int((source[plane * count + index] * 255).rounded())]
    }
    for index in 0..<count {
      let (r, g, b) = (light(0, index), light(1, index), light(2, index))
      let x = Self.root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
      let y = Self.root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
      let z = Self.root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
      out[index] = (116 * y - 16) / 100
      out[count + index] = 5 * (x - y)
      out[2 * count + index] = 2 * (y - z)
    }
  }

  /// The cube root, continued by a line towards 0.
  private static func root(_ t: Float) -> Float {
    t > 216.0 / 24389 ? cbrtf(t) : (24389.0 / 27 * t + 16) / 116
  }
}

/// Local structure of the grey picture.
struct Texture {
  /// How often the ring of eight neighbours changes between below and not below the pixel: 0, 2, ... 8, divided by 8
  /// (the uniformity of local binary patterns, Ojala et al. 2002, doi:10.1109/TPAMI.2002.1017623).
  let changes: IntegralImage
  /// The structure tensor's entries, of central differences.
  private let xx, yy, xy: IntegralImage
  private let width: Int

  init(_ planes: ColourPlanes) {
    let (width, height) = (planes.width, planes.height)
    let grey = UnsafeBufferPointer(start: planes.row(3, 0), count: width * height)
    func at(_ x: Int, _ y: Int) -> Float {
      grey[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)]
    }
    var (across, down) = ([Float](repeating: 0, count: width * height), [Float](repeating: 0, count: width * height))
    var pattern = across
    let ring = [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)]
    for y in 0..<height {
      for x in 0..<width {
        let index = y * width + x
        across[index] = (at(x + 1, y) - at(x - 1, y)) / 2
        down[index] = (at(x, y + 1) - at(x, y - 1)) / 2
        var bits: UInt8 = 0
        for (bit, offset) in ring.enumerated() {
          bits |= at(x + offset.0, y + offset.1) < grey[index] ? 1 << UInt8(bit) : 0
        }
        pattern[index] = Float((bits ^ (bits << 1 | bits >> 7)).nonzeroBitCount) / 8
      }
    }
    self.width = width
    changes = IntegralImage(width: width, height: height) { pattern[$0] }
    xx = IntegralImage(width: width, height: height) { across[$0] * across[$0] }
    yy = IntegralImage(width: width, height: height) { down[$0] * down[$0] }
    xy = IntegralImage(width: width, height: height) { across[$0] * down[$0] }
  }

  /// Writes the square roots of the structure tensor's larger and smaller eigenvalue over squares, then the
  /// anisotropy (l1 - l2)/(l1 + l2) times cosine and sine of twice the direction of the strongest change.
  func summarise(row y: Int, radius: Int, into out: [FloatBuffer]) {
    let (first, second, third) = (out[0].pointer, out[1].pointer, out[2].pointer)
    xx.means(row: y, radius: radius, into: first)
    yy.means(row: y, radius: radius, into: second)
    xy.means(row: y, radius: radius, into: third)
    for x in 0..<width {
      let (sum, difference, product) = (first[x] + second[x], first[x] - second[x], 2 * third[x])
      let spread = (difference * difference + product * product).squareRoot()
      first[x] = max(0, (sum + spread) / 2).squareRoot()
      second[x] = max(0, (sum - spread) / 2).squareRoot()
      // Where nothing changes there is no direction, and rounding must not make one up.
      third[x] = sum > 1e-9 ? difference / sum : 0
      out[3].pointer[x] = sum > 1e-9 ? product / sum : 0
    }
  }
}
