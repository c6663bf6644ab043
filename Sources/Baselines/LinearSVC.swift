import Compute
import Foundation
import Scenes

/// A linear support vector classifier that is yet to be fitted, with scikit-learn's defaults
/// (`LinearSVC(dual=False)` behind a `StandardScaler`).
///
/// Features are standardised, and a feature that is always 1 is appended for the bias. For every category present, one
/// against the rest (y = 1 or -1), it minimises
///
///     P(w) = 1/2 |w|^2 + c sum_i max(0, 1 - y_i w.x_i)^2
///
/// over all of w, bias included, by a finite Newton method (Keerthi and DeCoste 2005, JMLR 6:341): the Hessian
/// I + 2c sum over the pixels with y_i w.x_i < 1 of x_i x_i^T is factored exactly, and the step's length minimises P
/// along it. A few steps on one pixel of 16 give the start for all of them.
///
/// Memory, beside the sample of n pixels: 65 bytes a pixel.
public struct LinearSVC: Equatable, Codable, Sendable {
  /// Weight of the losses against the penalty; above 0.
  public var c = 1.0
  /// Stop where |grad P| <= tolerance min(n+, n-)/n |grad P(0)|, as LIBLINEAR does; above 0 and below 1.
  public var tolerance = 1e-4
  /// Newton steps at most; 1...10,000.
  public var maxIterations = 100
  /// Not used: there is no chance in the method.
  public var seed: UInt64 = 0

  public init() {}

  /// - Throws: `BaselinesError.invalid`.
  public func check() throws {
    guard c > 0, c.isFinite else {
      throw BaselinesError.invalid(setting: "c", value: "\(c)", bound: "above 0 and finite")
    }
    guard tolerance > 0, tolerance < 1 else {
      throw BaselinesError.invalid(setting: "tolerance", value: "\(tolerance)", bound: "above 0 and below 1")
    }
    guard (1...10_000).contains(maxIterations) else {
      throw BaselinesError.invalid(setting: "maxIterations", value: "\(maxIterations)", bound: "1 to 10000")
    }
  }

  /// Fits weights to `sample`.
  ///
  /// - Throws: `BaselinesError`: bad hyperparameters, or a sample that is empty, of one category, constant, or not
  ///   finite.
  public func fit(_ sample: PixelSample, progress: @Sendable (Double) -> Void = { _ in }) throws -> FittedSVC {
    FittedSVC(
      features: sample.features, settings: self,
      model: try solve(sample.matrix, sample.categories, progress: progress))
  }

  /// Rows below which all are used from the start.
  private static let warmStartRows = 100_000
  private static let warmStartStep = 16

  /// Fits weights to features [n, d] and categories [n], whatever the features are.
  package func solve(
    _ matrix: FeatureMatrix, _ categories: [UInt8], progress: @Sendable (Double) -> Void = { _ in }
  ) throws -> LinearModel {
    try check()
    try SampleCheck.check(matrix, categories)
    let scaler = try Standardisation.fit(matrix)
    let present = (0..<UInt8(Category.count)).filter(categories.contains)
    var start = [Double](repeating: 0, count: (matrix.columns + 1) * Category.count)
    if matrix.rows >= Self.warmStartRows {
      let part = SVCProblem(
        matrix, categories, scaler, present: present, c: c * Double(Self.warmStartStep), step: Self.warmStartStep)
      start = try minimise(part, from: start, tolerance: max(tolerance, 1e-3)).weights
    }
    progress(0.3)
    let problem = SVCProblem(matrix, categories, scaler, present: present, c: c, step: 1)
    let solution = try minimise(problem, from: start, tolerance: tolerance)
    progress(1)
    return LinearModel(scaler: scaler, categories: present, weights: solution.weights, outcomes: solution.outcomes)
  }

  /// Newton's method on all categories at once; `start` and the result are [d + 1, 8], a column a category.
  private func minimise(_ problem: SVCProblem, from start: [Double], tolerance: Double) throws -> (
    weights: [Double], outcomes: [LinearModel.Outcome]
  ) {
    let limits = try problem.gradientNormAtZero().enumerated().map { column, norm in
      tolerance * problem.smallerShare(column) * norm
    }
    var weights = start
    var outcomes = [LinearModel.Outcome](
      repeating: .init(objective: .infinity, iterations: 0, converged: false), count: problem.columns)
    for iteration in 0... {
      let state = try problem.evaluate(weights, skipping: outcomes.map(\.converged))
      for column in 0..<problem.columns where !outcomes[column].converged {
        // Where rounding lets the objective fall no further, the minimum is found as well as it can be.
        let stalled = state.objectives[column] >= outcomes[column].objective * (1 - 1e-9)
        outcomes[column] = .init(
          objective: state.objectives[column], iterations: iteration,
          converged: norm(state.gradients[column]) <= limits[column] || stalled)
      }
      if iteration == maxIterations || outcomes.allSatisfy(\.converged) { break }
      let directions = zip(outcomes, 0..<problem.columns).map { outcome, column in
        outcome.converged ? nil : state.newtonDirection(column)
      }
      let lengths = try problem.lineSearch(weights, directions, state.gradients)
      for (column, direction) in directions.enumerated() {
        for (row, value) in (direction ?? []).enumerated() {
          weights[row * Category.count + column] += lengths[column] * value
        }
      }
    }
    return (weights, outcomes)
  }
}

/// The Euclidean norm.
func norm(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

/// Brings features to mean 0 and deviation 1 over the training sample; a constant feature to 0.
package struct Standardisation: Equatable, Sendable {
  package let means: [Float]
  /// 1 / deviation, 1 for a constant feature.
  package let scales: [Float]

  private static let rowsPerPiece = 1 << 16

  static func fit(_ matrix: FeatureMatrix) throws -> Standardisation {
    let means = try sums(matrix) { value, _ in value }.map { $0 / Double(matrix.rows) }
    let squares = try sums(matrix) { value, column in (value - means[column]) * (value - means[column]) }
    let scales = squares.map { square in
      // Below the rounding of the values themselves there is no variation but noise.
      let deviation = (square / Double(matrix.rows)).squareRoot()
      return deviation > 0 ? Float(1 / deviation) : 1
    }
    return Standardisation(means: means.map { Float($0) }, scales: scales)
  }

  private static func sums(_ matrix: FeatureMatrix, _ term: (Double, Int) -> Double) throws -> [Double] {
    let parts = try Parallel.map((matrix.rows + rowsPerPiece - 1) / rowsPerPiece) { piece in
      var sums = [Double](repeating: 0, count: matrix.columns)
      for row in piece * rowsPerPiece..<min(matrix.rows, (piece + 1) * rowsPerPiece) {
        let values = matrix.values + row * matrix.columns
        for column in 0..<matrix.columns { sums[column] += term(Double(values[column]), column) }
      }
      return sums
    }
    return parts.reduce(into: [Double](repeating: 0, count: matrix.columns)) { total, part in
      for column in total.indices { total[column] += part[column] }
    }
  }

  /// Writes one row of `count + 1` values: the standardised features, then 1.
  @inline(__always)
  func apply(_ row: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
    means.withUnsafeBufferPointer { means in
      scales.withUnsafeBufferPointer { scales in
        for column in 0..<means.count { out[column] = (row[column] - means[column]) * scales[column] }
        out[means.count] = 1
      }
    }
  }
}
