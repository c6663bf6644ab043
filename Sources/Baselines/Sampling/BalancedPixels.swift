import Compute
import Settings

/// At most so many pixels a picture, stratified by class with equal shares: each class of the picture gets an equal
/// part of them, as far as it has pixels; what small classes leave goes to the larger ones.
package struct BalancedPixels: PixelSampling {
  package static let name = "balanced"
  package static let summary = "some pixels of each picture, equal shares of its classes"

  package var perPicture = 2000

  package static let fields: [Field<Self>] = [
    .whole("perPicture", \.perPicture, 1...Int.max, "at most so many pixels of a picture")
  ]

  package var limit: Int? { perPicture }

  package init() {}

  package init(perPicture: Int) { self.perPicture = perPicture }

  package func choose(from classes: [UInt8], void: UInt8, classCount: Int, stream: inout RandomStream) -> [Int] {
    var strata = [[Int]](repeating: [], count: classCount)
    for pixel in classes.indices where classes[pixel] != void { strata[Int(classes[pixel])].append(pixel) }
    // From the smallest on, so that each share takes in what the smaller classes left.
    strata = strata.filter { !$0.isEmpty }.sorted { $0.count < $1.count }
    var (left, chosen) = (perPicture, [Int]())
    for (index, stratum) in strata.enumerated() {
      // Rounded up.
      let share = left > 0 ? (left - 1) / (strata.count - index) + 1 : 0
      let drawn = draw(share, of: stratum, &stream)
      left -= drawn.count
      chosen += drawn
    }
    return chosen.sorted()
  }
}
