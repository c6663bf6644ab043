import Foundation
import Scenes

extension Street {
  /// Draws shapes in street space: clips, projects, lights and fills them, and numbers the instances.
  final class Painter {
    let canvas: Canvas
    let camera: Camera
    let light: Daylight
    private var instanceCounts = [UInt16](repeating: 0, count: 256)

    init(canvas: Canvas, camera: Camera, light: Daylight) {
      (self.canvas, self.camera, self.light) = (canvas, camera, light)
    }

    /// The mark of stuff, or of a new instance of a thing.
    func mark(_ label: Label) -> Mark {
      guard label.hasInstances else { return Mark(label: label.rawValue, instance: UInt16(label.rawValue)) }
      let index = Int(label.rawValue)
      defer { instanceCounts[index] += 1 }
      return Mark(label: label.rawValue, instance: UInt16(index) * 1000 + instanceCounts[index])
    }

    /// How many pixels a metre is wide at distance `z`.
    func pixelsPerMetre(at z: Float) -> Float {
      camera.focal * Float(canvas.width) / max(z, Camera.near)
    }

    /// Fills a polygon with a shader.
    func fill(_ polygon: [Point], _ mark: Mark?, shader: some Shader) {
      canvas.fill(project(polygon), mark: mark, shader: shader)
    }

    /// Fills a polygon with one colour, lit as if facing `normal`.
    func fill(
      _ polygon: [Point], _ mark: Mark?, _ albedo: Colour, facing normal: Point = Point(0, 0.5, -0.87),
      opacity: Float = 1
    ) {
      guard let first = polygon.first else { return }
      let seen = light.haze.over(light.lit(albedo, facing: normal), max(first.z, 0))
      fill(polygon, mark, shader: Plain(seen, opacity: opacity))
    }

    /// Fills a polygon with a textured surface; its plane is given by `across` and `along`, of a metre each.
    func fill(
      _ polygon: [Point], _ mark: Mark?, _ albedo: Colour, texture: Texture, across: Point, along: Point,
      facing normal: Point, opacity: Float = 1
    ) {
      guard let origin = polygon.first else { return }
      let map = camera.plane(origin: origin, across: across, along: along)
      let surface = Surface(
        map: map, lit: light.lit(albedo, facing: normal), texture: texture, haze: light.haze, opacity: opacity)
      fill(polygon, mark, shader: surface)
    }

    /// Fills an upright shape that faces the camera: `outline` in metres to the right of and above `foot`.
    func fillUpright(_ outline: [SIMD2<Float>], at foot: Point, _ mark: Mark?, _ albedo: Colour) {
      fill(outline.map { foot + Point($0.x, $0.y, 0) }, mark, albedo)
    }

    /// Fills an upright bar between two points, of the given widths at its ends.
    func fillBar(
      from a: SIMD2<Float>, to b: SIMD2<Float>, widths: (Float, Float), at foot: Point, _ mark: Mark?, _ albedo: Colour
    ) {
      let way = b - a
      let length = max((way * way).sum().squareRoot(), 1e-6)
      let side = SIMD2(-way.y, way.x) / (2 * length)
      fillUpright(
        [a + side * widths.0, b + side * widths.1, b - side * widths.1, a - side * widths.0], at: foot, mark, albedo)
    }

    /// Shades an ellipse on the ground: radii to the side and ahead.
    func shade(around centre: Point, across: Float, ahead: Float, strength: Float) {
      let ground = Point(centre.x, 0, centre.z)
      let (a, b) = (Point(across, 0, 0), Point(0, 0, ahead))
      let shader = SoftShade(map: camera.plane(origin: ground, across: a, along: b), strength: strength)
      fill([ground - a - b, ground + a - b, ground + a + b, ground - a + b], nil, shader: shader)
    }

    /// Shades what a slender thing of `height` and `width` at `foot` casts on the ground: a spot at its foot, and a
    /// shadow away from the sun.
    func castShadow(from foot: Point, width: Float, height: Float) {
      shade(around: foot, across: width, ahead: width, strength: 0.35)
      let reach = min(height / max(light.sun.y, 0.3), 8)
      let tip = Point(foot.x - light.sun.x * reach, 0, foot.z - light.sun.z * reach)
      let way = tip - foot
      let length = max((way * way).sum().squareRoot(), 0.1)
      let side = Point(-way.z, 0, way.x) * (width * 0.4 / length)
      let strength = light.shadowStrength * min(1, light.direct.y * 2)
      fill(
        [foot - side, foot + side, tip + side, tip - side], nil,
        shader: Plain(Colour(0.04, 0.045, 0.06), opacity: strength))
    }

    /// The polygon as seen, cut off at the near plane.
    private func project(_ polygon: [Point]) -> [SIMD2<Float>] {
      guard var previous = polygon.last else { return [] }
      var seen: [SIMD2<Float>] = []
      seen.reserveCapacity(polygon.count + 2)
      for point in polygon {
        if (previous.z < Camera.near) != (point.z < Camera.near) {
          let share = (Camera.near - previous.z) / (point.z - previous.z)
          var cut = previous + (point - previous) * share
          cut.z = Camera.near
          seen.append(camera.project(cut))
        }
        if point.z >= Camera.near { seen.append(camera.project(point)) }
        previous = point
      }
      return seen
    }
  }

  /// Corners of a regular polygon around (x, y), a circle for most uses.
  static func disc(_ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float, corners: Int = 14) -> [SIMD2<Float>] {
    (0..<corners).map { corner in
      let angle = 2 * Float.pi * (Float(corner) + 0.5) / Float(corners)
      return SIMD2(x + radiusX * sin(angle), y + radiusY * cos(angle))
    }
  }
}
