import Compute
import Foundation

/// What augmentations cost and do to pictures, for comparison with other libraries on the same pictures.
package enum AugmentationBenchmark {
  /// The figures of one augmentation, or of the pictures as they are.
  package struct Row: Codable, Sendable {
    package let name: String
    /// Seconds on one core for a scene, labels and instances included: the median over all scenes and repeats.
    package let seconds: Double
    package let statistics: PictureStatistics
  }

  /// Measures every single augmentation, then each weather at severities 1 to 5, on `scenes`. Those that give scenes
  /// another size are left out: no pixel of theirs has one before to be compared with.
  package static func measure(_ scenes: [Scene], repeats: Int, seed: UInt64 = 0) -> [Row] {
    let weather = Augmentations.all.compactMap { $0 as? any Weather }
    let fixed = weather.flatMap { weather in Severity.all.map { weather.at($0) as any Augmentation } }
    return (Augmentations.all.filter { $0.resizing == nil } + fixed).map {
      measure($0, scenes, repeats: repeats, seed: seed)
    }
  }

  /// Writes scenes as other programs can read them: `NNNN_picture.png` and `NNNN_labels.png`.
  package static func write(_ scenes: [Scene], to folder: URL) throws {
    for (index, scene) in scenes.enumerated() {
      let stem = String(format: "%04d", index)
      try PNG.write(scene.picture, to: folder.appendingPathComponent("\(stem)_picture.png"))
      try PNG.write(scene.labels, to: folder.appendingPathComponent("\(stem)_labels.png"))
    }
  }

  private static func measure(_ augmentation: any Augmentation, _ scenes: [Scene], repeats: Int, seed: UInt64) -> Row {
    var times: [Double] = []
    var statistics: [PictureStatistics] = []
    let clock = ContinuousClock()
    for turn in 0..<repeats {
      for scene in scenes {
        var random = RandomStream(seed: seed, RandomStream.key(scene.name), UInt64(turn))
        let start = clock.now
        let changed = augmentation.apply(to: scene, random: &random)
        times.append((clock.now - start) / .seconds(1))
        statistics.append(PictureStatistics(of: changed.picture, before: scene.picture))
      }
    }
    return Row(
      name: augmentation.name, seconds: times.sorted()[times.count / 2],
      statistics: PictureStatistics(meanOf: statistics)
    )
  }
}

/// Three numbers that say what was done to a picture.
package struct PictureStatistics: Codable, Sendable {
  /// The mean over pixels of luminance, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), 0 to 255.
  package let luminance: Double
  /// The deviation of luminance over pixels (RMS contrast).
  package let contrast: Double
  /// The share of pixels with a value that differs by more than 2 from before.
  package let changed: Double

  package init(of picture: Picture, before: Picture) {
    precondition(
      picture.pixels.count == before.pixels.count,
      "\(picture.width)x\(picture.height), \(before.width)x\(before.height)")
    let count = picture.width * picture.height
    var (sum, squares, different) = (0.0, 0.0, 0)
    for pixel in 0..<count {
      let values = (0..<3).map { Double(picture.pixels[3 * pixel + $0]) }
      let luminance = 0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2]
      sum += luminance
      squares += luminance * luminance
      let isChanged = (3 * pixel..<3 * pixel + 3).contains { (index: Int) -> Bool in
        let difference = Int(picture.pixels[index]) - Int(before.pixels[index])
        return abs(difference) > 2
      }
      if isChanged { different += 1 }
    }
    self.luminance = sum / Double(count)
    contrast = max(0, squares / Double(count) - self.luminance * self.luminance).squareRoot()
    changed = Double(different) / Double(count)
  }

  package init(meanOf all: [PictureStatistics]) {
    let count = Double(max(1, all.count))
    luminance = all.reduce(0) { $0 + $1.luminance } / count
    contrast = all.reduce(0) { $0 + $1.contrast } / count
    changed = all.reduce(0) { $0 + $1.changed } / count
  }
}
