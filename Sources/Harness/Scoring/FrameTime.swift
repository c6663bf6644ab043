import Scenes

/// How long a model takes for one frame by itself, as a camera gives them, at one size for all experiments.
package struct FrameTime: Codable, Equatable, Sendable {
  /// The size of the frame.
  package static let size = PixelSize(width: 512, height: 256)
  /// How many frames are timed after the first, and within how many seconds they are.
  private static let (most, seconds) = (5, 1.0)

  /// Seconds from the picture to the class of every pixel, the fastest frame.
  package let seconds: Double

  /// Times `segmenter` on the picture of a scene, brought to `size`; nil without a scene.
  init?(_ segmenter: any Segmenter, on entry: SceneEntry?) throws {
    guard let picture = try entry?.load(size: Self.size).picture else { return nil }
    // The first frame makes what later ones use again.
    _ = try segmenter.predict([picture])
    let start = ContinuousClock.now
    var fastest = Double.infinity
    for _ in 0..<Self.most where fastest == .infinity || (ContinuousClock.now - start) / .seconds(1) < Self.seconds {
      let clock = ContinuousClock.now
      _ = try segmenter.predict([picture])
      fastest = min(fastest, (ContinuousClock.now - clock) / .seconds(1))
    }
    seconds = fastest
  }
}
