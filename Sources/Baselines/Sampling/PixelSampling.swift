import Compute
import Settings

/// Which pixels of a picture a classifier learns from. Pixels of void truth are never among them.
///
/// A new one is a file of its own and a line in `Samplings`.
package protocol PixelSampling: Component {
  /// At most how many pixels of a picture; nil for all.
  var limit: Int? { get }

  /// The chosen ones of a picture's pixels, ascending.
  ///
  /// - Parameters:
  ///   - classes: of every pixel, below `classCount`.
  ///   - void: the class that is never chosen.
  ///   - classCount: the number of classes, void among them.
  ///   - stream: where chance comes from; the same stream chooses the same pixels.
  func choose(from classes: [UInt8], void: UInt8, classCount: Int, stream: inout RandomStream) -> [Int]
}

/// All samplings. The short form `random:2000` sets the first setting.
package enum Samplings {
  package static let registry = Registry<any PixelSampling>(
    "sampling",
    [
      AllPixels.self,
      RandomPixels.self,
      BalancedPixels.self,
    ])
}

/// Draws `count` of `pixels`, or all where there are fewer, and keeps their order.
///
/// Selection sampling (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
func draw(_ count: Int, of pixels: [Int], _ stream: inout RandomStream) -> [Int] {
  guard count < pixels.count else { return pixels }
  var chosen: [Int] = []
  chosen.reserveCapacity(count)
  for (index, pixel) in pixels.enumerated() where chosen.count < count {
    if stream.integer(below: pixels.count - index) < count - chosen.count { chosen.append(pixel) }
  }
  return chosen
}
