import Compute
import Scenes

extension Street {
  /// An upright flat piece of wall: `s` metres along it, `y` metres up.
  struct Wall: Sendable {
    let start: Point
    let along: Point
    let length: Float
    /// Out of the wall, towards the street.
    let normal: Point

    init(from start: Point, to end: Point, normal: Point) {
      let way = end - start
      length = max((way * way).sum().squareRoot(), 1e-3)
      (self.start, self.along, self.normal) = (start, way / length, normal)
    }

    /// A point in the wall, or `out` metres before it.
    func point(_ s: Float, _ y: Float, out: Float = 0) -> Point {
      start + along * s + Point(0, y, 0) + normal * out
    }

    func rectangle(_ s: ClosedRange<Float>, _ y: ClosedRange<Float>, out: Float = 0) -> [Point] {
      [
        point(s.lowerBound, y.lowerBound, out: out), point(s.upperBound, y.lowerBound, out: out),
        point(s.upperBound, y.upperBound, out: out), point(s.lowerBound, y.upperBound, out: out),
      ]
    }
  }

  /// A house in the row along the street.
  struct Building: Thing {
    private let front: Wall
    /// The end wall that faces the camera.
    private let gable: Wall
    private let floors: Int
    private let floorHeight: Float
    private let plaster: Colour
    private let texture: Texture
    private let trim: Colour
    private let roof: Colour
    private let pitch: Float
    private let isShop: Bool
    /// Whether a house that adjoins before this one hides the end wall.
    private let isGableHidden: Bool
    private let seed: UInt64

    var depth: Float { max(front.start.z, front.point(front.length, 0).z) }
    /// From the ground to the eaves.
    var height: Float { Float(floors) * floorHeight + 0.9 }

    private static let plasters: [Colour] = [
      Colour(0.8, 0.75, 0.64), Colour(0.62, 0.62, 0.62), Colour(0.87, 0.86, 0.84), Colour(0.72, 0.58, 0.38),
      Colour(0.5, 0.31, 0.25), Colour(0.42, 0.34, 0.28), Colour(0.48, 0.49, 0.52), Colour(0.66, 0.55, 0.5),
      Colour(0.58, 0.62, 0.55), Colour(0.34, 0.35, 0.37), Colour(0.75, 0.72, 0.7), Colour(0.52, 0.56, 0.6),
    ]

    /// A house between two points of its front line; `side` is -1 on the left of the street, and `neighbour` is the
    /// height of the house that adjoins on the camera's side, or 0.
    init(from near: Point, to far: Point, side: Float, neighbour: Float, plan: Plan, random: inout RandomStream) {
      front = Wall(from: near, to: far, normal: Point(-side, 0, 0))
      gable = Wall(from: near, to: near + Point(side * 11, 0, 0), normal: Point(0, 0, -1))
      floors = plan.floors.lowerBound + random.integer(below: plan.floors.count)
      floorHeight = random.uniform(2.9...3.8)
      plaster = random.vary(random.pick(Self.plasters), by: 0.15)
      let isBrick = plaster.x > 1.4 * plaster.z && plaster.x < 0.6
      texture = Texture(
        grain: 0.07, grainSize: 0.3, stain: random.uniform(0.08...0.25), courses: isBrick ? 0.16 : 0,
        courseHeight: 0.22, courseLength: 0.5)
      trim = random.pick([plaster * 1.2, plaster * 0.7, Colour(0.85, 0.85, 0.82), Colour(0.4, 0.38, 0.36)])
      roof = random.vary(
        random.pick([Colour(0.45, 0.24, 0.18), Colour(0.3, 0.3, 0.32), Colour(0.38, 0.3, 0.26)]), by: 0.2)
      pitch = random.uniform() < 0.6 ? random.uniform(2...4.5) : 0
      isShop = random.uniform() < plan.shopShare
      isGableHidden = neighbour >= Float(floors) * floorHeight + 0.9 + pitch
      seed = random.next()
    }

    func drawShadow(with painter: Painter) {
      let sun = painter.light.sun
      let reach = height / max(sun.y, 0.3)
      let cast = Point(-sun.x * reach, 0, -sun.z * reach)
      let (near, far) = (front.start, front.point(front.length, 0))
      painter.fill(
        [near, far, far + cast, near + cast], nil,
        shader: Plain(Colour(0.05, 0.06, 0.08), opacity: painter.light.shadowStrength))
    }

