import Compute
import Scenes

extension Street {
  /// The far end of the view: a row of hazy houses and trees.
  struct Backdrop: Sendable {
    let seed: UInt64
    /// How high the houses are, in floors, and the share of trees.
    let floors: Int
    let greenness: Float

    func draw(with painter: Painter) {
      var random = RandomStream(state: seed)
      let buildings = painter.mark(.building)
      let plants = painter.mark(.vegetation)
      var x: Float = -150
      while x < 150 {
        let width = random.uniform(8...20)
        let foot = Point(x, 0, Plan.end + random.uniform(2...20))
        if random.uniform() > greenness * 0.6 { drawHouse(painter, buildings, at: foot, width: width, &random) }
        x += width * random.uniform(0.9...1.1)
      }
      x = -150
      while x < 150 {
        let width = random.uniform(6...14)
        if random.uniform() < greenness + 0.2 { drawGrove(painter, plants, x: x, width: width, &random) }
        x += width * 0.8
      }
    }

    private func drawHouse(
      _ painter: Painter, _ mark: Mark, at foot: Point, width: Float, _ random: inout RandomStream
    ) {
      let height = Float(floors) * 3.2 * random.uniform(0.7...1.3) + 2
      let roof = random.uniform() < 0.6 ? random.uniform(1.5...4) : 0
      let tone = random.vary(
        random.pick([Colour(0.6, 0.57, 0.52), Colour(0.42, 0.36, 0.32), Colour(0.7, 0.69, 0.67)]), by: 0.2)
      let gable = [
        SIMD2(0, -1), SIMD2(width, -1), SIMD2(width, height), SIMD2(width * 0.8, height + roof),
        SIMD2(width * 0.2, height + roof), SIMD2(0, height),
      ]
      painter.fillUpright(gable, at: foot, mark, roof > 0 ? Colour(0.34, 0.25, 0.22) : tone)
      painter.fillUpright(
        [SIMD2(0, -1), SIMD2(width, -1), SIMD2(width, height), SIMD2(0, height)], at: foot, mark, tone)
      for y in stride(from: Float(1), to: height - 1.6, by: 3.2) {
        for left in stride(from: Float(1), to: width - 1.5, by: 2.6) {
          painter.fillBar(
            from: SIMD2(left, y + 0.8), to: SIMD2(left + 1.2, y + 0.8), widths: (1.6, 1.6), at: foot, nil, tone * 0.4)
        }
      }
    }

    private func drawGrove(
      _ painter: Painter, _ mark: Mark, x: Float, width: Float, _ random: inout RandomStream
    ) {
      let foot = Point(x, 0, Plan.end)
      let height = random.uniform(3...11)
      let leaf = random.vary(Colour(0.26, 0.34, 0.18), by: 0.3)
      let outline = disc(0, height * 0.4, width * 0.6, height * 0.6, corners: 24).map {
        foot + Point($0.x * random.uniform(0.85...1.15), max(-0.5, $0.y * random.uniform(0.85...1.15)), 0)
      }
      painter.fillFoliage(outline, mark, leaf, at: foot, grain: 1.2)
    }
  }

  /// What belongs to the camera's own car and lens: the bonnet at the bottom edge, and the margin that rectification
  /// leaves without labels, five of 2048 columns as in Cityscapes.
  struct Ego: Sendable {
    private let hasBonnet: Bool
    private let rise: Float
    private let lean: Float
    private let paint: Colour

    init(random: inout RandomStream) {
      hasBonnet = random.uniform() < 0.85
      rise = random.uniform(0.06...0.115)
      lean = random.uniform(-0.02...0.02)
      paint = random.vary(
        random.pick([Colour(0.2, 0.21, 0.22), Colour(0.4, 0.41, 0.43), Colour(0.1, 0.1, 0.12), Colour(0.3, 0.33, 0.38)]
        ),
        by: 0.25)
    }

    func draw(with painter: Painter) {
      if hasBonnet { drawBonnet(painter) }
      let margin = painter.mark(.outOfRegion)
      let unseen = Plain(.zero, opacity: 0)
      let (across, down) = (Float(5) / 2048, Float(5) / 1024)
      let edges: [(ClosedRange<Float>, ClosedRange<Float>)] = [
        (0...1, 0...down), (0...1, 1 - down...1), (0...across, 0...1), (1 - across...1, 0...1),
      ]
      for (u, v) in edges {
        let corners = [
          SIMD2(u.lowerBound, v.lowerBound), SIMD2(u.upperBound, v.lowerBound), SIMD2(u.upperBound, v.upperBound),
          SIMD2(u.lowerBound, v.upperBound),
        ]
        painter.canvas.fill(corners, mark: margin, shader: unseen)
      }
    }

    private func drawBonnet(_ painter: Painter) {
      let lit = painter.light.lit(paint, facing: Point(0, 0.95, 0.3))
      let mark = painter.mark(.egoVehicle)
      // Nested outlines, each lighter towards the windscreen, make the sheen of curved metal.
      for layer in 0..<5 {
        let drop = Float(layer) * 0.012
        let outline = (0...24).map { step in
          let u = Float(step) / 24 * 1.1 - 0.05
          let across = (u - 0.5 + lean) * 2
          let crest = rise * (1 - 0.35 * across * across - 0.25 * across * across * across * across)
          return SIMD2(u, 1 - crest + drop)
        }
        let sheen = mix(lit, painter.light.haze.colour, 0.12 + 0.07 * Float(layer))
        let shader = Plain(layer == 0 ? lit * 0.5 : sheen)
        painter.canvas.fill(
          outline + [SIMD2(1.05, 1.1), SIMD2(-0.05, 1.1)], mark: layer == 0 ? mark : nil, shader: shader)
      }
    }
  }
}
