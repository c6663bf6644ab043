import Compute
import Foundation

/// Snow: it lies on the ground and on what faces up, flakes fall at one slant, and the distance turns white.
///
/// Cover: below the horizon, grey pixels become white by up to 0.15, 0.3, 0.45, 0.6, 0.75 by severity, in patches; where
/// a darker thing begins below a brighter one, its top edge becomes white over up to 2, 2, 3, 3, 4 rows at 256. Flakes:
/// one for each 600, 400, 260, 180, 120 pixels of a picture of 256 rows, with radii of 0.5 to 2.5 pixels there. The veil
/// is white fog of a range of 1200, 700, 400, 240 or 140 metres.
public struct Snow: Weather {
  public let severity: Severity?
  public var name: String { suffixed("snow") }
  public let summary = "snow on ground and top edges, and falling flakes"

  static let covers: [Float] = [0.15, 0.3, 0.45, 0.6, 0.75]
  static let caps: [Float] = [2, 2, 3, 3, 4]
  static let areas: [Float] = [600, 400, 260, 180, 120]
  static let ranges: [Float] = [1200, 700, 400, 240, 140]

  public init(severity: Severity? = nil) {
    self.severity = severity
  }

  public func at(_ severity: Severity) -> Snow { Snow(severity: severity) }

  public func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let (width, height) = (picture.width, picture.height)
    let cover = SnowCover(severity, width: width, height: height, random: &random)
    let aspect = Float(width) / Float(height)
    let range = severity.pick(Self.ranges)
    let veil = Veil(width: width, height: height) { u, v in
      1 - exp(-3 / range * StreetView.distance(u, v, aspect: aspect, sky: 200))
    }
    var result = picture.mapped { cover.settle($0, into: $1) }
    result.change { pixels in
      veil.lay(RGB(214, 217, 222), over: pixels)
      drawFlakes(severity, Brush(pixels: pixels, width: width, height: height), random: &random)
    }
    return result
  }

  private func drawFlakes(_ severity: Severity, _ brush: Brush, random: inout RandomStream) {
    let scale = Float(brush.height) / 256
    let count = Int(Float(brush.width * brush.height) / (scale * scale * severity.pick(Self.areas)))
    let slope = tan(random.uniform(-35...35) * .pi / 180)
    let white = SIMD3<Float>(repeating: 245)
    for _ in 0..<count {
      let nearness = random.uniform() * random.uniform() * random.uniform()
      let radius = scale * (0.5 + 2 * nearness)
      let (x, y) = (random.uniform() * Float(brush.width), random.uniform() * Float(brush.height))
      // Near flakes are out of focus and smear along their way.
      let smear = Int(3 * nearness + 0.7)
      for step in 0...smear {
        let way = Float(step) * radius * 0.8
        brush.disc(
          x: x + slope * way, y: y + way, radius: radius, softness: 0.3 + 0.5 * nearness,
          opacity: (0.85 - 0.4 * nearness) / (1 + 0.5 * Float(smear)), white)
      }
    }
  }
}

/// Where snow lies.
private struct SnowCover {
  let width, height: Int
  /// Shares of ground cover in 1/256, one for each 8th column and row below the horizon.
  private let ground: PatchField
  private let cover: Float
  private let cap: Int
  private let capShare: Float

  init(_ severity: Severity, width: Int, height: Int, random: inout RandomStream) {
    (self.width, self.height) = (width, height)
    ground = PatchField(cells: 7, random: &random)
    cover = severity.pick(Snow.covers)
    cap = max(1, Int((severity.pick(Snow.caps) * Float(height) / 256).rounded()))
    capShare = 0.4 + 0.1 * Float(severity.rawValue)
  }

  func settle(_ source: Bytes, into target: MutableBytes) {
    let stride = width * 3
    target.update(from: source, count: height * stride)
    for y in cap..<max(cap, height - 1) { settleCaps(source, target, row: y * stride, stride) }
    let first = Int(StreetView.horizon * Float(height))
    var shares = [Int32](repeating: 0, count: width)
    for y in first..<height {
      let v = Float(y) / Float(height)
      let depth = min(1, (v - StreetView.horizon) / 0.12)
      for x in 0..<width {
        if x % 8 == 0 {
          let share = cover * depth * (1 + 0.5 * ground(Float(x) / Float(width), v))
          let fixed = Int32(min(1, max(0, share)) * 256)
          for column in x..<min(width, x + 8) { shares[column] = fixed }
        }
      }
      settleGround(target + y * stride, shares)
    }
  }

  /// Whitens each value by how much darker it is than what lies a few rows above it, if what lies below is dark too.
  private func settleCaps(_ source: Bytes, _ target: MutableBytes, row: Int, _ stride: Int) {
    let above = source + row - cap * stride
    let here = source + row
    let below = source + row + stride
    let share = Int16(capShare * 128)
    for index in 0..<stride {
      let value = Int16(truncatingIfNeeded: here[index])
      let edge = Int16(truncatingIfNeeded: above[index]) &- max(value, Int16(truncatingIfNeeded: below[index]))
      let weight = (max(0, min(64, edge &- 24)) &* share) &>> 6
      target[row + index] = UInt8(truncatingIfNeeded: value &+ ((235 &- value) &* weight) &>> 7)
    }
  }

  private func settleGround(_ row: MutableBytes, _ shares: [Int32]) {
    for x in 0..<width {
      let pixel = row + 3 * x
      let (red, green, blue) = (Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]))
      let colourfulness = max(red, green, blue) &- min(red, green, blue)
      let share = (shares[x] &* max(0, 64 &- colourfulness)) &>> 6
      pixel[0] = UInt8(truncatingIfNeeded: red &+ ((228 &- red) &* share) &>> 8)
      pixel[1] = UInt8(truncatingIfNeeded: green &+ ((231 &- green) &* share) &>> 8)
      pixel[2] = UInt8(truncatingIfNeeded: blue &+ ((238 &- blue) &* share) &>> 8)
    }
  }
}
