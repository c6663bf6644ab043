import Compute
import Foundation
import Scenes

/// Times and scores of the classifiers on given scenes, and the matrices for measuring other programs on the same.
public struct PixelBenchmark: Equatable, Codable, Sendable {
  /// One classifier's figures.
  public struct Row: Equatable, Codable, Sendable {
    public let classifier: String
    public let fitSeconds: Double
    /// For all test pixels, from their features to their categories.
    public let predictSeconds: Double
    /// Over every seventh training pixel.
    public let train: Score
    public let test: Score
  }

  /// Hard scores; void truth doesn't count.
  public struct Score: Equatable, Codable, Sendable {
    /// Mean of TP / (TP + FP + FN) over the categories in truth or prediction.
    public let meanIoU: Double
    public let accuracy: Double

    init(truth: [UInt8], prediction: [UInt8]) {
      var (hits, union) = ([Int](repeating: 0, count: Category.count), [Int](repeating: 0, count: Category.count))
      for (actual, predicted) in zip(truth, prediction) {
        union[Int(actual)] += 1
        if actual == predicted { hits[Int(actual)] += 1 } else { union[Int(predicted)] += 1 }
      }
      let ratios = zip(hits, union).filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }
      meanIoU = ratios.reduce(0, +) / Double(max(1, ratios.count))
      accuracy = Double(hits.reduce(0, +)) / Double(max(1, truth.count))
    }
  }

  public let trainPixels, testPixels, features, trees, threads: Int
  /// Features of all pictures, from pixels to matrices.
  public let featureSeconds: Double
  public let rows: [Row]

  /// Fits and predicts with a random forest of `trees` trees and with a linear SVC, all else by default.
  ///
  /// - Parameters:
  ///   - dump: where to put `X.npy` (float32 [n, d]), `y.npy` (uint8 [n]) of the training pixels, and `Xt.npy`,
  ///     `yt.npy` of the test pixels; nil: nowhere.
  /// - Throws: `BaselinesError`, and `ComputeError` where `dump` can't be written.
  public static func run(
    train: [Scene], test: [Scene], features: PixelFeatures = .standard, trees: Int = 20, seed: UInt64 = 0,
    dump: URL? = nil
  ) throws -> PixelBenchmark {
    let clock = ContinuousClock()
    var samples: [PixelSample] = []
    let featureTime = try clock.measure {
      samples = try [train, test].map { try PixelSample(scenes: $0, features: features, seed: seed) }
    }
    let (sample, held) = (samples[0], samples[1])
    if let dump { try write(sample, held, to: dump) }
    var forest = RandomForest()
    (forest.trees, forest.seed) = (trees, seed)
    let rows = [
      try row("random-forest", sample, held, fit: { try forest.grow(sample.matrix, sample.categories) }) {
        $0.classify($1)
      },
      try row("linear-svc", sample, held, fit: { try LinearSVC().solve(sample.matrix, sample.categories) }) {
        $0.classify($1)
      },
    ]
    return PixelBenchmark(
      trainPixels: sample.categories.count, testPixels: held.categories.count, features: features.count,
      trees: trees, threads: Parallel.threadCount, featureSeconds: featureTime / .seconds(1), rows: rows)
  }

  private static func row<Model>(
    _ name: String, _ sample: PixelSample, _ held: PixelSample, fit: () throws -> Model,
    classify: (Model, FeatureMatrix) -> [UInt8]
  ) rethrows -> Row {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try fit()
    let fitted = clock.now
    let prediction = classify(model, held.matrix)
    let predicted = clock.now
    let (part, truth) = everySeventh(sample)
    return Row(
      classifier: name, fitSeconds: (fitted - start) / .seconds(1),
      predictSeconds: (predicted - fitted) / .seconds(1),
      train: Score(truth: truth, prediction: classify(model, part)),
      test: Score(truth: held.categories, prediction: prediction))
  }

  private static func everySeventh(_ sample: PixelSample) -> (FeatureMatrix, [UInt8]) {
    let rows = Array(stride(from: 0, to: sample.categories.count, by: 7))
    let columns = sample.matrix.columns
    let part = FeatureMatrix(rows: rows.count, columns: columns) { out in
      for (index, row) in rows.enumerated() {
        (out + index * columns).update(from: sample.matrix.values + row * columns, count: columns)
      }
    }
    return (part, rows.map { sample.categories[$0] })
  }

  private static func write(_ sample: PixelSample, _ held: PixelSample, to folder: URL) throws {
    for (suffix, sample) in [("", sample), ("t", held)] {
      let matrix = sample.matrix
      try NPYFile.write(
        UnsafeRawBufferPointer(start: matrix.values, count: matrix.rows * matrix.columns * 4), descriptor: "<f4",
        shape: [matrix.rows, matrix.columns], to: folder.appendingPathComponent("X\(suffix).npy"))
      try sample.categories.withUnsafeBytes { bytes in
        try NPYFile.write(
          bytes, descriptor: "|u1", shape: [bytes.count], to: folder.appendingPathComponent("y\(suffix).npy"))
      }
    }
  }
}
