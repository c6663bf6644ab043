import Compute
import Scenes

extension Street {
  /// The course and widths of a street, and what kind of neighbourhood it runs through.
  struct Plan: Sendable {
    /// From the road's middle to its kerbs.
    let roadHalf: Float
    /// Widths of the pavements, left and right.
    let pavements: SIMD2<Float>
    /// Sideways departure in metres per squared metre ahead.
    let bend: Float
    /// Share of plots without a building, share of pavement spots with a tree.
    let openness: Float
    let treeDensity: Float
    /// Floors of the houses, and whether the ground floors are shops.
    let floors: ClosedRange<Int>
    let shopShare: Float
    /// Whether cars park along the kerbs, left and right.
    let parking: (left: Bool, right: Bool)
    /// Where another street crosses, and where a zebra crossing lies.
    let junction: ClosedRange<Float>?
    let zebra: Float?
    /// How many people and moving vehicles there are.
    let crowd: Int
    let traffic: Int

    /// Where the street ends in a row of houses and trees.
    static let end: Float = 170

    init(random: inout RandomStream) {
      let urban = random.uniform()
      roadHalf = random.uniform(3.6...5) + (random.uniform() < 0.3 ? 2.6 : 0)
      pavements = SIMD2(random.uniform(2.4...6), random.uniform(2.4...6))
      bend = random.uniform(-1...1) * random.uniform() * 0.0016
      openness = mix(0.75, 0.15, urban)
      treeDensity = random.uniform(0.1...1) * mix(0.9, 0.55, urban)
      let lowest = urban < 0.3 ? 2 : 3 + random.integer(below: 2)
      floors = lowest...lowest + 1 + random.integer(below: 3)
      shopShare = mix(0.05, 0.8, urban)
      parking = (random.uniform() < 0.5, random.uniform() < 0.4)
      let crossing = random.uniform(14...60)
      junction = random.uniform() < 0.5 ? crossing...crossing + random.uniform(7...13) : nil
      zebra = random.uniform() < 0.35 ? crossing - random.uniform(4.5...6.5) : nil
      crowd = 3 + random.integer(below: 5 + Int(urban * 14))
      traffic = 1 + random.integer(below: 5)
    }

    /// The point `x` beside the street's middle and `y` above it, `z` ahead.
    func point(_ x: Float, _ y: Float, _ z: Float) -> Point {
      Point(x + bend * z * max(z, 0), y, z)
    }

    /// From the middle to the house fronts; `side` is -1 (left) or 1.
    func frontage(_ side: Float) -> Float {
      roadHalf + (side < 0 ? pavements.x : pavements.y)
    }

    /// A strip along the street on the ground.
    func strip(_ left: Float, _ right: Float, _ near: Float, _ far: Float) -> [Point] {
      var stops: [Float] = [near]
      for stop in [3, 6, 12, 20, 30, 45, 60, 80, 100, 130] as [Float] where stop > near && stop < far {
        stops.append(stop)
      }
      stops.append(far)
      return stops.map { point(left, 0, $0) } + stops.reversed().map { point(right, 0, $0) }
    }

    /// Whether houses, trees and parked cars must leave `z` free.
    func isCrossed(_ z: Float, margin: Float = 0) -> Bool {
      guard let junction else { return false }
      return z > junction.lowerBound - margin && z < junction.upperBound + margin
    }
  }
}

extension RandomStream {
  /// One of the given values.
  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[integer(below: values.count)]
  }

  /// The colour with its lightness and channels varied.
  mutating func vary(_ colour: Street.Colour, by amount: Float) -> Street.Colour {
    let tone = 1 + uniform(-amount...amount)
    let shift = Street.Colour(uniform(-1...1), uniform(-1...1), uniform(-1...1)) * (amount * 0.2)
    return pointwiseMax(.zero, colour * tone + shift * colour)
  }
}
