import Scenes

extension Street {
  /// A pinhole camera that looks along the street.
  ///
  /// Picture coordinates run from 0 to 1 over width (u, to the right) and height (v, down). Pitch and yaw are small,
  /// so they shift the picture (v of the horizon, u of the vanishing point) and roll shears it; verticals stay upright.
  struct Camera: Sendable {
    /// Focal length in picture widths; Cityscapes' is 2262 of 2048 pixels.
    var focal: Float = 1.1
    /// Metres above the road, and to the right of its middle.
    var height: Float
    var x: Float
    /// v of the horizon, and u of the point that the street runs to.
    var horizon: Float
    var vanishing: Float
    var roll: Float

    /// Nothing nearer than this is drawn.
    static let near: Float = 1.4

    /// Where a point is seen: u, v. It must lie ahead.
    func project(_ point: Point) -> SIMD2<Float> {
      let seen = homogeneous(point)
      return SIMD2(seen.x, seen.y) / seen.z
    }

    /// (u z, v z, z) of a point; v spans half as many metres as u, for the picture is 2:1.
    func homogeneous(_ point: Point) -> SIMD3<Float> {
      let right = focal * (point.x - x)
      return SIMD3(
        right + vanishing * point.z, horizon * point.z + 2 * focal * (height - point.y) + roll * right, point.z)
    }

    /// The inverse view of the plane origin + a * across + b * along.
    func plane(origin: Point, across: Point, along: Point) -> PlaneMap {
      let base = homogeneous(origin)
      return PlaneMap(
        across: homogeneous(origin + across) - base, along: homogeneous(origin + along) - base, origin: base)
    }
  }

  /// Takes picture coordinates back to coordinates in a plane (the inverse of its homography).
  struct PlaneMap {
    private let columns: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)

    init(across a: SIMD3<Float>, along b: SIMD3<Float>, origin c: SIMD3<Float>) {
      let (bc, ca, ab) = (cross(b, c), cross(c, a), cross(a, b))
      let determinant = (a * bc).sum()
      let scale = abs(determinant) > 1e-12 ? 1 / determinant : 0
      columns = (
        SIMD3(bc.x, ca.x, ab.x) * scale, SIMD3(bc.y, ca.y, ab.y) * scale, SIMD3(bc.z, ca.z, ab.z) * scale
      )
    }

    /// The plane coordinates a, b seen at (u, v), and the distance z there.
    @inline(__always)
    func at(_ u: Float, _ v: Float) -> (a: Float, b: Float, z: Float) {
      let q = columns.0 * u + columns.1 * v + columns.2
      let z = 1 / max(q.z, 1e-4)
      return (q.x * z, q.y * z, z)
    }
  }

  static func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}
