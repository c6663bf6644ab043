import Compute
import Foundation
import Scenes
import Settings
import Storage

/// Gaussian naive Bayes that is yet to be fitted, with scikit-learn's defaults (Chan, Golub, LeVeque 1979 for the
/// variances; Zhang 2004 for why it ranks classes better than its assumption deserves).
///
/// The features of a class are taken to be normal and independent of each other. With n_c pixels of n in class c, and
/// m_cj and v_cj the mean and the variance of feature j over them,
///
///     P(c | x) ~ n_c / n prod_j exp(-(x_j - m_cj)^2 / (2 s_cj)) / sqrt(2 pi s_cj),  s_cj = v_cj + varSmoothing max_j v_j
///
/// where v_j is the variance of feature j over all pixels. Two passes over the sample, next to no memory beside it.
package struct GaussianNB: PixelClassifier {
  package static let name = "gaussian-nb"
  package static let summary = "Gaussian naive Bayes on pixel features"
  package static let hasChance = false

  /// The part of the largest variance of a feature that is added to all variances.
  package var varSmoothing = 1e-9

  package static let fields: [Field<Self>] = [
    .number("varSmoothing", \.varSmoothing, .above(0, to: 1), "part of the largest variance that is added to all")
  ]

  package init() {}

  private static let pieceRows = 1 << 16

  package func fit(
    _ sample: PixelSample, seed: UInt64, progress: @Sendable (Double) -> Void
  ) throws -> GaussianNBSegmenter {
    try checkBounds()
    try SampleCheck.check(sample.matrix, sample.labels, classCount: sample.classCount)
    let columns = sample.matrix.columns
    let all = try Standardisation.moments(sample.matrix)
    var counts = [Double](repeating: 0, count: sample.classCount)
    for label in sample.labels { counts[Int(label)] += 1 }
    let classes = counts.indices.filter { counts[$0] > 0 }
    func overCounts(_ sums: [Double]) -> [Double] {
      sums.indices.map { sums[$0] / max(1, counts[$0 / columns]) }
    }
    let means = overCounts(try Self.sums(sample) { value, _ in value })
    progress(0.5)
    let squares = try Self.sums(sample) { value, cell in (value - means[cell]) * (value - means[cell]) }
    let added = varSmoothing * (all.variances.max() ?? 0)
    let variances = overCounts(squares).map { $0 + added }
    progress(1)
    func present(_ values: [Double]) -> [Double] {
      classes.flatMap { values[$0 * columns..<($0 + 1) * columns] }
    }
    return GaussianNBSegmenter(
      settings: self, features: sample.features, classCount: sample.classCount, classes: classes.map { UInt8($0) },
      pixels: classes.map { counts[$0] }, means: present(means), variances: present(variances))
  }

  /// The sums of `term` over the pixels of each class, [classes, features]; `term` is given a value and its place there.
  private static func sums(_ sample: PixelSample, _ term: @Sendable (Double, Int) -> Double) throws -> [Double] {
    let (rows, columns) = (sample.matrix.rows, sample.matrix.columns)
    let size = sample.classCount * columns
    let parts = try Parallel.map((rows + pieceRows - 1) / pieceRows) { piece in
      var sums = [Double](repeating: 0, count: size)
      for row in piece * pieceRows..<min(rows, (piece + 1) * pieceRows) {
        let (values, first) = (sample.matrix.values + row * columns, Int(sample.labels[row]) * columns)
        for column in 0..<columns { sums[first + column] += term(Double(values[column]), first + column) }
      }
      return sums
    }
    return parts.reduce(into: [Double](repeating: 0, count: size)) { total, part in add(part, to: &total) }
  }

  package func estimatedBytes(pixels: Int, features: Int, classes: Int) -> Int {
    let pieces = (pixels + Self.pieceRows - 1) / Self.pieceRows
    return Self.sampleBytes(pixels: pixels, features: features)
      + (pieces + 3) * classes * features * MemoryLayout<Double>.size
  }
}

