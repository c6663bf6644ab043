import Compute
import Foundation

/// Night: out = gain in^gamma, shifted to blue; a dark sky; light of the car's lamps on the road, of street lamps and
/// of other cars' lamps, with glows; and the camera's noise.
///
/// By severity from dusk (1) to deep night (5): gamma 1.1, 1.2, 1.3, 1.4, 1.5; gain 0.75, 0.64, 0.55, 0.47, 0.40; noise
/// of deviation 2, 3, 4, 5, 6 of 255; the sky's dark veil 0.35, 0.5, 0.62, 0.72, 0.8 of full. Red and green are 0.8 and
/// 0.9 of blue, as eyes see moonlight (the film maker's day for night).
package struct Night: Weather {
  package static let name = "night"
  package static let summary = "a dark, blue picture with glowing lamps"

  static let gammas: [Float] = [1.1, 1.2, 1.3, 1.4, 1.5]
  static let gains: [Float] = [0.75, 0.64, 0.55, 0.47, 0.40]
  static let deviations: [Float] = [2, 3, 4, 5, 6]
  static let skies: [Float] = [0.35, 0.5, 0.62, 0.72, 0.8]

  package var severity: Severity?

  package init() {}

  package func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let (width, height) = (picture.width, picture.height)
    var result = darkened(severity, picture)
    let sky = severity.pick(Self.skies)
    let veil = Veil(width: width, height: height) { u, v in
      // Darkest at the top, as street light falls short of it, and at the bottom corners, which headlights miss.
      let above = min(1, max(0, (StreetView.horizon + 0.08 - v) / 0.35))
      let (dx, dy) = ((u - 0.5) / 0.42, (v - 0.72) / 0.4)
      let corner = v > StreetView.horizon ? min(1, max(0, dx * dx + dy * dy - 0.35)) : 0.3
      return sky * max(above, 0.75 * corner)
    }
    result.change { pixels in
      veil.lay(RGB(6, 8, 20), over: pixels)
      let brush = Brush(pixels: pixels, width: width, height: height)
      drawLamps(strength: 0.4 + 0.12 * Float(severity.rawValue), brush, random: &random)
    }
    return result.withNoise(deviation: severity.pick(Self.deviations), random: &random)
  }

  private func darkened(_ severity: Severity, _ picture: Picture) -> Picture {
    let (gamma, gain) = (severity.pick(Self.gammas), severity.pick(Self.gains))
    let curve = (0..<256).map { 255 * gain * pow(Float($0) / 255, gamma) }
    let red = curve.map { UInt8($0 * 0.8) }
    let green = curve.map { UInt8($0 * 0.9) }
    let blue = curve.map { UInt8(min(255, $0 + 4)) }
    return picture.mapped { source, target in
      for index in stride(from: 0, to: picture.pixels.count, by: 3) {
        target[index] = red[Int(source[index])]
        target[index + 1] = green[Int(source[index + 1])]
        target[index + 2] = blue[Int(source[index + 2])]
      }
    }
  }

  /// Street lamps in perspective on both sides, and pairs of head and tail lamps near the horizon.
  private func drawLamps(strength: Float, _ brush: Brush, random: inout RandomStream) {
    let (width, height) = (Float(brush.width), Float(brush.height))
    let scale = height / 256
    let sodium = SIMD3<Float>(255, 190, 110) * strength
    for _ in 0..<3 + random.integer(below: 3) {
      let side: Float = random.uniform() < 0.5 ? -1 : 1
      let metres = random.uniform(14...70)
      // A lamp 7 m above the camera, 6 m aside.
      let x = 0.5 + side * 6 * StreetView.focal / metres
      let y = StreetView.horizon - 5.5 * StreetView.focal * width / height / metres
      let radius = scale * min(9, 150 / metres)
      brush.glow(x: x * width, y: y * height, radius: radius, strength: 1.1, sodium)
    }
    for _ in 0..<1 + random.integer(below: 3) {
      let oncoming = random.uniform() < 0.5
      let colour = oncoming ? SIMD3<Float>(255, 245, 220) * strength : SIMD3<Float>(230, 30, 20) * strength
      let metres = random.uniform(15...50)
      let middle = 0.5 + (oncoming ? -2.5 : 1) * StreetView.focal / metres
      let y = StreetView.horizon + 0.6 * StreetView.focal * width / height / metres
      for side: Float in [-0.7, 0.7] {
        let x = middle + side * StreetView.focal / metres
        brush.glow(x: x * width, y: y * height, radius: scale * min(5, 80 / metres), strength: 1, colour)
      }
    }
  }
}
