import Compute
import Foundation
import Scenes

extension Street {
  /// The sky's colours and clouds, and the daylight that goes with them.
  struct Sky: Sendable {
    let zenith: Colour
    let rim: Colour
    let cloud: Colour
    /// Share of the sky under clouds, and where in the noise they are.
    let cover: Float
    let drift: SIMD2<Float>
    let light: Daylight

    init(random: inout RandomStream) {
      let overcast = random.uniform() < 0.4
      let brightness = random.uniform(0.8...1.1)
      if overcast {
        let grey = random.uniform(0.72...0.98)
        zenith = Colour(0.9, 0.94, 1) * grey
        rim = Colour(0.97, 0.98, 1) * min(1, grey + 0.1)
        cloud = Colour(0.82, 0.84, 0.87) * grey
        cover = random.uniform(0.3...0.9)
      } else {
        zenith = random.vary(Colour(0.36, 0.56, 0.84), by: 0.2)
        rim = random.vary(Colour(0.78, 0.87, 0.95), by: 0.08)
        cloud = Colour(0.97, 0.97, 0.98)
        cover = random.uniform(0...0.65)
      }
      drift = SIMD2(random.uniform(0...100), random.uniform(0...100))
      let azimuth = random.uniform(0...2 * .pi)
      let elevation = random.uniform(0.45...1.1)
      let direct = (overcast ? random.uniform(0.05...0.2) : random.uniform(0.5...0.8)) * brightness
      light = Daylight(
        sun: Point(sin(azimuth) * cos(elevation), sin(elevation), cos(azimuth) * cos(elevation)),
        direct: Colour(1, 0.95, 0.84) * direct,
        ambient: Colour(0.93, 0.98, 1.06) * (overcast ? 0.72 : 0.5) * brightness,
        haze: Haze(colour: rim * 0.9, length: random.pick([90, 160, 260, 400])))
    }

    func draw(with painter: Painter) {
      // The ground covers what lies well below the horizon.
      let foot = painter.camera.horizon + 0.06
      let corners: [SIMD2<Float>] = [SIMD2(-0.1, -0.1), SIMD2(1.1, -0.1), SIMD2(1.1, foot), SIMD2(-0.1, foot)]
      painter.canvas.fill(corners, mark: painter.mark(.sky), shader: Dome(sky: self, horizon: painter.camera.horizon))
    }
  }

  /// The sky as seen: pale at the horizon, with clouds that lie flat overhead.
  private struct Dome: Shader {
    let sky: Sky
    let horizon: Float
    private let noise = Noise.shared

    init(sky: Sky, horizon: Float) {
      (self.sky, self.horizon) = (sky, horizon)
    }

    @inline(__always)
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float> {
      let rise = max(0, horizon - v)
      let clear = mix(sky.rim, sky.zenith, min(1, rise * 2.4))
      let distance = 1 / (rise + 0.12)
      let x = (u - 0.5) * distance * 1.6 + sky.drift.x
      let y = distance * 0.9 + sky.drift.y
      let billow = 0.55 * noise(x, y) + 0.3 * noise(x * 2.3, y * 2.3) + 0.15 * noise(x * 5, y * 5)
      let thickness = max(0, min(1, (billow - 0.75 + sky.cover * 0.55) * 4))
      let shaded = sky.cloud * (1.05 - 0.18 * billow)
      return SIMD4(mix(clear, shaded, thickness * 0.92), 1)
    }
  }
}
