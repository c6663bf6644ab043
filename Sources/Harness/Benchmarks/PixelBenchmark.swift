import Baselines
import Compute
import Foundation
import Scenes
import Settings

/// Times and scores of the pixel classifiers on given scenes, and the matrices for measuring other programs on the same.
package struct PixelBenchmark: Codable, Sendable {
  /// One classifier's figures.
  package struct Row: Codable, Sendable {
    package let classifier: String
    package let fitSeconds: Double
    /// For all test pixels, from their features to their classes.
    package let predictSeconds: Double
    package let testMeanIoU, testAccuracy: Double
    /// What the fit minimised, class by class; nil for the forest.
    package let objectives: [Double]?
  }

  package let trainPixels, testPixels, features, trees, threads: Int
  /// From the pictures to the features of all pixels.
  package let featureSeconds: Double
  package let rows: [Row]
  /// The most memory that the process had, in bytes.
  package let peakBytes: Int

  /// Fits and predicts with a random forest of `trees` trees and with a linear SVC, all else by default.
  ///
  /// - Parameters:
  ///   - data: the root of the dataset, or `synthetic`.
  ///   - size: the size of its scenes in pixels.
  ///   - images: how many training scenes of the dataset, evenly spaced; half as many of its `val` split are the test.
  ///   - features: what is computed of each pixel.
  ///   - trees: how many trees the forest has, 1 to 10,000.
  ///   - dump: where to put `X.npy` (float32 [n, d]), `y.npy` (uint8 [n]) of the training pixels, `Xt.npy`,
  ///     `yt.npy` of the test pixels, and each classifier's classes of the test pixels, `yt-NAME.npy` (uint8 [n]);
  ///     nil: nowhere.
  package init(
    data: String, size: PixelSize, images: Int, features: PixelFeatures, trees: Int, dump: URL?
  ) throws {
    guard images >= 1, (1...10_000).contains(trees) else {
      throw SettingError.invalid(
        setting: "--images, --trees", value: "\(images), \(trees)", bound: "1 or more, trees at most 10000")
    }
    let dataset = try Dataset.open(data, sceneSeed: 0)
    let scenes = try [("train", images), ("val", (images + 1) / 2)].map { split, count in
      let entries = try dataset.entries(split, limit: count)
      return try Parallel.map(entries.count) { try entries[$0].load(size: size) }
    }
    let clock = ContinuousClock()
    var samples: [PixelSample] = []
    featureSeconds =
      try clock.measure {
        samples = try scenes.map { try PixelSample(scenes: $0, features: features) }
      } / .seconds(1)
    let (sample, held) = (samples[0], samples[1])
    if let dump {
      try Self.write(sample, suffix: "", to: dump)
      try Self.write(held, suffix: "t", to: dump)
    }
    var forest = RandomForest()
    forest.trees = trees
    rows = [
      try Self.row(
        RandomForest.name, held, dump,
        fit: { try forest.grow(sample.matrix, sample.labels, classCount: sample.classCount) },
        classify: { $0.classify(held.matrix) }),
      try Self.row(
        LinearSVC.name, held, dump,
        fit: { try LinearSVC().solve(sample.matrix, sample.labels, classCount: sample.classCount) },
        classify: { $0.classify(held.matrix) }, objectives: { $0.outcomes.map(\.objective) }),
    ]
    (trainPixels, testPixels) = (sample.labels.count, held.labels.count)
    (self.features, self.trees, threads) = (features.count, trees, Parallel.threadCount)
    peakBytes = ProcessMemory.peakBytes
  }

  private static func row<Model>(
    _ name: String, _ held: PixelSample, _ dump: URL?, fit: () throws -> Model, classify: (Model) -> [UInt8],
    objectives: (Model) -> [Double]? = { _ in nil }
  ) throws -> Row {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try fit()
    let fitted = clock.now
    let prediction = classify(model)
    let predicted = clock.now
    if let dump { try write(prediction, to: dump.appendingPathComponent("yt-\(name).npy")) }
    var confusion = ConfusionMatrix(classCount: held.classCount)
    confusion.add(truth: held.labels, prediction: prediction)
    let scores = Scores(confusion: confusion, of: .cityscapes8, under: .withoutVoid)
    return Row(
      classifier: name, fitSeconds: (fitted - start) / .seconds(1), predictSeconds: (predicted - fitted) / .seconds(1),
      testMeanIoU: scores.meanIoU ?? 0, testAccuracy: scores.accuracy ?? 0, objectives: objectives(model))
  }

  private static func write(_ sample: PixelSample, suffix: String, to folder: URL) throws {
    let matrix = sample.matrix
    try NPYFile.write(
      UnsafeRawBufferPointer(start: matrix.values, count: matrix.rows * matrix.columns * MemoryLayout<Float>.size),
      descriptor: "<f4", shape: [matrix.rows, matrix.columns], to: folder.appendingPathComponent("X\(suffix).npy"))
    try write(sample.labels, to: folder.appendingPathComponent("y\(suffix).npy"))
  }

  private static func write(_ labels: [UInt8], to file: URL) throws {
    try labels.withUnsafeBytes { try NPYFile.write($0, descriptor: "|u1", shape: [$0.count], to: file) }
  }
}
