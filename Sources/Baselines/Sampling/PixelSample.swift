import Compute
import Scenes
import Settings

/// Pixels to learn from: features X float32 [n, d] and labels y [n].
package struct PixelSample: Sendable {
  /// What the columns are.
  package let features: PixelFeatures
  /// [n, d].
  package let matrix: FeatureMatrix
  /// [n], places in the class set; void is never among them.
  package let labels: [UInt8]
  /// How many classes there are, void included; 0 for a sample of no pictures.
  package let classCount: Int
  /// A sample of `labels` [n] and their features [n, d].
  package init(features: PixelFeatures, matrix: FeatureMatrix, labels: [UInt8], classCount: Int) {
    precondition(
      matrix.rows == labels.count && matrix.columns == features.count,
      "features [\(matrix.rows), \(matrix.columns)] of \(labels.count) labels and \(features.count) features")
    (self.features, self.matrix, self.labels, self.classCount) = (features, matrix, labels, classCount)
  }

  /// Gathers a sample of `count` scenes, asked for one by one (on several threads), so that memory holds the sample
  /// and a few pictures, however many there are.
  ///
  /// The pixels of a picture depend on `seed` and the scene's name alone.
  ///
  /// - Throws: what `scene` throws, and `SettingError` for a bad `sampling`.
  package init(
    count: Int, features: PixelFeatures = .standard, sampling: any PixelSampling = AllPixels(), seed: UInt64 = 0,
    scene: @Sendable (Int) throws -> Scene
  ) throws {
    try sampling.checkBounds()
    let parts = try Parallel.map(count) { index in
      try Part(scene(index), features: features, sampling: sampling, seed: seed)
    }
    self.init(parts, features: features)
  }

  /// Gathers a sample of `scenes`.
  package init(
    scenes: [Scene], features: PixelFeatures = .standard, sampling: any PixelSampling = AllPixels(), seed: UInt64 = 0
  ) throws {
    try self.init(count: scenes.count, features: features, sampling: sampling, seed: seed) { scenes[$0] }
  }

  private init(_ parts: [Part], features: PixelFeatures) {
    let rows = parts.reduce(0) { $0 + $1.labels.count }
    let matrix = FeatureMatrix(rows: rows, columns: features.count) { out in
      var next = out
      for part in parts {
        // Each part is given back as soon as it is copied, so the sample is never held twice.
        part.features.drain { values, count in
          next.update(from: values, count: count)
          next += count
        }
      }
    }
    let classCount = parts.first?.classCount ?? 0
    precondition(parts.allSatisfy { $0.classCount == classCount }, "scenes of several class sets")
    self.init(features: features, matrix: matrix, labels: parts.flatMap(\.labels), classCount: classCount)
  }

  /// The chosen pixels of one picture.
  private struct Part: Sendable {
    let features: Rows
    let labels: [UInt8]
    let classCount: Int

    init(_ scene: Scene, features: PixelFeatures, sampling: any PixelSampling, seed: UInt64) throws {
      var stream = RandomStream(seed: seed, RandomStream.key(scene.name))
      let (truth, void) = (scene.classes, scene.void)
      classCount = scene.classCount
      let chosen = sampling.choose(from: truth, void: void, classCount: classCount, stream: &stream)
      labels = chosen.map { truth[$0] }
      self.features = Rows(features.matrix(of: scene.picture), chosen)
    }
  }

  /// Rows of features that can be given up early.
  private final class Rows: @unchecked Sendable {
    private var matrix: FeatureMatrix?

    init(_ all: FeatureMatrix, _ chosen: [Int]) {
      let columns = all.columns
      matrix = FeatureMatrix(rows: chosen.count, columns: columns) { out in
        for (row, pixel) in chosen.enumerated() {
          (out + row * columns).update(from: all.values + pixel * columns, count: columns)
        }
      }
    }

    func drain(_ use: (UnsafePointer<Float>, Int) -> Void) {
      if let matrix { use(matrix.values, matrix.rows * matrix.columns) }
      matrix = nil
    }
  }
}