    func draw(with painter: Painter) {
      let mark = painter.mark(.building)
      var random = RandomStream(state: seed)
      drawRoof(painter, mark)
      if !isGableHidden {
        paint(gable, painter, mark, pitched: true)
        drawWindows(on: gable, in: 1.2...8.5, painter, &random, shop: false)
      }
      paint(front, painter, mark, pitched: false)
      drawWindows(on: front, in: 0...front.length, painter, &random, shop: isShop)
      let cornice = front.rectangle(0...front.length, height - 0.5...height)
      painter.fill(cornice, nil, trim, facing: front.normal)
      let base = front.rectangle(0...front.length, 0...0.5)
      painter.fill(base, nil, plaster * 0.6, facing: front.normal)
      let pipe = random.uniform(0.1...0.4)
      painter.fill(front.rectangle(pipe...pipe + 0.13, 0...height), nil, trim * 0.6, facing: front.normal, opacity: 0.8)
    }

    private func paint(_ wall: Wall, _ painter: Painter, _ mark: Mark, pitched: Bool) {
      var outline = wall.rectangle(0...wall.length, -0.1...height)
      if pitched, pitch > 0 { outline.insert(wall.point(wall.length / 2, height + pitch), at: 3) }
      painter.fill(
        outline, mark, plaster, texture: texture, across: wall.along, along: Point(0, 1, 0), facing: wall.normal)
    }

    private func drawRoof(_ painter: Painter, _ mark: Mark) {
      guard pitch > 0 else { return }
      let ridge = Point(gable.along.x * gable.length / 2, height + pitch, 0)
      let slope = [
        front.point(0, height, out: 0.4), front.point(front.length, height, out: 0.4),
        front.point(front.length, 0) + ridge, front.point(0, 0) + ridge,
      ]
      let tiles = Texture(grain: 0.1, stain: 0.2, courses: 0.18, courseHeight: 0.35, courseLength: 0.3)
      let up = slope[3] - slope[0]
      painter.fill(
        slope, mark, roof, texture: tiles, across: front.along, along: up / (up * up).sum().squareRoot(),
        facing: Point(front.normal.x * 0.6, 0.8, 0))
      chimney(painter, mark, on: front.point(front.length * 0.7, height + pitch * 0.6) + Point(ridge.x * 0.8, 0, 0))
    }

    private func chimney(_ painter: Painter, _ mark: Mark, on foot: Point) {
      painter.fillBar(from: SIMD2(0, 0), to: SIMD2(0, 2), widths: (0.8, 0.8), at: foot, mark, roof * 0.9)
    }

    private func drawWindows(
      on wall: Wall, in span: ClosedRange<Float>, _ painter: Painter, _ random: inout RandomStream, shop: Bool
    ) {
      let width = random.uniform(0.9...1.5)
      let pitch = width + random.uniform(0.9...1.7)
      let tall = min(floorHeight - 1.1, random.uniform(1.4...2))
      let length = span.upperBound - span.lowerBound
      let columns = max(1, Int(length / pitch))
      let step = length / Float(columns)
      let hasBalconies = random.uniform() < 0.2
      let door = random.integer(below: columns)
      if shop { drawShop(on: wall, in: span, painter, &random) }
      for floor in (shop ? 1 : 0)..<floors {
        let sill = Float(floor) * floorHeight + (floor == 0 ? 1 : 0.95)
        for column in 0..<columns {
          let left = span.lowerBound + (Float(column) + 0.5) * step - width / 2
          if floor == 0, column == door, wall.normal.z == 0 {
            drawDoor(on: wall, at: left, painter, &random)
          } else {
            drawWindow(on: wall, left...left + width, sill...sill + tall, painter, &random)
            if hasBalconies, floor > 0 { drawBalcony(on: wall, left - 0.4...left + width + 0.4, sill - 0.8, painter) }
          }
        }
      }
    }

    /// A pane's colour: mostly dark, with the sky's reflection or curtains now and then.
    private func pane(_ painter: Painter, _ random: inout RandomStream) -> Colour {
      let kind = random.uniform()
      if kind < 0.2 { return random.vary(Colour(0.7, 0.7, 0.66), by: 0.2) }
      if kind < 0.45 { return painter.light.haze.colour * random.uniform(0.4...0.8) }
      return random.vary(Colour(0.15, 0.17, 0.2), by: 0.5)
    }

    private func drawWindow(
      on wall: Wall, _ s: ClosedRange<Float>, _ y: ClosedRange<Float>, _ painter: Painter, _ random: inout RandomStream
    ) {
      let glass = pane(painter, &random)
      let middle = wall.point(s.lowerBound, y.lowerBound)
      let isNear = painter.pixelsPerMetre(at: middle.z) > 7
      if isNear {
        let frame = wall.rectangle(
          s.lowerBound - 0.13...s.upperBound + 0.13, y.lowerBound - 0.15...y.upperBound + 0.13)
        painter.fill(frame, nil, trim, facing: wall.normal)
      }
      painter.fill(wall.rectangle(s, y), nil, glass, facing: wall.normal)
      guard isNear else { return }
      let reveal = wall.rectangle(s, y.upperBound - 0.18...y.upperBound)
      painter.fill(reveal, nil, glass * 0.5, facing: wall.normal)
      let centre = (s.lowerBound + s.upperBound) / 2
      painter.fill(wall.rectangle(centre - 0.04...centre + 0.04, y), nil, Colour(0.8, 0.8, 0.78), facing: wall.normal)
    }

