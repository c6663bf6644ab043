import Compute
import Foundation

/// Fog that thickens with distance: out = t in + (1 - t) airlight, where t = exp(-3 d / V) at d metres (Koschmieder
/// 1924; V is the meteorological optical range, at which 5 % of contrast is left, as in Sakaridis et al. 2018,
/// doi:10.1007/s11263-018-1072-8, whose dense, denser and densest fog are severities 1 to 3).
///
/// Distances are those of a street (`StreetView`), so fog is densest at the horizon; its density varies in patches by
/// 25 %. The airlight is a grey of 195 to 225, a little blue or warm.
package struct Fog: Weather {
  package static let name = "fog"
  package static let summary = "fog that thickens towards the horizon"

  /// V in metres, from severity 1 to 5.
  package static let ranges: [Float] = [600, 300, 150, 80, 45]
  /// How far the sky counts as being, in metres.
  static let sky: Float = 300

  package var severity: Severity?

  package init() {}

  package func apply(_ severity: Severity, to picture: Picture, random: inout RandomStream) -> Picture {
    let attenuation = 3 / severity.pick(Self.ranges)
    let grey = random.uniform(195...225)
    let tint = random.uniform(-4...4)
    let patches = PatchField(random: &random)
    let aspect = Float(picture.width) / Float(picture.height)
    let veil = Veil(width: picture.width, height: picture.height) { u, v in
      let distance = StreetView.distance(u, v, aspect: aspect, sky: Self.sky)
      return 1 - exp(-attenuation * (1 + 0.25 * patches(4 * u, 4 * v)) * distance)
    }
    var result = picture
    result.change { veil.lay(RGB(UInt8(grey - tint), UInt8(grey), UInt8(grey + tint)), over: $0) }
    return result
  }
}
