import Compute
import Foundation
import Scenes

extension Street {
  /// What a person wears, and how tall they are.
  struct Figure: Sendable {
    let height: Float
    let build: Float
    let coat: Colour
    let trousers: Colour
    let skin: Colour
    let hair: Colour
    let hasBag: Bool
    let hasSkirt: Bool

    init(isAdult: Bool = false, random: inout RandomStream) {
      height = !isAdult && random.uniform() < 0.1 ? random.uniform(1.05...1.4) : random.uniform(1.55...1.9)
      build = random.uniform(0.85...1.2)
      let clothes: [Colour] = [
        Colour(0.12, 0.12, 0.14), Colour(0.2, 0.24, 0.34), Colour(0.42, 0.42, 0.44), Colour(0.55, 0.16, 0.14),
        Colour(0.8, 0.79, 0.76), Colour(0.25, 0.3, 0.2), Colour(0.5, 0.42, 0.32), Colour(0.3, 0.42, 0.55),
        Colour(0.34, 0.26, 0.22), Colour(0.75, 0.6, 0.2),
      ]
      coat = random.vary(random.pick(clothes), by: 0.3)
      trousers = random.vary(random.pick(Array(clothes.prefix(4)) + [Colour(0.16, 0.2, 0.3)]), by: 0.3)
      skin = random.vary(
        random.pick([Colour(0.8, 0.6, 0.5), Colour(0.62, 0.44, 0.34), Colour(0.36, 0.25, 0.2)]), by: 0.1)
      hair = random.pick([
        Colour(0.15, 0.11, 0.09), Colour(0.35, 0.25, 0.16), Colour(0.6, 0.5, 0.32), Colour(0.55, 0.55, 0.55),
      ])
      hasBag = random.uniform() < 0.35
      hasSkirt = random.uniform() < 0.2
    }
  }

  /// Someone on foot, seen from before, behind or aside in mid-step.
  struct Person: Thing {
    let foot: Point
    let figure: Figure
    /// Half a step in metres, and which way it goes.
    let stride: Float
    let isAside: Bool

    var depth: Float { foot.z }

    init(at foot: Point, random: inout RandomStream) {
      self.foot = foot
      figure = Figure(random: &random)
      isAside = random.uniform() < 0.5
      stride = (isAside ? random.uniform(0.05...0.34) : 0.09) * (random.uniform() < 0.5 ? -1 : 1)
    }

    func drawShadow(with painter: Painter) {
      painter.castShadow(from: foot, width: 0.45, height: figure.height)
    }

    func draw(with painter: Painter) {
      let mark = painter.mark(.person)
      let scale = figure.height / 1.75
      func at(_ x: Float, _ y: Float) -> SIMD2<Float> { SIMD2(x, y) * scale }
      let hip: Float = isAside ? 0.03 : 0.1
      for (side, tone) in [(Float(-1), Float(0.75)), (1, 1)] {
        let legs = figure.trousers * tone
        let knee = at(side * (hip + stride * 0.45), 0.47)
        let ankle = at(side * stride * 1.05, 0.05)
        painter.fillBar(
          from: at(side * hip, 0.92), to: knee, widths: (0.19 * scale, 0.14 * scale), at: foot, mark, legs)
        painter.fillBar(from: knee, to: ankle, widths: (0.14 * scale, 0.1 * scale), at: foot, mark, legs)
        let toe = ankle + at(isAside ? 0.14 * (stride < 0 ? -1 : 1) : side * 0.03, -0.05)
        painter.fillBar(from: ankle, to: toe, widths: (0.09, 0.07), at: foot, mark, figure.hair * 0.5)
      }
      if figure.hasSkirt {
        painter.fillUpright(
          [at(-0.14, 1), at(0.14, 1), at(0.25, 0.5), at(-0.25, 0.5)], at: foot, mark, figure.trousers)
      }
      painter.drawUpperBody(figure, at: foot, raised: 0, isAside: isAside, swing: stride, mark)
    }
  }

  /// Someone on a bicycle or a motorcycle: rider and machine are two instances.
  struct Rider: Thing {
    let foot: Point
    let figure: Figure
    let isMotor: Bool
    let isAside: Bool
    let frame: Colour
    /// Without a rider the bicycle is parked.
    let isParked: Bool

    var depth: Float { foot.z }

    init(at foot: Point, isAside: Bool, isParked: Bool = false, random: inout RandomStream) {
      self.foot = foot
      (self.isAside, self.isParked) = (isAside, isParked)
      figure = Figure(isAdult: true, random: &random)
      isMotor = random.uniform() < 0.2
      frame = random.vary(
        random.pick([
          Colour(0.12, 0.12, 0.13), Colour(0.5, 0.12, 0.12), Colour(0.5, 0.52, 0.55), Colour(0.15, 0.25, 0.4),
        ]),
        by: 0.2)
    }

    func drawShadow(with painter: Painter) {
      painter.castShadow(from: foot, width: isAside ? 1 : 0.5, height: 1.6)
    }

    func draw(with painter: Painter) {
      let machine = painter.mark(isMotor ? .motorcycle : .bicycle)
      if isAside { drawMachineAside(painter, machine) } else { drawMachineAhead(painter, machine) }
      guard !isParked else { return }
      let mark = painter.mark(.rider)
      for side in [-1, 1] as [Float] {
        let hip = SIMD2(side * (isAside ? 0.03 : 0.12) - (isAside ? 0.15 : 0), 0.98)
        let knee = isAside ? SIMD2(0.2 + side * 0.06, 0.72 + side * 0.1) : SIMD2(side * 0.2, 0.68 + side * 0.1)
        let pedal = isAside ? SIMD2(0.05 + side * 0.14, 0.28 + side * 0.08) : SIMD2(side * 0.14, 0.26 + side * 0.1)
        painter.fillBar(from: hip, to: knee, widths: (0.18, 0.14), at: foot, mark, figure.trousers)
        painter.fillBar(from: knee, to: pedal, widths: (0.13, 0.09), at: foot, mark, figure.trousers * 0.9)
      }
      painter.drawUpperBody(
        figure, at: foot - Point(isAside ? 0.15 : 0, 0, 0), raised: 0.05, isAside: isAside, swing: 0.3, mark)
    }

