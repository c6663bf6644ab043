import Compute
import Scenes

extension Street {
  /// The camera's sensor: exposure, white balance, falling-off corners, slight blur and noise.
  struct Sensor {
    private let gain: Colour
    private let blur: Float
    private let vignette: Float
    private let noise: Float
    private let noiseSeed: UInt64

    init(seed: UInt64, index: Int) {
      var random = RandomStream(seed: seed, UInt64(index), RandomStream.key("sensor"))
      let warmth = random.uniform(-0.07...0.07)
      let tint = random.uniform(-0.025...0.025)
      gain = Colour(1 + warmth, 1 + tint, 1 - warmth) * random.uniform(0.85...1.35)
      blur = random.uniform(0.02...0.14)
      vignette = random.uniform(0.05...0.3)
      noise = random.uniform(1.5...5)
      noiseSeed = random.next()
    }

    /// The canvas as a picture of 8 bits.
    func develop(_ canvas: Canvas) -> Picture {
      let (width, height) = (canvas.width, canvas.height)
      let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { pixels, count in
        for row in 0..<height {
          let above = canvas.colours + max(0, row - 1) * width
          let here = canvas.colours + row * width
          let below = canvas.colours + min(height - 1, row + 1) * width
          let fromMiddle = (Float(row) + 0.5) / Float(height) - 0.5
          for x in 0..<width {
            let sides = above[x] + below[x] + here[max(0, x - 1)] + here[min(width - 1, x + 1)]
            let seen = here[x] + (sides - 4 * here[x]) * blur
            let across = (Float(x) + 0.5) / Float(width) - 0.5
            let falloff = 1 - vignette * 2 * (across * across + 0.5 * fromMiddle * fromMiddle)
            let value = expose(Colour(seen.x, seen.y, seen.z) * falloff, pixel: row * width + x)
            for channel in 0..<3 { pixels[3 * (row * width + x) + channel] = UInt8(value[channel]) }
          }
        }
        count = width * height * 3
      }
      return Picture(width: width, height: height, pixels: pixels)
    }

    /// A pixel's values from 0 to 255, to be cut to whole numbers: bright colours run into white softly, and dark
    /// ones are as noisy as bright ones.
    @inline(__always)
    private func expose(_ colour: Colour, pixel: Int) -> Colour {
      let bright = colour * gain
      let squeezed = bright * (1.18 + bright * 0.1) / (1 + bright * bright * 0.28)
      var stream = RandomStream(state: noiseSeed &+ UInt64(pixel) &* 0x9e37_79b9_7f4a_7c15)
      let bits = stream.next()
      var value = Colour.zero
      for channel in 0..<3 {
        // The sum of two bytes is triangular, of deviation 104.5: near enough to normal.
        let shift = UInt64(channel) * 16
        let sum = Int((bits >> shift) & 255) + Int((bits >> (shift + 8)) & 255) - 255
        value[channel] = squeezed[channel] * 255 + noise * Float(sum) * (1 / 104.5)
      }
      return (value + 0.5).clamped(lowerBound: .zero, upperBound: Colour(repeating: 255))
    }
  }
}
