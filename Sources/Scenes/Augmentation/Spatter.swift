import Compute
import Foundation
import Settings

/// A dirty lens: drops of water, in which the street is seen upside down, or splashes of mud.
///
/// By severity: 10, 20, 34, 52, 74 drops of a radius of 4 to 16 pixels at 256 rows, or 6, 11, 17, 25, 35 splashes of 4
/// to 16 pixels with specks around. Mud is a dull brown in the picture's light (58 46 33; albumentations has 63 42 20), 0.75 to 0.95
/// dense.
package struct Spatter: Weather {
  /// What is on the lens.
  package enum Kind: String, CaseIterable, Sendable {
    /// One of the two, drawn for each picture.
    case either
    case drops, mud
  }

  package static let name = "spatter"
  package static let summary = "drops of water or splashes of mud on the lens"
  package static let fields: [Field<Spatter>] = [
    severityField, .choice("kind", \.kind, "what is on the lens; either is drawn for each picture"),
  ]

  package var severity: Severity?
  package var kind = Kind.either

  static let drops = [10, 20, 34, 52, 74]
  static let splashes = [6, 11, 17, 25, 35]

  package init() {}

  private init(_ kind: Kind) {
    self.kind = kind
  }

  package static let variants = [Spatter(), Spatter(.drops), Spatter(.mud)]

  package var kindName: String { kind == .either ? Self.name : "\(Self.name)-\(kind)" }
  package var summary: String {
    switch kind {
    case .either: Self.summary
    case .drops: "drops of water on the lens"
    case .mud: "splashes of mud on the lens"
    }
  }

  package func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let kind = kind == .either ? random.uniform() < 0.5 ? .drops : .mud : kind
    var result = picture
    result.change { pixels in
      let brush = Brush(pixels: pixels, width: picture.width, height: picture.height)
      switch kind {
      case .drops:
        for _ in 0..<severity.pick(Self.drops) { drop(of: picture, brush, random: &random) }
      case .either, .mud:
        let light = picture.light
        for _ in 0..<severity.pick(Self.splashes) { splash(brush, light: light, random: &random) }
      }
    }
    return result
  }

  /// A drop is a strong lens: each of its points shows the picture from the other side of its middle, and more of it
  /// towards the rim, which is dark.
  private func drop(of picture: Picture, _ brush: Brush, random: inout RandomStream) {
    let scale = Float(brush.height) / 256
    let radius = scale * (4 + 12 * random.uniform() * random.uniform())
    let tall = random.uniform(1...1.35)
    let (x, y) = (random.uniform() * Float(brush.width), random.uniform() * Float(brush.height))
    for row in Int(y - radius * tall) - 1...Int(y + radius * tall) + 1 {
      for column in Int(x - radius) - 1...Int(x + radius) + 1 {
        let (dx, dy) = ((Float(column) + 0.5 - x) / radius, (Float(row) + 0.5 - y) / (radius * tall))
        let square = dx * dx + dy * dy
        guard square < 1, row >= 0, row < brush.height, column >= 0, column < brush.width else { continue }
        let bend = radius * (2 + 3 * square)
        let seenX = min(brush.width - 1, max(0, Int(x - dx * bend)))
        let seenY = min(brush.height - 1, max(0, Int(y - dy * bend)))
        let seen = picture[seenX, seenY]
        let shade = 1.08 - 0.45 * square * square
        let colour = SIMD3<Float>(Float(seen.red), Float(seen.green), Float(seen.blue)) * shade
        brush.dab(column, row, pointwiseMin(colour, SIMD3(repeating: 255)), min(1, (1 - square) * 3))
      }
    }
    let glint = SIMD3<Float>(repeating: 250)
    brush.disc(
      x: x - 0.3 * radius, y: y - 0.4 * radius * tall, radius: 0.16 * radius, softness: 0.6, opacity: 0.7, glint)
  }

  /// A splash is a few discs run into each other, with specks thrown one way.
  private func splash(_ brush: Brush, light: Float, random: inout RandomStream) {
    let scale = Float(brush.height) / 256
    let radius = scale * (4 + 12 * random.uniform() * random.uniform())
    let (x, y) = (random.uniform() * Float(brush.width), random.uniform() * Float(brush.height))
    let mud = SIMD3<Float>(58, 46, 33) * light * random.uniform(0.6...1.1)
    let opacity = random.uniform(0.75...0.95)
    let direction = random.uniform(0...(2 * .pi))
    for _ in 0..<9 {
      let (angle, away) = (random.uniform(0...(2 * .pi)), radius * random.uniform(0.1...0.8))
      brush.disc(
        x: x + away * cos(angle), y: y + away * sin(angle), radius: radius * random.uniform(0.25...0.65),
        softness: 0.35,
        opacity: opacity, mud)
    }
    for _ in 0..<10 {
      let angle = direction + random.uniform(-0.7...0.7)
      let away = radius * random.uniform(1...3.2)
      brush.disc(
        x: x + away * cos(angle), y: y + away * sin(angle), radius: radius * random.uniform(0.08...0.22), softness: 0.4,
        opacity: opacity, mud)
    }
  }
}