    private func drawBalcony(on wall: Wall, _ s: ClosedRange<Float>, _ y: Float, _ painter: Painter) {
      painter.fill(
        wall.rectangle(s, y - 0.1...y + 0.95, out: 0.7), painter.mark(.building), trim * 0.8, facing: wall.normal)
    }

    private func drawDoor(on wall: Wall, at left: Float, _ painter: Painter, _ random: inout RandomStream) {
      let wood = random.vary(
        random.pick([Colour(0.3, 0.18, 0.12), Colour(0.15, 0.25, 0.2), Colour(0.5, 0.5, 0.5), Colour(0.2, 0.2, 0.25)]),
        by: 0.3)
      painter.fill(wall.rectangle(left - 0.15...left + 1.25, 0...2.45), nil, trim, facing: wall.normal)
      painter.fill(wall.rectangle(left...left + 1.1, 0...2.3), nil, wood, facing: wall.normal)
    }

    /// Show windows between piers, a band with the shop's name, and perhaps an awning.
    private func drawShop(
      on wall: Wall, in span: ClosedRange<Float>, _ painter: Painter, _ random: inout RandomStream
    ) {
      let band = random.vary(
        random.pick([
          Colour(0.75, 0.15, 0.12), Colour(0.1, 0.25, 0.5), Colour(0.85, 0.82, 0.75), Colour(0.15, 0.15, 0.16),
          Colour(0.12, 0.4, 0.25), Colour(0.85, 0.65, 0.15),
        ]), by: 0.2)
      var s = span.lowerBound + 0.5
      while s + 2 < span.upperBound {
        let width = random.uniform(2...3.4)
        let end = min(s + width, span.upperBound - 0.4)
        painter.fill(
          wall.rectangle(s...end, 0.35...2.6), nil, random.vary(Colour(0.17, 0.18, 0.19), by: 0.5), facing: wall.normal)
        let goods = s + (end - s) * random.uniform(0.1...0.5)
        painter.fill(
          wall.rectangle(goods...goods + 0.8, 0.5...random.uniform(1.1...1.9)), nil,
          random.vary(Colour(0.55, 0.45, 0.35), by: 0.6), facing: wall.normal, opacity: 0.7)
        s = end + random.uniform(0.35...0.7)
      }
      let name = span.lowerBound + 0.3...span.upperBound - 0.3
      painter.fill(wall.rectangle(name, 2.7...3.25, out: 0.1), nil, band, facing: wall.normal)
      guard random.uniform() < 0.35 else { return }
      let awning = [
        wall.point(name.lowerBound, 2.7), wall.point(name.upperBound, 2.7),
        wall.point(name.upperBound, 2.2, out: 1.3), wall.point(name.lowerBound, 2.2, out: 1.3),
      ]
      painter.fill(awning, painter.mark(.building), band * 1.1, facing: Point(wall.normal.x * 0.4, 0.9, 0))
    }
  }

  /// A garden wall or a fence along the street.
  struct Enclosure: Thing {
    enum Kind: CaseIterable { case wall, boards, rails }

    let line: Wall
    let kind: Kind
    let height: Float
    let colour: Colour

    var depth: Float { max(line.start.z, line.point(line.length, 0).z) }

    init(line: Wall, random: inout RandomStream) {
      self.line = line
      kind = random.pick(Kind.allCases)
      height = random.uniform(1...2.2)
      colour = random.vary(
        random.pick([Colour(0.5, 0.32, 0.26), Colour(0.6, 0.58, 0.54), Colour(0.36, 0.27, 0.2), Colour(0.3, 0.33, 0.3)]
        ),
        by: 0.2)
    }

    func draw(with painter: Painter) {
      let outline = line.rectangle(0...line.length, -0.05...height)
      let mark = painter.mark(kind == .wall ? .wall : .fence)
      let courses = Texture(
        stain: 0.2, courses: 0.14, courseHeight: kind == .wall ? 0.25 : 3, courseLength: kind == .wall ? 0.5 : 0.16)
      let tone = kind == .rails ? colour * 0.55 : colour
      painter.fill(
        outline, mark, tone, texture: courses, across: line.along, along: Point(0, 1, 0), facing: line.normal,
        opacity: kind == .rails ? 0.55 : 1)
      let cap = line.rectangle(0...line.length, height - 0.12...height)
      painter.fill(cap, nil, tone * 1.25, facing: Point(0, 1, 0))
      guard kind != .wall else { return }
      for s in stride(from: 0, to: line.length, by: 2.2) {
        painter.fill(line.rectangle(s...s + 0.12, 0...height + 0.1), mark, colour * 0.8, facing: line.normal)
      }
    }
  }
}
