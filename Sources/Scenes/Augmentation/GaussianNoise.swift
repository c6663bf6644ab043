import Compute
import Foundation
import Settings

/// Adds Gaussian noise to every value, independent between pixels and colours, of one deviation a picture, uniform, by
/// default in 3...12 of 255: what a small camera shows at dusk (albumentations 1.1 had 3 to 7 of 255, 2.x has 51 to 112).
package struct GaussianNoise: SingleAugmentation, PictureAugmentation {
  package static let name = "noise"
  package static let summary = "Gaussian noise of deviation 3 to 12 of 255"
  package static let fields: [Field<GaussianNoise>] = [
    .number("largest", \.largest, .from(0, to: 255), "the largest deviation, of 255"),
    .number("smallest", \.smallest, .from(0, to: 255), "the smallest deviation, of 255"),
  ]

  package var largest: Float = 12
  package var smallest: Float = 3

  package init() {}

  package func validate() throws { try checkOrder("smallest", smallest, "largest", largest) }

  package func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    let deviation = random.uniform(smallest...largest)
    return picture.withNoise(deviation: deviation, random: &random)
  }
}

extension Picture {
  /// The picture with Gaussian noise of a deviation (of 255) added.
  ///
  /// Deviates are taken from the 4096 quantiles of the normal distribution at (k + 1/2) / 4096, which reach 3.7
  /// deviations; 12 random bits choose one.
  package func withNoise(deviation: Float, random: inout RandomStream) -> Picture {
    let steps = normalQuantiles.map { Int16((deviation * $0).rounded()) }
    let count = pixels.count
    return mapped { source, target in
      steps.withUnsafeBufferPointer { steps in
        func noisy(_ index: Int, _ bits: UInt64) -> UInt8 {
          let value = Int16(truncatingIfNeeded: source[index]) &+ steps[Int(truncatingIfNeeded: bits & 0xFFF)]
          return UInt8(truncatingIfNeeded: max(0, min(255, value)))
        }
        var index = 0
        while index + 5 <= count {
          let bits = random.next()
          for place in 0..<5 { target[index + place] = noisy(index + place, bits &>> UInt64(12 * place)) }
          index += 5
        }
        while index < count {
          target[index] = noisy(index, random.next())
          index += 1
        }
      }
    }
  }
}

/// The quantiles of the standard normal distribution at (k + 1/2) / 4096, found by bisection of its distribution.
private let normalQuantiles: [Float] = (0..<4096).map { k in
  let share = (Double(k) + 0.5) / 4096
  var (low, high) = (-5.0, 5.0)
  for _ in 0..<30 {
    let middle = (low + high) / 2
    if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
  }
  return Float((low + high) / 2)
}
