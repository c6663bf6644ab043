import Compute
import Scenes

extension Street {
  /// The ground: carriageway with its markings and wear, pavements, and what lies behind them.
  struct Road: Sendable {
    private let plan: Plan
    private let seed: UInt64
    private let up = Point(0, 1, 0)

    init(plan: Plan, seed: UInt64) {
      (self.plan, self.seed) = (plan, seed)
    }

    func draw(with painter: Painter) {
      var random = RandomStream(state: seed)
      let grey = random.uniform(0.3...0.5)
      let asphalt = random.vary(Colour(0.98, 0.99, 1.03) * grey, by: 0.06)
      drawPavements(painter, &random)
      let road = painter.mark(.road)
      lay(painter, [(-plan.roadHalf, plan.roadHalf, 0, 400)], road, asphalt, Texture(grain: 0.13, grainSize: 0.09))
      if let junction = plan.junction {
        let corners = [-90, 90, 90, -90] as [Float]
        let ends = [junction.lowerBound, junction.lowerBound, junction.upperBound, junction.upperBound]
        let crossing = zip(corners, ends).map { plan.point($0, 0, $1) }
        fillGround(painter, crossing, road, asphalt, Texture(grain: 0.13, grainSize: 0.09))
      }
      drawWear(painter, asphalt, &random)
      drawMarkings(painter, &random)
    }

    private func fillGround(
      _ painter: Painter, _ polygon: [Point], _ mark: Mark?, _ colour: Colour, _ texture: Texture, opacity: Float = 1
    ) {
      painter.fill(
        polygon, mark, colour, texture: texture, across: Point(1, 0, 0), along: Point(0, 0, 1), facing: up,
        opacity: opacity)
    }

    /// Lays strips (left, right, near, far) along the street.
    private func lay(
      _ painter: Painter, _ strips: [(Float, Float, Float, Float)], _ mark: Mark?, _ colour: Colour, _ texture: Texture,
      opacity: Float = 1
    ) {
      for strip in strips {
        fillGround(
          painter, plan.strip(strip.0, strip.1, strip.2, strip.3), mark, colour, texture, opacity: opacity)
      }
    }

    private func drawPavements(_ painter: Painter, _ random: inout RandomStream) {
      let stone = random.vary(
        random.pick([Colour(0.56, 0.55, 0.53), Colour(0.47, 0.47, 0.48), Colour(0.58, 0.5, 0.45)]), by: 0.12)
      let size = random.pick([0.3, 0.5, 0.9] as [Float])
      let slabs = Texture(grain: 0.08, stain: 0.14, courses: 0.13, courseHeight: size, courseLength: size * 1.4)
      let pavement = painter.mark(.sidewalk)
      let half = plan.roadHalf
      lay(painter, [(-200, -half + 0.1, 0, 400), (half - 0.1, 200, 0, 400)], pavement, stone, slabs)
      let kerb = random.vary(Colour(0.62, 0.62, 0.6), by: 0.15)
      lay(painter, [(-half - 0.22, -half, 0, 120), (half, half + 0.22, 0, 120)], pavement, kerb, Texture(grain: 0.05))
      for side in [-1, 1] as [Float] where random.uniform() < 0.25 {
        let grass = random.vary(Colour(0.35, 0.38, 0.2), by: 0.25)
        let (inner, outer) = (side * (half + 0.3), side * (half + random.uniform(1.2...2.2)))
        lay(
          painter, [(min(inner, outer), max(inner, outer), 0, 150)], painter.mark(.terrain), grass,
          Texture(grain: 0.25, grainSize: 0.14, stain: 0.3))
      }
      if random.uniform() < 0.35 {
        let path = random.vary(Colour(0.55, 0.3, 0.26), by: 0.15)
        lay(painter, [(half + 0.4, half + 1.5, 0, 120)], pavement, path, slabs)
      }
    }

