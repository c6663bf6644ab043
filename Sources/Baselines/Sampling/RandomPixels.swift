import Compute
import Settings

/// A random sample without replacement of at most so many pixels a picture, so that memory is bounded.
package struct RandomPixels: PixelSampling {
  package static let name = "random"
  package static let summary = "some pixels of each picture, drawn at random"

  package var perPicture = 2000

  package static let fields: [Field<Self>] = [
    .whole("perPicture", \.perPicture, 1...Int.max, "at most so many pixels of a picture")
  ]

  package var limit: Int? { perPicture }

  package init() {}

  package init(perPicture: Int) { self.perPicture = perPicture }

  package func choose(from classes: [UInt8], void: UInt8, classCount: Int, stream: inout RandomStream) -> [Int] {
    draw(perPicture, of: classes.indices.filter { classes[$0] != void }, &stream)
  }
}
