import Compute

/// Changes brightness and contrast: out = c (in - 128) + 128 + b, with c uniform in 0.7...1.3 and b uniform in -40...40
/// of 255, as exposure varies between drives.
public struct BrightnessAndContrast: PictureAugmentation {
  public let name = "brightness-contrast"
  public let summary = "brightness by up to 40 of 255, contrast by up to 30 %"

  public init() {}

  public func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let contrast = random.uniform(0.7...1.3)
    let brightness = random.uniform(-40...40)
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
