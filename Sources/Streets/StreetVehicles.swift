import Compute
import Foundation
import Scenes

extension Street {
  /// A motor vehicle of three dimensions: hulls, panes, lamps and wheels.
  struct Vehicle: Thing {
    private let shape: VehicleShape
    private let centre: Point
    /// Unit vectors to its front and to its right.
    private let ahead: Point
    private let right: Point
    private let colour: Colour
    private let cargo: Colour
    private let isBraking: Bool

    var depth: Float { centre.z - abs(ahead.z) * shape.length / 2 }

    private static let colours: [Colour] = [
      Colour(0.62, 0.63, 0.65), Colour(0.4, 0.41, 0.43), Colour(0.1, 0.1, 0.11), Colour(0.85, 0.85, 0.85),
      Colour(0.12, 0.17, 0.32), Colour(0.52, 0.1, 0.1), Colour(0.2, 0.3, 0.2), Colour(0.55, 0.5, 0.42),
      Colour(0.3, 0.38, 0.46), Colour(0.24, 0.24, 0.26), Colour(0.75, 0.76, 0.78), Colour(0.32, 0.24, 0.2),
    ]

    /// A vehicle that heads `heading` radians to the right of straight ahead.
    init(_ shape: VehicleShape, at centre: Point, heading: Float, random: inout RandomStream) {
      (self.shape, self.centre) = (shape, centre)
      ahead = Point(sin(heading), 0, cos(heading))
      right = Point(cos(heading), 0, -sin(heading))
      colour = random.vary(random.pick(Self.colours), by: 0.15)
      cargo = random.vary(
        random.pick([Colour(0.85, 0.85, 0.84), Colour(0.5, 0.52, 0.54), Colour(0.7, 0.45, 0.2), Colour(0.2, 0.35, 0.5)]
        ),
        by: 0.15)
      isBraking = random.uniform() < 0.3
    }

    /// From the vehicle's own measures (metres from its rear, up, to its right) to the street's.
    private func place(_ along: Float, _ height: Float, _ side: Float) -> Point {
      centre + ahead * (along - shape.length / 2) + right * side + Point(0, height, 0)
    }

    func drawShadow(with painter: Painter) {
      let sun = painter.light.sun
      let reach = 0.9 * (shape.hulls[0].ribs.map(\.height).max() ?? 1.5) / max(sun.y, 0.3)
      let cast = Point(-sun.x * reach, 0, -sun.z * reach)
      let half = shape.track + 0.1
      let base = [place(0, 0, -half), place(shape.length, 0, -half), place(shape.length, 0, half), place(0, 0, half)]
      let strength = painter.light.shadowStrength * min(1, 0.2 + 1.3 * painter.light.direct.y)
      let dark = Plain(Colour(0.05, 0.055, 0.07), opacity: strength)
      painter.fill(base.map { $0 + cast * 0.5 }, nil, shader: dark)
      let around = (
        across: abs(right.x) * half + abs(ahead.x) * shape.length / 2,
        ahead: abs(right.z) * half + abs(ahead.z) * shape.length / 2
      )
      painter.shade(around: centre, across: around.across * 1.3, ahead: around.ahead * 1.2, strength: 0.85)
    }

    func draw(with painter: Painter) {
      let mark = painter.mark(shape.label)
      drawUnderside(painter, mark)
      let hulls = shape.hulls.sorted { place($0.ribs[0].along, 0, 0).z > place($1.ribs[0].along, 0, 0).z }
      for hull in hulls {
        drawStrips(of: hull, painter, mark)
        for side in [-1, 1] as [Float] { drawSide(of: hull, side, painter, mark) }
      }
      for side in [-1, 1] as [Float] { drawWheels(side, painter, mark) }
    }

    private func isSeen(_ normal: Point, from point: Point, _ painter: Painter) -> Bool {
      let eye = Point(painter.camera.x, painter.camera.height, 0)
      return (normal * (eye - point)).sum() > 0
    }

    /// The dark underneath, and the ends of the wheels seen from behind or before.
    private func drawUnderside(_ painter: Painter, _ mark: Mark) {
      let isRear = ahead.z > 0
      for axle in shape.axles {
        for side in [-1, 1] as [Float] {
          let edge = axle + (isRear ? -0.2 : 0.2)
          let (inner, outer) = (side * (shape.track - 0.16), side * (shape.track + 0.04))
          painter.fill(
            [
              place(edge, 0, inner), place(edge, 0, outer), place(edge, shape.wheelRadius * 1.5, outer),
              place(edge, shape.wheelRadius * 1.5, inner),
            ], mark, Colour(0.06, 0.06, 0.06))
        }
      }
      let end = isRear ? shape.axles[0] : shape.length - shape.axles[0]
      painter.fill(
        [
          place(end, 0.2, -shape.track), place(end, 0.2, shape.track), place(end, 0.6, shape.track),
          place(end, 0.6, -shape.track),
        ], mark, Colour(0.05, 0.05, 0.05))
    }