    /// Gutters, tyre tracks, mended patches, cracks and covers.
    private func drawWear(_ painter: Painter, _ asphalt: Colour, _ random: inout RandomStream) {
      let half = plan.roadHalf
      let plain = Texture(grain: 0.1, grainSize: 0.12)
      lay(
        painter, [(-half, -half + 0.25, 0, 100), (half - 0.25, half, 0, 100)], nil, asphalt * 0.72, plain, opacity: 0.7)
      for track in [-1.5, -3, 1, 2.5] as [Float] {
        lay(painter, [(track * half / 4, track * half / 4 + 0.5, 0, 120)], nil, asphalt * 0.84, plain, opacity: 0.35)
      }
      for _ in 0..<random.integer(below: 6) {
        let (x, z) = (random.uniform(-half...half - 1), random.uniform(4...35))
        let (width, length) = (random.uniform(0.6...2.4), random.uniform(0.8...9))
        let tone = asphalt * random.uniform(0.68...1.25)
        lay(painter, [(x, min(half, x + width), z, z + length)], nil, tone, plain, opacity: 0.8)
      }
      for _ in 0..<random.integer(below: 5) { drawCrack(painter, &random) }
      for _ in 0..<random.integer(below: 3) {
        let (x, z) = (random.uniform(-half...half), random.uniform(5...25))
        let cover = disc(0, 0, 0.34, 0.34).map { plan.point(x + $0.x, 0, z + $0.y) }
        fillGround(painter, cover, nil, Colour(0.26, 0.25, 0.24), Texture(grain: 0.3, grainSize: 0.06))
      }
    }

    private func drawCrack(_ painter: Painter, _ random: inout RandomStream) {
      var (x, z) = (random.uniform(-plan.roadHalf...plan.roadHalf), random.uniform(4...20))
      for _ in 0..<8 {
        let (nextX, nextZ) = (x + random.uniform(-0.3...0.3), z + random.uniform(0.2...0.9))
        let crack = [
          plan.point(x - 0.02, 0, z), plan.point(x + 0.02, 0, z), plan.point(nextX + 0.02, 0, nextZ),
          plan.point(nextX - 0.02, 0, nextZ),
        ]
        painter.fill(crack, nil, Colour(0.2, 0.2, 0.2), facing: up, opacity: 0.6)
        (x, z) = (nextX, nextZ)
      }
    }

    private func drawMarkings(_ painter: Painter, _ random: inout RandomStream) {
      let paint = Colour(repeating: random.uniform(0.72...0.95))
      let wear = random.uniform(0.45...0.95)
      let texture = Texture(grain: 0.2, grainSize: 0.2, stain: 0.2)
      let half = plan.roadHalf
      func line(_ x: Float, width: Float, dash: Float, gap: Float) {
        var z = random.uniform(0...dash + gap) - dash
        while z < 110 {
          if !plan.isCrossed(z + dash / 2, margin: 2) {
            lay(painter, [(x - width / 2, x + width / 2, max(0, z), z + dash)], nil, paint, texture, opacity: wear)
          }
          z += dash + gap
        }
      }
      let style = random.integer(below: 4)
      if style < 3 { line(0, width: 0.14, dash: style == 0 ? 12 : 3, gap: style == 0 ? 0 : 4.5) }
      if half > 6 {
        line(half / 2, width: 0.12, dash: 3, gap: 6)
        line(-half / 2, width: 0.12, dash: 3, gap: 6)
      }
      if plan.parking.right, style != 1 { line(half - 2.1, width: 0.12, dash: 6, gap: 0.4) }
      if plan.parking.left, style != 1 { line(-half + 2.1, width: 0.12, dash: 6, gap: 0.4) }
      if let junction = plan.junction, plan.zebra == nil {
        let z = junction.lowerBound - 1.5
        lay(painter, [(0.2, half - 0.3, z, z + 0.45)], nil, paint, texture, opacity: wear)
      }
      if let zebra = plan.zebra {
        for x in stride(from: -half + 0.4, to: half - 0.4, by: 1) {
          lay(painter, [(x, x + 0.5, zebra, zebra + 3.2)], nil, paint, texture, opacity: wear)
        }
      }
    }
  }
}
