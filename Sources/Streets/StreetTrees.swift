import Compute
import Foundation
import Scenes

extension Street {
  /// A tree: a trunk, and a crown of several irregular clumps, lit from the sun's side.
  struct Tree: Thing {
    let foot: Point
    let height: Float
    let isSlender: Bool
    let leaf: Colour
    let seed: UInt64

    var depth: Float { foot.z }

    private static let leaves: [Colour] = [
      Colour(0.3, 0.42, 0.16), Colour(0.22, 0.34, 0.14), Colour(0.4, 0.46, 0.2), Colour(0.18, 0.28, 0.17),
      Colour(0.33, 0.4, 0.26), Colour(0.5, 0.42, 0.18), Colour(0.42, 0.3, 0.18), Colour(0.24, 0.3, 0.22),
    ]

    init(foot: Point, height: Float, random: inout RandomStream) {
      (self.foot, self.height) = (foot, height)
      isSlender = random.uniform() < 0.25
      leaf = random.vary(random.pick(Self.leaves), by: 0.25)
      seed = random.next()
    }

    private var crownRadius: Float { height * (isSlender ? 0.17 : 0.33) }

    func drawShadow(with painter: Painter) {
      let sun = painter.light.sun
      let reach = height * 0.65 / max(sun.y, 0.3)
      let centre = Point(foot.x - sun.x * reach, 0, foot.z - sun.z * reach)
      let strength = painter.light.shadowStrength * min(1, 0.3 + painter.light.direct.y)
      painter.shade(around: centre, across: crownRadius * 1.3, ahead: crownRadius * 1.6, strength: strength)
      painter.shade(around: foot, across: 0.8, ahead: 0.8, strength: 0.3)
    }

    func draw(with painter: Painter) {
      var random = RandomStream(state: seed)
      let mark = painter.mark(.vegetation)
      drawTrunk(painter, mark, &random)
      let (radius, stretch) = (crownRadius, isSlender ? 2.1 : 1.05 as Float)
      let middle = SIMD2(0, height - radius * stretch)
      let right = painter.light.sun.x
      clump(painter, mark, at: middle, radius: SIMD2(radius, radius * stretch) * 0.82, tone: 0.6, &random)
      for step in 0..<(foot.z < 60 ? 14 : 7) {
        let angle = random.uniform(0...2 * .pi)
        let out = 0.88 * random.uniform().squareRoot()
        let offset = SIMD2(cos(angle), sin(angle)) * out
        // Clumps towards the sun and the sky are lighter; later ones lie nearer.
        let tone = 0.72 + 0.25 * offset.y + 0.22 * offset.x * right + 0.02 * Float(step)
        let size = radius * random.uniform(0.2...0.5)
        clump(
          painter, mark, at: middle + offset * SIMD2(radius, radius * stretch),
          radius: SIMD2(size, size * (isSlender ? 1.4 : 0.85)), tone: tone, &random)
      }
    }

    private func drawTrunk(_ painter: Painter, _ mark: Mark, _ random: inout RandomStream) {
      let bark = random.vary(Colour(0.3, 0.25, 0.2), by: 0.3)
      let (width, top) = (height * 0.045, SIMD2(random.uniform(-0.2...0.2), height * 0.6))
      painter.fillBar(from: SIMD2(0, -0.05), to: top, widths: (width, width * 0.5), at: foot, mark, bark)
      for side in [-1, 1] as [Float] {
        let fork = SIMD2(top.x * 0.6, height * 0.34)
        let end = fork + SIMD2(side * height * 0.14, height * 0.18)
        painter.fillBar(from: fork, to: end, widths: (width * 0.5, width * 0.25), at: foot, mark, bark * 0.9)
      }
    }

    /// An irregular disc of leaves; sizes in metres beside and above the foot.
    private func clump(
      _ painter: Painter, _ mark: Mark, at centre: SIMD2<Float>, radius: SIMD2<Float>, tone: Float,
      _ random: inout RandomStream
    ) {
      let corners = foot.z < 40 ? 40 : 20
      let outline = disc(centre.x, centre.y, radius.x, radius.y, corners: corners).map { point in
        let ragged = centre + (point - centre) * (0.72 + 0.45 * random.uniform().squareRoot())
        return foot + Point(ragged.x, ragged.y, 0)
      }
      painter.fillFoliage(outline, mark, leaf * tone, at: foot, grain: random.uniform(0.3...0.45))
    }
  }

  /// A hedge or a row of bushes along the street, with a bumpy top.
  struct Hedge: Thing {
    let line: Wall
    let height: Float
    let leaf: Colour
    let seed: UInt64

    var depth: Float { max(line.start.z, line.point(line.length, 0).z) }

    init(line: Wall, height: Float, random: inout RandomStream) {
      (self.line, self.height) = (line, height)
      leaf = random.vary(
        random.pick([Colour(0.24, 0.34, 0.15), Colour(0.34, 0.4, 0.2), Colour(0.36, 0.26, 0.18)]), by: 0.25)
      seed = random.next()
    }

    func draw(with painter: Painter) {
      var random = RandomStream(state: seed)
      let mark = painter.mark(.vegetation)
      let steps = max(2, min(60, Int(line.length / 0.7)))
      for (out, tone) in [(Float(-0.8), Float(1)), (0, 0.7)] {
        var outline = [line.point(0, -0.05, out: out), line.point(line.length, -0.05, out: out)]
        for step in (0...steps).reversed() {
          let s = line.length * Float(step) / Float(steps)
          let bump = height * random.uniform(0.84...1.08)
          outline.append(line.point(s, out < 0 ? bump * 1.06 : bump * 0.94, out: out))
        }
        painter.fillFoliage(outline, mark, leaf * tone, at: line.point(line.length / 3, 0), grain: 0.3)
      }
    }
  }
}

extension Street.Painter {
  /// Fills a polygon with leaves: clumps of `grain` metres at the distance of `anchor`.
  func fillFoliage(
    _ polygon: [Street.Point], _ mark: Street.Mark?, _ albedo: Street.Colour, at anchor: Street.Point, grain: Float
  ) {
    let z = max(anchor.z, Street.Camera.near)
    let seen = camera.project(Street.Point(anchor.x, anchor.y, z))
    let lit = light.lit(albedo, facing: Street.Point(0, 0.5, -0.87))
    // Leaves finer than a pixel of a small picture would only flicker.
    let size = max(grain, z * 0.006)
    let shader = Street.Foliage(
      dark: light.haze.over(lit * 0.38, z), light: light.haze.over(lit * 1.45, z), origin: seen,
      scale: z / (camera.focal * size))
    fill(polygon, mark, shader: shader)
  }
}