    private func drawStrips(of hull: Hull, _ painter: Painter, _ mark: Mark) {
      let ribs = hull.ribs
      let order = (0..<ribs.count - 1).sorted {
        place(ribs[$0].along + ribs[$0 + 1].along, 0, 0).z > place(ribs[$1].along + ribs[$1 + 1].along, 0, 0).z
      }
      for strip in order {
        let (a, b) = (ribs[strip], ribs[strip + 1])
        let (rise, run) = (b.height - a.height, b.along - a.along)
        let length = max((rise * rise + run * run).squareRoot(), 1e-3)
        let normal = ahead * (-rise / length) + Point(0, run / length, 0)
        guard isSeen(normal, from: place(a.along, a.height, 0), painter) else { continue }
        let isBumper = strip == 0 || strip == ribs.count - 2
        let paint = (hull.isCargo ? cargo : colour) * (isBumper && !hull.isCargo ? 0.7 : 1)
        painter.fill(patch(a, b, 0...1, -1...1), mark, glossy(paint, normal, painter), facing: normal)
        if strip == hull.rearWindow || strip == hull.windscreen {
          let glass = glossy(Colour(0.13, 0.15, 0.17), normal, painter, gloss: 0.4)
          painter.fill(patch(a, b, 0.06...0.92, -0.9...0.9), nil, glass, facing: normal)
        }
        if strip == hull.rearLamps || strip == hull.frontLamps {
          drawLamps(a, b, isRear: strip == hull.rearLamps, painter)
        }
      }
    }

    /// A piece of the strip between two ribs: shares of its height, and of its half width.
    private func patch(_ a: Rib, _ b: Rib, _ up: ClosedRange<Float>, _ across: ClosedRange<Float>) -> [Point] {
      func corner(_ share: Float, _ side: Float) -> Point {
        place(mix(a.along, b.along, share), mix(a.height, b.height, share), mix(a.half, b.half, share) * side)
      }
      return [
        corner(up.lowerBound, across.lowerBound), corner(up.lowerBound, across.upperBound),
        corner(up.upperBound, across.upperBound), corner(up.upperBound, across.lowerBound),
      ]
    }

    /// Paint that mirrors the sky where it faces up.
    private func glossy(_ paint: Colour, _ normal: Point, _ painter: Painter, gloss: Float = 0.3) -> Colour {
      mix(paint, painter.light.haze.colour, gloss * max(0, normal.y) * max(0, normal.y))
    }

    private func drawLamps(_ a: Rib, _ b: Rib, isRear: Bool, _ painter: Painter) {
      let lamp = isRear ? (isBraking ? Colour(1.3, 0.16, 0.1) : Colour(0.55, 0.06, 0.06)) : Colour(1.05, 1.05, 0.98)
      let low: Float = isRear ? 0.55 : 0.15
      painter.fill(patch(a, b, low...0.95, -0.98 ... -0.7), nil, lamp)
      painter.fill(patch(a, b, low...0.95, 0.7...0.98), nil, lamp)
      painter.fill(patch(a, b, 0.3...0.55, -0.28...0.28), nil, Colour(0.85, 0.85, 0.82))
      if !isRear { painter.fill(patch(a, b, 0.5...0.9, -0.5...0.5), nil, Colour(0.08, 0.08, 0.09)) }
    }

    private func drawSide(of hull: Hull, _ side: Float, _ painter: Painter, _ mark: Mark) {
      let normal = right * side
      guard isSeen(normal, from: place(shape.length / 2, 1, side * shape.track), painter) else { return }
      let paint = hull.isCargo ? cargo : colour
      painter.fill(hull.ribs.map { place($0.along, $0.height, $0.half * side) }, mark, paint, facing: normal)
      guard let first = hull.ribs.first, let last = hull.ribs.last else { return }
      // Sills lie in their own shade; the shoulder catches the sky.
      let sill = [
        (first.along + 0.03, first.height), (last.along - 0.03, last.height), (last.along - 0.03, 0.5),
        (first.along + 0.03, 0.5),
      ]
      painter.fill(sill.map { place($0.0, $0.1, first.half * side) }, nil, paint * 0.55, facing: normal)
      for pane in hull.panes {
        let glass = mix(Colour(0.1, 0.11, 0.13), painter.light.haze.colour, 0.12)
        painter.fill(pane.map { place($0.along, $0.height, $0.half * side) }, nil, glass, facing: normal)
      }
    }

    private func drawWheels(_ side: Float, _ painter: Painter, _ mark: Mark) {
      guard isSeen(right * side, from: place(shape.length / 2, 0.5, side * shape.track), painter) else { return }
      let radius = shape.wheelRadius
      for axle in shape.axles {
        let arch = disc(axle, radius + 0.02, radius * 1.18, radius * 1.15).map {
          place($0.x, max($0.y, 0.15), side * (shape.track + 0.08))
        }
        painter.fill(arch, nil, Colour(0.05, 0.05, 0.05))
        let tyre = disc(axle, radius, radius, radius).map { place($0.x, $0.y, side * (shape.track + 0.09)) }
        painter.fill(tyre, mark, Colour(0.09, 0.09, 0.09))
        let rim = disc(axle, radius, radius * 0.62, radius * 0.62).map { place($0.x, $0.y, side * (shape.track + 0.1)) }
        painter.fill(rim, nil, Colour(0.5, 0.5, 0.52), facing: right * side)
      }
    }
  }
}
