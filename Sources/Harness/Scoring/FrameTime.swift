import Compute
import Scenes

/// How long a model takes for one frame by itself, as a camera gives them, at one size for all experiments.
package struct FrameTime: Codable, Equatable, Sendable {
  /// The size of the frame.
  package static let size = PixelSize(width: 512, height: 256)
  /// How many frames are timed after the first, and within how many seconds they are.
  private static let (most, seconds) = (5, 1.0)

  /// Seconds from the picture to the class of every pixel, the fastest frame.
  package let seconds: Double
  /// The share of the time that threads waited for a processor that had other work; nil where the system doesn't tell, and
  /// in runs of 0.2.0.
  package private(set) var processorWait: Double?
  /// Seconds a picture of a training step of all layers, at the size and in batches as it was trained; networks alone, and
  /// only where all models were measured together.
  package internal(set) var trainingSeconds: Double?

  /// Whether other work ran beside.
  package var isBesideOtherWork: Bool { (processorWait ?? 0) > ProcessorWait.busyShare }

  /// Times `segmenter` on a picture, brought to `size`.
  init(_ segmenter: any Segmenter, on picture: Picture) throws {
    let picture = picture.resized(to: Self.size)
    // The first frame makes what later ones use again.
    _ = try segmenter.predict([picture])
    let (start, before) = (ContinuousClock.now, ProcessorWait.now)
    var fastest = Double.infinity
    for _ in 0..<Self.most where fastest == .infinity || (ContinuousClock.now - start) / .seconds(1) < Self.seconds {
      let clock = ContinuousClock.now
      _ = try segmenter.predict([picture])
      fastest = min(fastest, (ContinuousClock.now - clock) / .seconds(1))
    }
    seconds = fastest
    processorWait = ProcessorWait.now?.share(since: before)
  }
}
