import Compute
import Foundation

/// Snow: it lies on the ground and on what faces up, flakes fall at one slant, and the distance turns white.
///
/// Cover: of the street's ground (`StreetView`), a share of 0.1, 0.3, 0.5, 0.7, 0.9 by severity is covered in patches of
/// about 2 m, grey pixels wholly and coloured ones less; where a darker thing begins below a brighter one, its top edge
/// becomes white, 2, 2, 3, 3, 4 rows deep at 256. Flakes:
/// one for each 600, 400, 260, 180, 120 pixels of a picture of 256 rows, with radii of 0.5 to 2.5 pixels there. The veil
/// is white fog of a range of 1200, 700, 400, 240 or 140 metres. All white is as bright as the picture's light allows.
package struct Snow: Weather {
  package static let name = "snow"
  package static let summary = "snow on ground and top edges, and falling flakes"

  static let covers: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9]
  static let caps: [Float] = [2, 2, 3, 3, 4]
  static let areas: [Float] = [600, 400, 260, 180, 120]
  static let ranges: [Float] = [1200, 700, 400, 240, 140]

  package var severity: Severity?

  package init() {}

  package func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let (width, height) = (picture.width, picture.height)
    let cover = SnowCover(severity, width: width, height: height, random: &random)
    let aspect = Float(width) / Float(height)
    let range = severity.pick(Self.ranges)
    let veil = Veil(width: width, height: height) { u, v in
      1 - exp(-3 / range * StreetView.distance(u, v, aspect: aspect, sky: 200))
    }
    let light = picture.light
    func lit(_ red: Float, _ green: Float, _ blue: Float) -> RGB {
      RGB(UInt8(light * red), UInt8(light * green), UInt8(light * blue))
    }
    var result = picture.mapped { cover.settle($0, into: $1, lit(228, 231, 238)) }
    result.change { pixels in
      veil.lay(lit(214, 217, 222), over: pixels)
      drawFlakes(severity, 245 * light, Brush(pixels: pixels, width: width, height: height), random: &random)
    }
    return result
  }

  private func drawFlakes(_ severity: Severity, _ grey: Float, _ brush: Brush, random: inout RandomStream) {
    let scale = Float(brush.height) / 256
    let count = Int(Float(brush.width * brush.height) / (scale * scale * severity.pick(Self.areas)))
    let slope = tan(random.uniform(-35...35) * .pi / 180)
    let white = SIMD3<Float>(repeating: grey)
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

  /// Copies the picture, and lays snow of a colour on it row by row from the bottom up.
  func settle(_ source: Bytes, into target: MutableBytes, _ snow: RGB) {
    let stride = width * 3
    target.update(from: source, count: height * stride)
    var finder = GroundFinder(source, width: width, height: height)
    let white = [UInt8]((0..<width).flatMap { _ in [snow.red, snow.green, snow.blue] })
    let groups = (width + 15) / 16
    var patches = [SIMD8<Int16>](repeating: SIMD8(), count: groups)
    var ground = [UInt8](repeating: 0, count: 48 * groups + 2)
    var edges = [UInt8](repeating: 0, count: stride + 2)
    var shares = [UInt8](repeating: 0, count: stride)
    for y in (min(cap, height)..<height).reversed() {
      let here = source + y * stride
      let isLast = y == height - 1
      if y == finder.first - 1 { ground = [UInt8](repeating: 0, count: ground.count) }
      if y >= finder.first && (isLast || y % 2 == 0) {
        if isLast || y % 4 == 0 { weighGround(y, into: &patches) }
        finder.climb(to: here, patches, &ground)
      }
      findEdges(here, below: isLast ? here : here + stride, into: &edges)
      Self.join(ground, edges, into: &shares, count: stride)
      PixelRows.blend(target + y * stride, count: stride, colours: white, shares: shares)
    }
  }

  /// Marks, in 1/128, how much darker each value is than what lies `cap` rows above, if what lies below is dark too.
  @inline(never)
  private func findEdges(_ here: Bytes, below: Bytes, into edges: MutableBytes) {
    let (above, share) = (here - 3 * width * cap, capShare)
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

  /// How much of the ground is white, in 1/128, by pair of columns of a row: computed every 8 columns, and interpolated
  /// between.
  private func weighGround(_ y: Int, into result: inout [SIMD8<Int16>]) {
    let aspect = Float(width) / Float(height)
    let v = Float(y) / Float(height)
    func weight(_ column: Int) -> Int16 {
      let (share, x, z) = StreetView.ground(Float(column) / Float(width), v, aspect: aspect)
      if share == 0 { return 0 }
      let pattern = 0.35 * patches(x / 2, z / 3) + 0.35 * grains(x * 1.5, z) * min(1, 8 / z)
      return Int16(share * min(1, max(0, 1.3 * (cover - 0.5) + 0.5 + pattern)) * 0.85 * 128)
    }
    let steps = SIMD4<Int16>(0, 1, 2, 3)
    var left = weight(0)
    for group in result.indices {
      let (middle, right) = (weight(16 * group + 8), weight(16 * group + 16))
      result[group].lowHalf = left &+ ((middle - left) &* steps) &>> 2
      result[group].highHalf = middle &+ ((right - middle) &* steps) &>> 2
      left = right
    }
  }
}

/// Tells ground from what stands on it, column by column from the bottom up: ground is grey and goes on in the
/// lightness that it had below.
///
/// Of each pair of columns only the left is looked at; eight pairs are a group.
private struct GroundFinder {
  private typealias Lanes = SIMD8<Int16>

  /// The row below the horizon, where ground ends.
  let first: Int
  private let stride: Int
  /// A row of pixels, with room for whole groups.
  private var row: [UInt8]
  /// The green values of the row before, the lightness of the ground below in 1/32, and how surely this is ground, 0 to
  /// 64.
  private var last, level, trust: [SIMD8<Int16>]

  init(_ source: Bytes, width: Int, height: Int) {
    first = min(height, Int(StreetView.horizon * Float(height)) + 1)
    stride = 3 * width
    let groups = (width + 15) / 16
    row = [UInt8](repeating: 0, count: 48 * groups)
    // The road's lightness: the mean over the middle of a row well below the horizon.
    let below = source + height * 4 / 5 * stride
    let middle = width / 4..<max(width / 4 + 1, width * 3 / 4)
    let mean = middle.reduce(0) { $0 + Int(below[3 * $1 + 1]) } / middle.count
    last = [Lanes](repeating: Lanes(repeating: Int16(mean)), count: groups)
    level = [Lanes](repeating: Lanes(repeating: Int16(32 * mean)), count: groups)
    trust = [Lanes](repeating: Lanes(repeating: 48), count: groups)
  }

  /// Goes to the row `here` and writes its shares of white in 1/128, with room for whole groups and 2 more: `patches`
  /// where there is ground.
  mutating func climb(to here: Bytes, _ patches: [SIMD8<Int16>], _ shares: inout [UInt8]) {
    row.withUnsafeMutableBufferPointer { row in
      shares.withUnsafeMutableBytes { shares in
        guard let pixels = row.baseAddress, let shares = shares.baseAddress else { return }
        pixels.update(from: here, count: stride)
        var before = trust[0]
        for group in trust.indices {
          let (green, greyness) = Self.values(pixels + 48 &* group)
          let own = trust[group]
          trust[group] = Self.judge(green, before: before, own, last: &last[group], level: &level[group])
          before = own
          // In the dark, ground and what stands on it look alike.
          let light = Self.inBounds((level[group] &- 256) &>> 4)
          let share = (((patches[group] &* trust[group]) &>> 6) &* ((greyness &* light) &>> 6)) &>> 6
          Self.store(share, to: shares + 48 &* group)
        }
      }
    }
  }

  @inline(__always)
  private static func inBounds(_ values: Lanes) -> Lanes {
    values.clamped(lowerBound: .zero, upperBound: Lanes(repeating: 64))
  }

  /// Green values and greyness, 0 to 64, of a group.
  @inline(__always)
  private static func values(_ pixels: Bytes) -> (green: Lanes, greyness: Lanes) {
    // Written out, as lanes at places that vary go through memory.
    func lanes(_ pixels: Bytes) -> Lanes {
      func value(_ pair: Int) -> Int16 { Int16(truncatingIfNeeded: pixels[6 &* pair]) }
      return Lanes(value(0), value(1), value(2), value(3), value(4), value(5), value(6), value(7))
    }
    let (red, green, blue) = (lanes(pixels), lanes(pixels + 1), lanes(pixels + 2))
    let most = pointwiseMax(red, pointwiseMax(green, blue))
    let least = pointwiseMin(red, pointwiseMin(green, blue))
    return (green, inBounds(64 &- most &+ least))
  }

  /// Writes each of eight shares to the six values of its pair.
  @inline(__always)
  private static func store(_ shares: Lanes, to target: UnsafeMutableRawPointer) {
    // The two bytes too many are overwritten by the next pair's.
    func store(_ share: Int16, _ pair: Int) {
      let bytes = UInt64(truncatingIfNeeded: share) &* 0x0101_0101_0101
      (target + 6 &* pair).storeBytes(of: bytes, as: UInt64.self)
    }
    store(shares[0], 0)
    store(shares[1], 1)
    store(shares[2], 2)
    store(shares[3], 3)
    store(shares[4], 4)
    store(shares[5], 5)
    store(shares[6], 6)
    store(shares[7], 7)
  }

  /// How surely a group is ground, after a trust of `own`, and of `before` in the group to the left; brings up to date
  /// what is known of its pixels below.
  @inline(__always)
  private static func judge(_ green: Lanes, before: Lanes, _ own: Lanes, last: inout Lanes, level: inout Lanes) -> Lanes
  {
    let difference = green &* 32 &- level
    let distance = pointwiseMax(difference, 0 &- difference)
    let change = green &- last
    last = green
    // What is lighter may be a marking: it says nothing. What is darker but smooth may be a shadow.
    let isLighter = difference .> 0
    let isSmooth = pointwiseMax(change, 0 &- change) .< 6
    let fits = distance .< (level &>> 2) &+ 96
    let step = (difference &>> 4).replacing(with: difference &>> 3, where: isSmooth)
      .replacing(with: difference &>> 7, where: isLighter).replacing(with: difference &>> 2, where: fits)
    let gain = Lanes(repeating: -18).replacing(with: -6, where: isSmooth).replacing(with: 0, where: isLighter)
      .replacing(with: 10, where: fits)
    level &+= step
    // Neighbours share their trust, or single columns would show.
    let left = Lanes(before[7], own[0], own[1], own[2], own[3], own[4], own[5], own[6])
    return inBounds(((left &+ 3 &* own) &>> 2) &+ gain)
  }
}
