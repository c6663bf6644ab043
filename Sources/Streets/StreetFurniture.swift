import Compute
import Scenes

extension Street {
  /// Poles and what hangs on them.
  struct Post: Thing {
    enum Kind { case lamp, trafficLight, sign, doubleSign, board, bollard }

    let foot: Point
    let kind: Kind
    /// -1 where the road lies to the left of the foot.
    let roadward: Float
    let seed: UInt64

    var depth: Float { foot.z }

    init(_ kind: Kind, at foot: Point, roadward: Float, random: inout RandomStream) {
      (self.kind, self.foot, self.roadward) = (kind, foot, roadward)
      seed = random.next()
    }

    private var height: Float {
      switch kind {
      case .lamp: 7
      case .trafficLight: 3.3
      case .sign, .doubleSign: 2.7
      case .board: 3.4
      case .bollard: 0.95
      }
    }

    func drawShadow(with painter: Painter) {
      painter.castShadow(from: foot, width: 0.25, height: height)
    }

    func draw(with painter: Painter) {
      var random = RandomStream(state: seed)
      let mark = painter.mark(.pole)
      let metal = random.vary(
        random.pick([
          Colour(0.42, 0.43, 0.44), Colour(0.26, 0.28, 0.28), Colour(0.55, 0.56, 0.56), Colour(0.3, 0.36, 0.32),
        ]),
        by: 0.2)
      let width: Float = kind == .lamp ? 0.17 : (kind == .bollard ? 0.14 : 0.11)
      painter.fillBar(from: SIMD2(0, -0.03), to: SIMD2(0, height), widths: (width, width * 0.7), at: foot, mark, metal)
      switch kind {
      case .lamp: drawLamp(painter, mark, metal, &random)
      case .trafficLight: drawTrafficLight(painter, mark, metal, &random)
      case .sign: drawSign(painter, at: 2.4, &random)
      case .doubleSign:
        drawSign(painter, at: 2.5, &random)
        drawSign(painter, at: 1.8, &random)
      case .board: drawBoard(painter, &random)
      case .bollard: break
      }
    }

    private func drawLamp(_ painter: Painter, _ mark: Mark, _ metal: Colour, _ random: inout RandomStream) {
      let arm = SIMD2(roadward * random.uniform(0.9...1.8), height + 0.5)
      painter.fillBar(from: SIMD2(0, height - 0.05), to: arm, widths: (0.14, 0.1), at: foot, mark, metal)
      let head = arm + SIMD2(roadward * 0.7, 0.05)
      painter.fillBar(from: arm, to: head, widths: (0.16, 0.22), at: foot, mark, metal * 1.3)
    }

    private func drawTrafficLight(_ painter: Painter, _ mark: Mark, _ metal: Colour, _ random: inout RandomStream) {
      let lit = random.integer(below: 3)
      var boxes = [SIMD2<Float>(0, 2.35)]
      if random.uniform() < 0.5 {
        let reach = roadward * random.uniform(2.5...4)
        painter.fillBar(from: SIMD2(0, -0.03), to: SIMD2(0, 5.4), widths: (0.2, 0.16), at: foot, mark, metal)
        painter.fillBar(from: SIMD2(0, 5.3), to: SIMD2(reach, 5.5), widths: (0.14, 0.12), at: foot, mark, metal)
        boxes.append(SIMD2(reach, 4.7))
      }
      let isBackside = random.uniform() < 0.25
      let light = painter.mark(.trafficLight)
      for box in boxes {
        let corners = [SIMD2(-0.19, 0), SIMD2(0.19, 0), SIMD2(0.19, 1), SIMD2(-0.19, 1)].map { box + $0 }
        painter.fillUpright(corners, at: foot, light, Colour(0.1, 0.11, 0.1))
        guard !isBackside else { continue }
        for lamp in 0..<3 {
          let colours = [Colour(0.15, 1.2, 0.5), Colour(1.3, 0.9, 0.15), Colour(1.4, 0.15, 0.1)]
          let tone = colours[lamp] * (lamp == lit ? 1 : 0.18)
          painter.fillUpright(disc(box.x, box.y + 0.2 + 0.3 * Float(lamp), 0.12, 0.12), at: foot, nil, tone)
        }
      }
    }

    private func drawSign(_ painter: Painter, at y: Float, _ random: inout RandomStream) {
      let mark = painter.mark(.trafficSign)
      let (red, blue, white) = (Colour(0.75, 0.1, 0.12), Colour(0.1, 0.25, 0.65), Colour(0.9, 0.9, 0.88))
      switch random.integer(below: 5) {
      case 0:
        painter.fillUpright(disc(0, y, 0.34, 0.34), at: foot, mark, red)
        painter.fillUpright(disc(0, y, 0.24, 0.24), at: foot, nil, white)
      case 1:
        painter.fillUpright([SIMD2(-0.42, y - 0.35), SIMD2(0.42, y - 0.35), SIMD2(0, y + 0.38)], at: foot, mark, red)
        painter.fillUpright([SIMD2(-0.24, y - 0.24), SIMD2(0.24, y - 0.24), SIMD2(0, y + 0.18)], at: foot, nil, white)
      case 2: painter.fillUpright(disc(0, y, 0.34, 0.34), at: foot, mark, blue)
      case 3:
        let diamond: [SIMD2<Float>] = [SIMD2(0, y - 0.4), SIMD2(0.4, y), SIMD2(0, y + 0.4), SIMD2(-0.4, y)]
        painter.fillUpright(diamond, at: foot, mark, Colour(0.9, 0.75, 0.15))
      default:
        let face = random.uniform() < 0.3 ? Colour(0.5, 0.5, 0.5) : blue
        painter.fillUpright(disc(0, y, 0.44, 0.44, corners: 4), at: foot, mark, face)
        painter.fillUpright(disc(0, y, 0.17, 0.2, corners: 4), at: foot, nil, white)
      }
    }

