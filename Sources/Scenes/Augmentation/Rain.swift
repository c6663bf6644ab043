import Compute
import Foundation

/// Rain: streaks that share one slant, a darker, softer picture, and a grey veil in the distance.
///
/// By severity, from drizzle (1) by heavy (3) to torrential (5), as published for albumentations and Automold: one
/// streak for each 770, 685, 600, 550, 500 pixels of a picture of 256 rows; of 10, 20, 30, 45, 60 pixels there; values
/// times 0.90, 0.84, 0.78, 0.72, 0.66 (theirs: 0.7 always); blurred by one binomial filter, from severity 4 by a wider
/// one. Slants are uniform within 20 degrees of upright. Near streaks are long, wide and bright, far ones short and
/// faint. The veil is fog of a range of 1500, 1000, 700, 450 or 300 metres.
package struct Rain: Weather {
  package static let name = "rain"
  package static let summary = "slanting streaks, a darker and softer picture; drizzle to torrential"

  static let areas: [Float] = [770, 685, 600, 550, 500]
  static let lengths: [Float] = [10, 20, 30, 45, 60]
  static let gains: [Float] = [0.90, 0.84, 0.78, 0.72, 0.66]
  static let ranges: [Float] = [1500, 1000, 700, 450, 300]

  package var severity: Severity?

  package init() {}

  package var namedSeverities: [String: Severity] {
    var names = Dictionary(uniqueKeysWithValues: Severity.all.map { ("\($0)", $0) })
    for (name, value) in [("drizzle", 1), ("heavy", 3), ("torrential", 5)] { names[name] = Severity(rawValue: value) }
    return names
  }

  package func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let gain = severity.pick(Self.gains)
    let passes = AveragingPass.binomial(reach: 1) + (severity.rawValue < 4 ? [] : AveragingPass.binomial(reach: 2))
    var result = picture.scaled(by: gain, level: 128 * gain).averaged(along: passes)
    let aspect = Float(picture.width) / Float(picture.height)
    let range = severity.pick(Self.ranges)
    let veil = Veil(width: picture.width, height: picture.height) { u, v in
      1 - exp(-3 / range * StreetView.distance(u, v, aspect: aspect, sky: 250))
    }
    let grey = 165 * gain
    result.change { pixels in
      veil.lay(RGB(UInt8(grey), UInt8(grey + 3), UInt8(grey + 7)), over: pixels)
      let brush = Brush(pixels: pixels, width: picture.width, height: picture.height)
      drawStreaks(severity, brush, random: &random)
    }
    return result
  }

  private func drawStreaks(_ severity: Severity, _ brush: Brush, random: inout RandomStream) {
    let scale = Float(brush.height) / 256
    let count = Int(Float(brush.width * brush.height) / (scale * scale * severity.pick(Self.areas)))
    let slope = tan(random.uniform(-20...20) * .pi / 180)
    for _ in 0..<count {
      // Most of the drops in view are far away.
      let nearness = random.uniform() * random.uniform()
      let length = severity.pick(Self.lengths) * scale * (0.4 + 1.2 * nearness)
      let x = random.uniform(-0.1...1.1) * Float(brush.width)
      let y = random.uniform() * (Float(brush.height) + length) - length
      brush.streak(
        x: x, y: y, length: length, slope: slope, width: scale * (0.7 + 0.9 * nearness),
        opacity: 0.2 + 0.35 * nearness, 200)
    }
  }
}
