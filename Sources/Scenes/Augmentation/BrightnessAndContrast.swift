import Compute
import Settings

/// Changes brightness and contrast: out = c (in - 128) + 128 + b, with c uniform within `contrast` of 1 and b uniform
/// within `brightness` of 0, by default 0.7...1.3 and -40...40 of 255, as exposure varies between drives.
package struct BrightnessAndContrast: SingleAugmentation, PictureAugmentation {
  package static let name = "brightness-contrast"
  package static let summary = "brightness by up to 40 of 255, contrast by up to 30 %"
  package static let fields: [Field<BrightnessAndContrast>] = [
    .number("brightness", \.brightness, .from(0, to: 255), "the largest change of all values, of 255"),
    .number("contrast", \.contrast, .from(0, to: 0.99), "the largest share by which contrast changes"),
  ]

  package var brightness: Float = 40
  /// Double, so that 1 + 0.3 is the nearest to 1.3.
  package var contrast = 0.3

  package init() {}

  package func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let contrast = random.uniform(Float(1 - contrast)...Float(1 + contrast))
    let brightness = random.uniform(-brightness...brightness)
    return picture.scaled(by: contrast, level: 128 + brightness)
  }
}

extension Picture {
  /// The picture with every value x become `gain` (x - 128) + `level`; the gain, 0 to 1.99, is kept in 1/128.
  package func scaled(by gain: Float, level: Float) -> Picture {
    let (gain, level) = (Int16((gain * 128).rounded()), Int16(level.rounded()))
    return mapped { PixelRows.scale($0, into: $1, count: pixels.count, gain: gain, level: level) }
  }
}
