import Compute

extension Street {
  /// Smooth value noise from a fixed tile of random numbers, which repeats every 128 units.
  enum Noise {
    private static let side = 128
    private static let tile: [Float] = {
      var random = RandomStream(seed: 0, RandomStream.key("street noise"))
      return (0..<side * side).map { _ in random.uniform() }
    }()

    /// Noise from 0 to 1 with bumps of one unit.
    @inline(__always)
    static func value(_ x: Float, _ y: Float) -> Float {
      // Far-away coordinates carry no detail, and would not fit an integer.
      let (x, y) = (max(-1e6, min(1e6, x)), max(-1e6, min(1e6, y)))
      let (left, top) = (x.rounded(.down), y.rounded(.down))
      let (a, b) = (smooth(x - left), smooth(y - top))
      let (column, row) = (Int(left) & (side - 1), Int(top) & (side - 1))
      let (nextColumn, nextRow) = ((column + 1) & (side - 1), (row + 1) & (side - 1))
      return tile.withUnsafeBufferPointer { tile in
        let upper = mix(tile[row * side + column], tile[row * side + nextColumn], a)
        let lower = mix(tile[nextRow * side + column], tile[nextRow * side + nextColumn], a)
        return mix(upper, lower, b)
      }
    }

    @inline(__always)
    private static func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
  }

  @inline(__always)
  static func mix(_ a: Float, _ b: Float, _ share: Float) -> Float { a + (b - a) * share }

  @inline(__always)
  static func mix(_ a: Colour, _ b: Colour, _ share: Float) -> Colour { a + (b - a) * share }

  /// One colour all over.
  struct Plain: Shader {
    let rgba: SIMD4<Float>

    init(_ colour: Colour, opacity: Float = 1) {
      rgba = SIMD4(colour, opacity)
    }

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> { rgba }
  }

  /// How a surface departs from one even colour.
  struct Texture: Sendable {
    /// Strength of fine grain of `grainSize` metres, and of stains some metres wide.
    var grain: Float = 0.06
    var grainSize: Float = 0.15
    var stain: Float = 0.1
    /// Strength, height and length of courses of stones or boards; 0 for none.
    var courses: Float = 0
    var courseHeight: Float = 0.25
    var courseLength: Float = 0.6
  }

  /// A flat surface with a texture in its own metres, seen through haze.
  struct Surface: Shader {
    let map: PlaneMap
    let lit: Colour
    let texture: Texture
    let haze: Haze
    var opacity: Float = 1

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let (a, b, z) = map.at(u, v)
      // Detail finer than a pixel would only flicker.
      let clarity = min(1, 14 / z)
      var tone = 1 + texture.stain * (Noise.value(a * 0.4, b * 0.4) + Noise.value(a * 1.3 + 7, b * 1.3) - 1)
      tone += texture.grain * clarity * (2 * Noise.value(a / texture.grainSize, b / texture.grainSize) - 1)
      if texture.courses > 0 { tone -= clarity * joint(a, b) }
      return SIMD4(haze.over(lit * tone, z), opacity)
    }

    /// The darkness of the joint between courses at (a, b), and each stone's own tone.
    @inline(__always)
    private func joint(_ a: Float, _ b: Float) -> Float {
      let row = (b / texture.courseHeight).rounded(.down)
      let shifted = a / texture.courseLength + row * 0.5
      let column = shifted.rounded(.down)
      let inJoint = b / texture.courseHeight - row < 0.16 || shifted - column < 0.08
      return texture.courses * (inJoint ? 1 : Noise.value(column * 3.7, row * 5.3) - 0.5)
    }
  }

  /// Leaves: clumps of light and dark in picture coordinates that move with the plant.
  struct Foliage: Shader {
    let dark: Colour
    let light: Colour
    /// Where the pattern starts, and its units per picture width.
    let origin: SIMD2<Float>
    let scale: Float

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let x = (u - origin.x) * scale
      let y = (v - origin.y) * scale * 0.5
      let leaf = 0.45 * Noise.value(x, y) + 0.55 * Noise.value(x * 2.9 + 11, y * 2.9)
      return SIMD4(mix(dark, light, max(0, min(1, (leaf - 0.22) * 1.8))), 1)
    }
  }

  /// A shade on the ground that thins out from the middle of an ellipse; a and b are its radii.
  struct SoftShade: Shader {
    let map: PlaneMap
    let strength: Float

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let (a, b, _) = map.at(u, v)
      let fade = max(0, min(1, (1 - (a * a + b * b)) * 1.6))
      return SIMD4(0.04, 0.045, 0.06, strength * fade)
    }
  }

  /// Air that pales what is far away: the share of its colour after z metres is 1 - exp2(-z / length).
  struct Haze: Sendable {
    var colour: Colour
    /// Metres that halve the contrast.
    var length: Float

    @inline(__always)
    func over(_ seen: Colour, _ z: Float) -> Colour {
      let t = z / length
      // 1 / (1 + t + t^2/2) follows the exponential closely, and costs one division.
      return mix(colour, seen, 1 / (1 + 0.69 * t + 0.24 * t * t))
    }
  }

  /// The light of the day.
  struct Daylight: Sendable {
    /// Towards the sun, of length 1.
    var sun: Point
    /// Strength of the sun and of the sky's light.
    var direct: Colour
    var ambient: Colour
    var haze: Haze

    /// The colour of a surface of `albedo` that faces `normal` (of length 1).
    func lit(_ albedo: Colour, facing normal: Point) -> Colour {
      let share = max(0, (sun * normal).sum())
      let sky = 0.8 + 0.2 * normal.y
      return albedo * (ambient * sky + direct * share)
    }

    /// How dark ground shadows are.
    var shadowStrength: Float { min(0.72, 0.25 + 0.55 * direct.y) }
  }
}
