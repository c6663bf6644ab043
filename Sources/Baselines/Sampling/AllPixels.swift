import Compute
import Settings

/// Every pixel.
package struct AllPixels: PixelSampling {
  package static let name = "all"
  package static let summary = "every pixel"

  package var limit: Int? { nil }

  package init() {}

  package func choose(from classes: [UInt8], void: UInt8, classCount: Int, stream: inout RandomStream) -> [Int] {
    classes.indices.filter { classes[$0] != void }
  }
}
