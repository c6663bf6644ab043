import Foundation

/// Draws soft marks on the pixels of a picture.
struct Brush {
  let pixels: MutableBytes
  let width, height: Int

  /// Lays `colour` over a pixel at an opacity of 0 to 1; nothing outside the picture.
  @inline(__always)
  func dab(_ x: Int, _ y: Int, _ colour: SIMD3<Float>, _ opacity: Float) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let pixel = pixels + (y &* width &+ x) &* 3
    let share = Int32(opacity * 256)
    for channel in 0..<3 {
      let value = Int32(truncatingIfNeeded: pixel[channel])
      let target = Int32(colour[channel])
      pixel[channel] = UInt8(truncatingIfNeeded: value &+ ((target &- value) &* share) &>> 8)
    }
  }

  /// The whole number below, for values above -65536; the processor's own rounding is a call on old ones.
  @inline(__always)
  private func floor(_ value: Float) -> Int { Int(value + 65536) - 65536 }

  /// Adds `colour` times `share` to a pixel inside the picture, up to 255.
  @inline(__always)
  func light(_ x: Int, _ y: Int, _ colour: SIMD3<Float>, _ share: Float) {
    let pixel = pixels + (y &* width &+ x) &* 3
    for channel in 0..<3 { pixel[channel] = UInt8(min(255, Float(pixel[channel]) + colour[channel] * share)) }
  }

  /// A streak from (x, y) down over `length` rows, leaning `slope` columns a row, fading at both ends.
  func streak(x: Float, y: Float, length: Float, slope: Float, width thickness: Float, opacity: Float, _ grey: Float) {
    let rows = max(1, Int(length))
    let colour = SIMD3<Float>(repeating: grey)
    let half = thickness / 2
    for row in 0..<rows {
      let along = (Float(row) + 0.5) / Float(rows)
      let strength = opacity * min(1, 4 * along, 4 * (1 - along))
      let centre = x + slope * Float(row)
      let (left, right) = (floor(centre - half), floor(centre + half))
      for column in left...right {
        let cover = min(centre + half, Float(column + 1)) - max(centre - half, Float(column))
        dab(column, Int(y) + row, colour, strength * min(1, cover))
      }
    }
  }

  /// A disc whose opacity falls to 0 over the outer part of its radius (`softness`, 0 to 1), stretched along `slope`.
  func disc(x: Float, y: Float, radius: Float, softness: Float, opacity: Float, _ colour: SIMD3<Float>) {
    let reach = radius + 0.5
    let core = radius * (1 - softness)
    let scale = 1 / max(reach - core, 0.5)
    for row in floor(y - reach)...floor(y + reach) {
      for column in floor(x - reach)...floor(x + reach) {
        let (dx, dy) = (Float(column) + 0.5 - x, Float(row) + 0.5 - y)
        let share = min(1, (reach - (dx * dx + dy * dy).squareRoot()) * scale)
        if share > 0 { dab(column, row, colour, opacity * share) }
      }
    }
  }

  /// A glow whose light falls with the distance from its middle as 1 / (1 + (r / radius)^2), out to 5 radii.
  func glow(x: Float, y: Float, radius: Float, strength: Float, _ colour: SIMD3<Float>) {
    let reach = 5 * radius
    let rest = Float(1) / 26
    let rows = max(0, Int(y - reach))..<max(0, Int(y - reach), min(height, Int(y + reach) + 1))
    let columns = max(0, Int(x - reach))..<max(0, Int(x - reach), min(width, Int(x + reach) + 1))
    let scale = 1 / (radius * radius)
    for row in rows {
      for column in columns {
        let (dx, dy) = (Float(column) + 0.5 - x, Float(row) + 0.5 - y)
        let share = 1 / (1 + (dx * dx + dy * dy) * scale) - rest
        if share > 0 { light(column, row, colour, strength * share) }
      }
    }
  }
}
