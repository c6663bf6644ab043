import Compute
import Foundation

/// Snow: it lies on the ground and on what faces up, flakes fall at one slant, and the distance turns white.
///
/// Cover: of the street's ground (`StreetView`), a share of 0.1, 0.3, 0.5, 0.7, 0.9 by severity is covered in patches of
/// about 2 m, grey pixels wholly and coloured ones less; where a darker thing begins below a brighter one, its top edge
/// becomes white, 2, 2, 3, 3, 4 rows deep at 256. Flakes:
/// one for each 600, 400, 260, 180, 120 pixels of a picture of 256 rows, with radii of 0.5 to 2.5 pixels there. The veil
/// is white fog of a range of 1200, 700, 400, 240 or 140 metres.
public struct Snow: Weather {
  public let severity: Severity?
  public var name: String { suffixed("snow") }
  public let summary = "snow on ground and top edges, and falling flakes"

  static let covers: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9]
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
  private let patches, grains: PatchField
  private let cover: Float
  private let cap: Int
  private let capShare: Int16

  init(_ severity: Severity, width: Int, height: Int, random: inout RandomStream) {
    (self.width, self.height) = (width, height)
    patches = PatchField(random: &random)
    grains = PatchField(random: &random)
    cover = severity.pick(Snow.covers)
    cap = max(1, Int((severity.pick(Snow.caps) * Float(height) / 256).rounded()))
    capShare = 60 + 12 * Int16(severity.rawValue)
  }

  /// Copies the picture, and lays snow on it row by row from the bottom up.
  func settle(_ source: Bytes, into target: MutableBytes) {
    let stride = width * 3
    target.update(from: source, count: height * stride)
    var finder = GroundFinder(source, width: width, height: height)
    let white = [UInt8]((0..<width).flatMap { _ in [228, 231, 238] as [UInt8] })
    var patches = [Int32](repeating: 0, count: width / 8 + 1)
    var ground = [UInt8](repeating: 0, count: stride + 3)
    var edges = [UInt8](repeating: 0, count: stride + 2)
    var shares = [UInt8](repeating: 0, count: stride)
    for y in (cap..<max(cap, height - 1)).reversed() {
      let here = source + y * stride
      if y == finder.first - 1 { ground = [UInt8](repeating: 0, count: ground.count) }
      if y >= finder.first && y % 2 == 0 {
        if y % 4 == 0 { weighGround(y, into: &patches) }
        finder.climb(to: here, patches, &ground)
      }
      findEdges(here, into: &edges)
      Self.join(ground, edges, into: &shares, count: stride)
      PixelRows.blend(target + y * stride, count: stride, colours: white, shares: shares)
    }
  }

  /// Marks, in 1/128, how much darker each value is than what lies `cap` rows above, if what lies below is dark too.
  @inline(never)
  private func findEdges(_ here: Bytes, into edges: MutableBytes) {
    let (above, below, share) = (here - 3 * width * cap, here + 3 * width, capShare)
    for index in 0..<3 * width {
      let value = max(Int16(truncatingIfNeeded: here[index]), Int16(truncatingIfNeeded: below[index]))
      let edge = max(0, min(64, Int16(truncatingIfNeeded: above[index]) &- value &- 20))
      edges[index &+ 1] = UInt8(truncatingIfNeeded: (edge &* share) &>> 6)
    }
  }

  /// The larger of ground and edge, where an edge counts if all of three neighbouring values, so all colours, have it.
  @inline(never)
  private static func join(_ ground: Bytes, _ edges: Bytes, into shares: MutableBytes, count: Int) {
    for index in 0..<count {
      shares[index] = max(ground[index], min(edges[index], min(edges[index &+ 1], edges[index &+ 2])))
    }
  }

  /// How much of the ground is white, in 1/128, every 8th column of a row.
  private func weighGround(_ y: Int, into result: inout [Int32]) {
    let aspect = Float(width) / Float(height)
    let v = Float(y) / Float(height)
    for column in result.indices {
      let (share, x, z) = StreetView.ground((8 * Float(column) + 4) / Float(width), v, aspect: aspect)
      if share == 0 {
        result[column] = 0
        continue
      }
      let pattern = 0.35 * patches(x / 2, z / 3) + 0.35 * grains(x * 1.5, z) * min(1, 8 / z)
      result[column] = Int32(share * min(1, max(0, 1.3 * (cover - 0.5) + 0.5 + pattern)) * 0.85 * 128)
    }
  }
}

/// Tells ground from what stands on it, column by column from the bottom up: ground is grey and goes on in the
/// lightness that it had below.
private struct GroundFinder {
  /// The row below the horizon, where ground ends.
  let first: Int
  /// By pair of columns: the lightness of the ground below in 1/32, and how surely this is ground, 0 to 64.
  private var level, trust: [Int32]

  init(_ source: Bytes, width: Int, height: Int) {
    first = min(height, Int(StreetView.horizon * Float(height)) + 1)
    // The road's lightness: the mean over the middle of a row well below the horizon.
    let row = source + height * 4 / 5 * width * 3
    let middle = stride(from: width / 4, to: max(width / 4 + 1, width * 3 / 4), by: 1)
    let sum = middle.reduce(0) { $0 + Int32(row[3 * $1 + 1]) }
    level = [Int32](repeating: 32 * sum / Int32(max(1, width * 3 / 4 - width / 4)), count: (width + 1) / 2)
    trust = [Int32](repeating: 48, count: (width + 1) / 2)
  }

  /// Goes to the row `here` and writes its shares of white in 1/128: `patches` where there is ground. Only every other
  /// pixel is looked at.
  mutating func climb(to here: Bytes, _ patches: [Int32], _ shares: inout [UInt8]) {
    level.withUnsafeMutableBufferPointer { level in
      trust.withUnsafeMutableBufferPointer { trust in
        shares.withUnsafeMutableBufferPointer { shares in
          var before: Int32 = 48
          for pair in 0..<level.count {
            let pixel = here + 6 &* pair
            let (red, green, blue) = (Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]))
            let colourfulness = max(red, max(green, blue)) &- min(red, min(green, blue))
            let difference = green &* 32 &- level[pair]
            let fits = abs(difference) < 24 * 32
            // What is lighter may be a marking: it says nothing.
            let change: Int32 = fits ? 10 : difference > 0 ? 0 : -18
            level[pair] &+= difference &>> (fits ? 2 : difference > 0 ? 7 : 4)
            // Neighbours share their trust, or single columns would show.
            let shared = (before &+ 3 &* trust[pair]) &>> 2
            before = trust[pair]
            trust[pair] = max(0, min(64, shared &+ change))
            let share = (patches[pair &>> 2] &* trust[pair] &* max(0, 64 &- colourfulness)) &>> 12
            for place in 0..<6 { shares[6 &* pair &+ place] = UInt8(truncatingIfNeeded: share) }
          }
        }
      }
    }
  }
}
