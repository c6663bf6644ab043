import Compute
import Scenes

extension Street {
  /// Smooth value noise from a fixed tile of random numbers, which repeats every 128 units.
  struct Noise: @unchecked Sendable {
    private static let side = 128
    /// Written once, never freed, then only read.
    private let tile: UnsafePointer<Float>

    static let shared = Noise()

    private init() {
      var random = RandomStream(seed: 0, RandomStream.key("street noise"))
      let values = UnsafeMutablePointer<Float>.allocate(capacity: Self.side * Self.side)
      for index in 0..<Self.side * Self.side { (values + index).initialize(to: random.uniform()) }
      tile = UnsafePointer(values)
    }

    /// Noise from 0 to 1 with bumps of one unit.
    @inline(__always)
    func callAsFunction(_ x: Float, _ y: Float) -> Float {
      let (left, top) = (floor(x), floor(y))
      let (a, b) = (smooth(x - Float(left)), smooth(y - Float(top)))
      let (column, row) = (Int(left) & (Self.side - 1), (Int(top) & (Self.side - 1)) * Self.side)
      let nextColumn = (column + 1) & (Self.side - 1)
      let nextRow = (row + Self.side) & (Self.side * Self.side - 1)
      let upper = mix(tile[row + column], tile[row + nextColumn], a)
      let lower = mix(tile[nextRow + column], tile[nextRow + nextColumn], a)
      return mix(upper, lower, b)
    }

    @inline(__always)
    private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
  }

  /// The whole number below, without the call that `rounded(.down)` is on processors of the common x86-64 baseline;
  /// numbers that fit no integer are far away and cut to what fits.
  @inline(__always)
  static func floor(_ x: Float) -> Int32 {
    let whole = Int32(max(-1e9, min(1e9, x)))
    return Float(whole) > x ? whole - 1 : whole
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
    private let map: PlaneMap
    private let lit: Colour
    private let texture: Texture
    private let haze: Haze
    private let noise = Noise.shared
    private let finesse: Float
    private let opacity: Float

    init(map: PlaneMap, lit: Colour, texture: Texture, haze: Haze, opacity: Float) {
      (self.map, self.lit, self.texture, self.haze, self.opacity) = (map, lit, texture, haze, opacity)
      finesse = 1 / texture.grainSize
    }

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let (a, b, z) = map.at(u, v)
      // Detail finer than a pixel would only flicker.
      let clarity = min(1, 14 / z)
      var tone = 1 + texture.stain * (2 * noise(a * 0.6, b * 0.6) - 1)
      if clarity > 0.2 { tone += texture.grain * clarity * (2 * noise(a * finesse, b * finesse) - 1) }
      if texture.courses > 0 { tone -= clarity * joint(a, b) }
      return SIMD4(haze.over(lit * tone, z), opacity)
    }

    /// The darkness of the joint between courses at (a, b), and each stone's own tone.
    @inline(__always)
    private func joint(_ a: Float, _ b: Float) -> Float {
      let row = Float(floor(b / texture.courseHeight))
      let shifted = a / texture.courseLength + row * 0.5
      let column = Float(floor(shifted))
      let inJoint = b / texture.courseHeight - row < 0.16 || shifted - column < 0.08
      return texture.courses * (inJoint ? 1 : noise(column * 3.7, row * 5.3) - 0.5)
    }
  }

  /// Leaves: clumps of light and dark in picture coordinates that move with the plant.
  struct Foliage: Shader {
    let dark: Colour
    let light: Colour
    /// Where the pattern starts, and its units per picture width.
    let origin: SIMD2<Float>
    let scale: Float
    private let noise = Noise.shared

    init(dark: Colour, light: Colour, origin: SIMD2<Float>, scale: Float) {
      (self.dark, self.light, self.origin, self.scale) = (dark, light, origin, scale)
    }

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let x = (u - origin.x) * scale
      let y = (v - origin.y) * scale * 0.5
      let leaf = 0.45 * noise(x, y) + 0.55 * noise(x * 2.9 + 11, y * 2.9)
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
      // 1 / (1 + t + t^2/2) follows the exponential closely, and costs one split.
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