    private func drawMachineAside(_ painter: Painter, _ mark: Mark) {
      let radius: Float = isMotor ? 0.31 : 0.34
      for x in [-0.54, 0.54] as [Float] {
        let outer = disc(x, radius, radius, radius, corners: 16)
        let thickness: Float = isMotor ? 0.13 : 0.06
        let inner = disc(x, radius, radius - thickness, radius - thickness, corners: 16)
        let ring = outer + [outer[0]] + [inner[0]] + inner.reversed()
        painter.fillUpright(ring, at: foot, mark, Colour(0.08, 0.08, 0.08))
      }
      let (rear, front) = (SIMD2<Float>(-0.54, 0.34), SIMD2<Float>(0.54, 0.34))
      let (saddle, head, pedals) = (SIMD2<Float>(-0.2, 0.88), SIMD2<Float>(0.38, 0.86), SIMD2<Float>(-0.02, 0.32))
      let bars = [(saddle, pedals), (pedals, head), (saddle, head), (rear, pedals), (rear, saddle), (front, head)]
      for (a, b) in bars { painter.fillBar(from: a, to: b, widths: (0.06, 0.06), at: foot, mark, frame) }
      if isMotor { painter.fillBar(from: pedals, to: head, widths: (0.3, 0.3), at: foot, mark, frame) }
      painter.fillBar(
        from: saddle + SIMD2(-0.16, 0.03), to: saddle + SIMD2(0.14, 0.03), widths: (0.1, 0.06), at: foot, mark,
        frame * 0.4)
      painter.fillBar(from: head, to: head + SIMD2(0.08, 0.2), widths: (0.06, 0.06), at: foot, mark, frame * 0.6)
    }

    private func drawMachineAhead(_ painter: Painter, _ mark: Mark) {
      let thick: Float = isMotor ? 0.22 : 0.08
      painter.fillBar(
        from: SIMD2(0, 0), to: SIMD2(0, 0.68), widths: (thick, thick), at: foot, mark, Colour(0.08, 0.08, 0.08))
      painter.fillBar(from: SIMD2(0, 0.5), to: SIMD2(0, 1), widths: (thick * 1.5, thick), at: foot, mark, frame)
      painter.fillBar(from: SIMD2(-0.3, 1.04), to: SIMD2(0.3, 1.04), widths: (0.07, 0.07), at: foot, mark, frame * 0.7)
      if isMotor { painter.fillUpright(disc(0, 0.85, 0.24, 0.22), at: foot, mark, frame) }
    }
  }
}

extension Street.Painter {
  /// Draws trunk, arms and head of a figure whose hips are `raised` above those of someone standing.
  fileprivate func drawUpperBody(
    _ figure: Street.Figure, at foot: Street.Point, raised: Float, isAside: Bool, swing: Float, _ mark: Street.Mark
  ) {
    let scale = figure.height / 1.75
    func at(_ x: Float, _ y: Float) -> SIMD2<Float> { SIMD2(x * figure.build, y + raised) * scale }
    let (shoulder, waist): (Float, Float) = isAside ? (0.14, 0.12) : (0.22, 0.17)
    if figure.hasBag {
      fillUpright(
        [at(-shoulder - 0.1, 1), at(-shoulder - 0.1, 1.34), at(0, 1.36), at(0, 0.98)], at: foot, mark,
        figure.trousers * 0.8)
    }
    let torso = [
      at(-waist, 0.84), at(-waist * 0.95, 1.1), at(-shoulder, 1.38), at(-shoulder * 0.75, 1.46), at(-0.05, 1.52),
      at(0.05, 1.52), at(shoulder * 0.75, 1.46), at(shoulder, 1.38), at(waist * 0.95, 1.1), at(waist, 0.84),
    ]
    fillUpright(torso, at: foot, mark, figure.coat)
    let shaded = [at(-waist, 0.84), at(-waist * 0.95, 1.1), at(-shoulder, 1.38), at(-0.02, 1.4), at(-0.02, 0.84)]
    fillUpright(shaded, at: foot, nil, figure.coat * (light.sun.x > 0 ? 0.75 : 1.15))
    for side in [-1, 1] as [Float] {
      let elbow = at(side * (shoulder + 0.05) + (isAside ? side * swing * 0.3 : 0), 1.14)
      let hand = at(side * (shoulder + 0.04) + (isAside ? side * swing * 0.9 : 0), 0.88)
      fillBar(
        from: at(side * shoulder * 0.85, 1.42), to: elbow, widths: (0.12, 0.1), at: foot, mark, figure.coat * 0.88)
      fillBar(from: elbow, to: hand, widths: (0.1, 0.07), at: foot, mark, figure.coat * 0.82)
      fillUpright(Street.disc(hand.x, hand.y, 0.045, 0.05, corners: 6), at: foot, mark, figure.skin)
    }
    let face = at(isAside && swing != 0 ? 0.02 * (swing < 0 ? -1 : 1) : 0, 1.62)
    fillUpright(Street.disc(face.x, face.y, 0.095 * scale, 0.125 * scale, corners: 10), at: foot, mark, figure.skin)
    let crown = Street.disc(face.x, face.y + 0.045 * scale, 0.105 * scale, 0.095 * scale, corners: 10)
    fillUpright(crown, at: foot, mark, figure.hair)
  }
}
