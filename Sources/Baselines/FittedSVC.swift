import Compute
import Foundation
import Scenes

/// Weights of a linear classifier, one against the rest, on standardised features.
package struct LinearModel: Equatable, Sendable {
  package let map: FittedMap
  /// The categories of the columns, ascending.
  package let categories: [UInt8]
  /// [width, 8]: a column a category, those after the present ones unused; the last row is the bias.
  package let weights: [Double]
  package let outcomes: [Outcome]

  /// How the search for one category's weights ended.
  package struct Outcome: Equatable, Codable, Sendable {
    /// P(w) = 1/2 |w|^2 + c sum max(0, 1 - y w.x)^2.
    public let objective: Double
    /// Newton steps on the whole sample.
    public let iterations: Int
    /// Whether the tolerance was met within `maxIterations`, or the objective fell no further for rounding.
    public let converged: Bool
  }

  private static let block = 1024

  /// The category of the largest w.x of each row; the first where several are largest.
  package func classify(_ matrix: FeatureMatrix) -> [UInt8] {
    let width = map.width
    precondition(
      weights.count == width * Category.count && matrix.columns == map.scaler.means.count,
      "\(matrix.columns) features, \(weights.count) weights")
    let packed = weights.map { Float($0) }
    return [UInt8](unsafeUninitializedCapacity: matrix.rows) { buffer, count in
      nonisolated(unsafe) let out = buffer
      Parallel.forEach((matrix.rows + Self.block - 1) / Self.block) { piece in
        let range = piece * Self.block..<min(matrix.rows, (piece + 1) * Self.block)
        let rows = FloatBuffer(count: Self.block * width)
        let scores = FloatBuffer(count: Self.block * Category.count)
        for row in range {
          map.apply(
            matrix.values + row * matrix.columns, to: rows.pointer + (row - range.lowerBound) * width)
        }
        LinearAlgebra.multiply(
          m: range.count, n: Category.count, k: width, rows.pointer, rowStride: width, packed,
          rowStride: Category.count, into: scores.pointer, rowStride: Category.count)
        for row in range {
          let values = scores.pointer + (row - range.lowerBound) * Category.count
          var best = 0
          for column in 1..<categories.count where values[column] > values[best] { best = column }
          out[row] = categories[best]
        }
      }
      count = matrix.rows
    }
  }
}

/// A fitted linear SVC. It has no probabilities, only labels.
public struct FittedSVC: FittedClassifier, Equatable {
  /// What it looks at.
  public let features: PixelFeatures
  /// The hyperparameters it was fitted with.
  public let settings: LinearSVC
  package let model: LinearModel

  /// How the fit of one category ended.
  public struct Outcome: Equatable, Sendable {
    public let category: Category
    /// P(w) = 1/2 |w|^2 + c sum max(0, 1 - y w.x)^2 over the training sample.
    public let objective: Double
    /// Newton steps on the whole sample.
    public let iterations: Int
    /// Whether the tolerance was met within `maxIterations`, or the objective fell no further for rounding.
    public let converged: Bool
  }

  /// By category present in the training sample.
  public var outcomes: [Outcome] {
    zip(model.categories, model.outcomes).map { category, outcome in
      Outcome(
        category: Category(rawValue: category) ?? .void, objective: outcome.objective,
        iterations: outcome.iterations, converged: outcome.converged)
    }
  }

  public func predict(_ pictures: [Picture]) throws -> [Prediction] {
    pictures.map { picture in
      Prediction(
        width: picture.width, height: picture.height, categories: model.classify(features.matrix(of: picture)))
    }
  }

  // MARK: Model files

  public func save(to file: URL) throws {
    var metadata = ["model": LinearSVC.name, "features": features.rawValue, "version": "1"]
    metadata["settings"] = String(decoding: try JSONEncoder.sorted.encode(settings), as: UTF8.self)
    metadata["outcomes"] = String(decoding: try JSONEncoder.sorted.encode(model.outcomes), as: UTF8.self)
    try SafeTensors(
      metadata: metadata,
      arrays: [
        "means": .init(.float32, shape: [features.count], values: model.map.scaler.means),
        "scales": .init(.float32, shape: [features.count], values: model.map.scaler.scales),
        "categories": .init(.uint8, shape: [model.categories.count], values: model.categories),
        "weights": .init(.float64, shape: [model.map.width, Category.count], values: model.weights),
      ]
    ).write(to: file)
  }

  /// Reads a model file.
  ///
  /// - Throws: `ComputeError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one whose
  ///   arrays don't fit each other or aren't finite.
  public init(contentsOf file: URL) throws {
    try self.init(SafeTensors(contentsOf: file), file: file.path)
  }

  /// Takes the model out of what `file` holds.
  package init(_ tensors: SafeTensors, file: String) throws {
    let reader = try ModelReader(tensors, file: file, kind: LinearSVC.name)
    features = reader.features
    settings = try reader.settings(LinearSVC.self)
    let means = try reader.values("means", Float.self, .float32, count: features.count)
    let scales = try reader.values("scales", Float.self, .float32, count: features.count)
    let categories = try reader.values("categories", UInt8.self, .uint8, count: nil)
    let weights = try reader.values(
      "weights", Double.self, .float64, count: FittedMap.width(features.count, settings.featureMap) * Category.count)
    let outcomes = try reader.json("outcomes", [LinearModel.Outcome].self)
    guard (2...Category.count).contains(categories.count), categories.allSatisfy({ Int($0) < Category.count }),
      zip(categories, categories.dropFirst()).allSatisfy(<), outcomes.count == categories.count
    else { throw reader.bad("its categories are \(categories), with \(outcomes.count) outcomes") }
    guard (means + scales).allSatisfy(\.isFinite), weights.allSatisfy(\.isFinite) else {
      throw reader.bad("a weight is not a finite number")
    }
    model = LinearModel(
      map: FittedMap(scaler: Standardisation(means: means, scales: scales), kind: settings.featureMap),
      categories: categories, weights: weights,
      outcomes: outcomes)
  }

  package init(features: PixelFeatures, settings: LinearSVC, model: LinearModel) {
    (self.features, self.settings, self.model) = (features, settings, model)
  }
}