/// A fitted Gaussian naive Bayes.
package struct GaussianNBSegmenter: PixelSegmenter, Equatable {
  /// The hyperparameters it was fitted with.
  package let settings: GaussianNB
  package let features: PixelFeatures
  package let classCount: Int
  /// Those that the sample had, ascending.
  package let classes: [UInt8]
  /// How many pixels each had.
  package let pixels: [Double]
  /// [present classes, features], the variances with what smoothing added.
  package let means, variances: [Double]

  private static let block = 1024

  /// ln P(c) - 1/2 sum_j ln(2 pi s_cj) of each present class.
  package var offsets: [Double] {
    let (whole, columns) = (pixels.reduce(0, +), features.count)
    return classes.indices.map { index in
      log(pixels[index] / whole)
        - 0.5 * variances[index * columns..<(index + 1) * columns].reduce(0) { $0 + log(2 * .pi * $1) }
    }
  }

  /// 1/(2 s_cj), [present classes, features].
  package var factors: [Double] { variances.map { 0.5 / $0 } }

  /// Class probabilities [rows, classes]; 0 for classes that the sample lacked.
  package func probabilities(of matrix: FeatureMatrix) -> [Float] {
    let columns = matrix.columns
    precondition(means.count == classes.count * columns, "\(columns) features, \(means.count) means")
    let (offsets, factors) = (offsets, factors)
    return [Float](unsafeUninitializedCapacity: matrix.rows * classCount) { buffer, count in
      buffer.initialize(repeating: 0)
      nonisolated(unsafe) let out = buffer
      Parallel.forEach((matrix.rows + Self.block - 1) / Self.block) { piece in
        var scores = [Double](repeating: 0, count: classes.count)
        for row in piece * Self.block..<min(matrix.rows, (piece + 1) * Self.block) {
          let values = matrix.values + row * columns
          for index in classes.indices {
            var distance = 0.0
            for column in 0..<columns {
              let difference = Double(values[column]) - means[index * columns + column]
              distance += difference * difference * factors[index * columns + column]
            }
            scores[index] = offsets[index] - distance
          }
          let largest = scores.max() ?? 0
          let sum = scores.reduce(0) { $0 + exp($1 - largest) }
          for (label, score) in zip(classes, scores) {
            out[row * classCount + Int(label)] = Float(exp(score - largest) / sum)
          }
        }
      }
      count = matrix.rows * classCount
    }
  }

  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    pictures.map { picture in
      Prediction(
        width: picture.width, height: picture.height, classCount: classCount,
        probabilities: probabilities(of: features.matrix(of: picture)))
    }
  }

  // MARK: Model files

  package func save(to file: URL) throws {
    let metadata = [
      "model": GaussianNB.name, "features": features.rawValue, "version": "1", "classCount": "\(classCount)",
      "settings": try ModelReader.json(settings.values),
    ]
    let shape = [classes.count, features.count]
    try SafeTensors(
      metadata: metadata,
      arrays: [
        "classes": .init(.uint8, shape: [classes.count], values: classes),
        "pixels": .init(.float64, shape: [classes.count], values: pixels),
        "means": .init(.float64, shape: shape, values: means),
        "variances": .init(.float64, shape: shape, values: variances),
      ]
    ).write(to: file)
  }

  package init(contentsOf file: URL) throws {
    let reader = try ModelReader(SafeTensors(contentsOf: file), file: file.path, kind: GaussianNB.name)
    (settings, features, classCount) = (try reader.settings(GaussianNB.self), reader.features, reader.classCount)
    classes = try reader.values("classes", UInt8.self, .uint8, count: nil)
    pixels = try reader.values("pixels", Double.self, .float64, count: classes.count)
    means = try reader.values("means", Double.self, .float64, count: classes.count * features.count)
    variances = try reader.values("variances", Double.self, .float64, count: classes.count * features.count)
    guard (2...classCount).contains(classes.count), classes.allSatisfy({ $0 < reader.classCount }),
      zip(classes, classes.dropFirst()).allSatisfy(<)
    else { throw reader.bad("its classes are \(classes) of \(classCount)") }
    guard means.allSatisfy(\.isFinite), (variances + pixels).allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw reader.bad("a mean is not a finite number, or a variance or count of pixels not above 0")
    }
  }

  init(
    settings: GaussianNB, features: PixelFeatures, classCount: Int, classes: [UInt8], pixels: [Double],
    means: [Double], variances: [Double]
  ) {
    (self.settings, self.features, self.classCount) = (settings, features, classCount)
    (self.classes, self.pixels, self.means, self.variances) = (classes, pixels, means, variances)
  }
}