    private func drawBoard(_ painter: Painter, _ random: inout RandomStream) {
      let face = random.pick([Colour(0.9, 0.88, 0.8), Colour(0.85, 0.7, 0.15), Colour(0.12, 0.28, 0.6)])
      let half = random.uniform(0.4...0.65)
      let corners = [SIMD2(-half, 2.4), SIMD2(half, 2.4), SIMD2(half, 3.2), SIMD2(-half, 3.2)]
      painter.fillUpright(corners, at: foot, painter.mark(.trafficSign), face)
      for line in 0..<3 {
        let y = 2.6 + 0.2 * Float(line)
        painter.fillBar(
          from: SIMD2(-half * 0.8, y), to: SIMD2(half * random.uniform(0.2...0.8), y), widths: (0.09, 0.09), at: foot,
          nil,
          Colour(0.15, 0.15, 0.15))
      }
    }
  }

  /// Things that no class is for: Cityscapes calls them static or dynamic.
  struct Clutter: Thing {
    enum Kind: CaseIterable { case box, column, cafe, skip, wheelieBins, pram }

    let foot: Point
    let kind: Kind
    let colour: Colour
    let size: Float

    var depth: Float { foot.z }

    init(at foot: Point, random: inout RandomStream) {
      self.foot = foot
      kind = random.pick(Kind.allCases)
      colour = random.vary(
        random.pick([Colour(0.5, 0.5, 0.48), Colour(0.25, 0.33, 0.25), Colour(0.55, 0.3, 0.2), Colour(0.3, 0.33, 0.4)]),
        by: 0.3)
      size = random.uniform(0.8...1.3)
    }

    private var isDynamic: Bool { kind == .wheelieBins || kind == .pram }

    func drawShadow(with painter: Painter) {
      painter.shade(around: foot, across: size, ahead: size * 0.8, strength: 0.6)
    }

    func draw(with painter: Painter) {
      let mark = painter.mark(isDynamic ? .dynamicClutter : .staticClutter)
      switch kind {
      case .box: block(painter, mark, x: 0, width: 0.9, height: 1.2, colour)
      case .skip: block(painter, mark, x: 0, width: 2.4, height: 1.3, colour)
      case .column:
        block(painter, mark, x: 0, width: 1.1, height: 2.8, colour)
        let poster = [SIMD2<Float>(-0.4, 0.9), SIMD2(0.3, 0.9), SIMD2(0.3, 2.2), SIMD2(-0.4, 2.2)]
        painter.fillUpright(poster, at: foot, nil, Colour(0.8, 0.7, 0.5))
      case .cafe:
        painter.fillBar(from: SIMD2(0, 0), to: SIMD2(0, 2.4), widths: (0.06, 0.06), at: foot, mark, colour)
        painter.fillUpright(
          [SIMD2(-1.5, 2), SIMD2(1.5, 2), SIMD2(0.1, 2.6), SIMD2(-0.1, 2.6)], at: foot, mark, Colour(0.8, 0.75, 0.65))
        for x in [-0.9, 0.1, 0.9] as [Float] { block(painter, mark, x: x, width: 0.45, height: 0.8, colour * 0.7) }
      case .wheelieBins:
        block(painter, mark, x: -0.35, width: 0.58, height: 1.05, colour)
        block(painter, mark, x: 0.3, width: 0.58, height: 1.05, colour * 0.6)
      case .pram:
        painter.fillUpright(disc(0, 0.75, 0.4, 0.3), at: foot, mark, colour)
        painter.fillBar(from: SIMD2(0.3, 0.8), to: SIMD2(0.6, 1.05), widths: (0.06, 0.06), at: foot, mark, colour * 0.4)
        for x in [-0.28, 0.28] as [Float] {
          painter.fillUpright(disc(x, 0.18, 0.17, 0.18), at: foot, mark, colour * 0.3)
        }
      }
    }

    /// A box seen from before, with a lighter lid.
    private func block(_ painter: Painter, _ mark: Mark, x: Float, width: Float, height: Float, _ colour: Colour) {
      let (half, top) = (width * size / 2, height * size)
      let face = [SIMD2(x - half, 0), SIMD2(x + half, 0), SIMD2(x + half, top), SIMD2(x - half, top)]
      painter.fillUpright(face, at: foot, mark, colour)
      let lid = [(-half, Float(0)), (half, 0), (half * 0.92, 0.5), (-half * 0.92, 0.5)]
      painter.fill(
        lid.map { foot + Point(x + $0.0, top, $0.1) }, mark, colour * 1.1, facing: Point(0, 1, 0))
      painter.fillUpright(
        [
          SIMD2(x - half, top * 0.86), SIMD2(x + half, top * 0.86), SIMD2(x + half, top * 0.9),
          SIMD2(x - half, top * 0.9),
        ],
        at: foot, nil, colour * 0.6)
    }
  }
}
