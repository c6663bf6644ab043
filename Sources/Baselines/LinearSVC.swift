import Compute
import Foundation
import Scenes

/// A linear support vector classifier that is yet to be fitted, with scikit-learn's defaults
/// (`LinearSVC(dual=False)` behind a `StandardScaler`).
///
/// Features are standardised, mapped by `featureMap`, and a feature that is always 1 is appended for the bias. For every category present, one
/// against the rest (y = 1 or -1), it minimises
///
///     P(w) = 1/2 |w|^2 + c sum_i max(0, 1 - y_i w.x_i)^2
///
/// over all of w, bias included, by a finite Newton method (Keerthi and DeCoste 2005, JMLR 6:341): the Hessian
/// I + 2c sum over the pixels with y_i w.x_i < 1 of x_i x_i^T is factored exactly, and the step's length minimises P
/// along it. A few steps on one pixel of 16 give the start for all of them.
///
/// Memory, beside the sample of n pixels: 66 bytes a pixel.
public struct LinearSVC: PixelClassifier {
  public static let name = "linear-svc"
  public static let summary = "linear support vector classifier on pixel features, one against the rest"

  /// Weight of the losses against the penalty; above 0.
  public var c = 1.0
  /// Stop where |grad P| <= tolerance min(n+, n-)/n |grad P(0)|, as LIBLINEAR does; above 0 and below 1.
  public var tolerance = 1e-4
  /// What is made of the standardised features.
  public var featureMap = FeatureMap.none
  /// Newton steps at most; 1...10,000.
  public var maxIterations = 100
  /// Not used: there is no chance in the method.
  public var seed: UInt64 = 0

  public init() {}

  /// - Throws: `BaselinesError.invalid`.
  public func check(featureCount: Int) throws {
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
    let model = try solve(sample.matrix, sample.categories, progress: progress)
    FloatBuffer.releaseUnused()
    return FittedSVC(features: sample.features, settings: self, model: model)
  }

  /// Rows below which all are used from the start.
  private static let warmStartRows = 100_000
  private static let warmStartStep = 16

  /// Fits weights to features [n, d] and categories [n], whatever the features are.
  package func solve(
    _ matrix: FeatureMatrix, _ categories: [UInt8], progress: @Sendable (Double) -> Void = { _ in }
  ) throws -> LinearModel {
    try check(featureCount: matrix.columns)
    try SampleCheck.check(matrix, categories)
    let map = FittedMap(scaler: try Standardisation.fit(matrix), kind: featureMap)
    let present = (0..<UInt8(Category.count)).filter(categories.contains)
    var start = [Double](repeating: 0, count: map.width * Category.count)
    if matrix.rows >= Self.warmStartRows {
      let part = SVCProblem(
        matrix, categories, map, present: present, c: c * Double(Self.warmStartStep), step: Self.warmStartStep)
      start = try minimise(part, from: start, tolerance: max(tolerance, 1e-3)).weights
    }
    progress(0.3)
    let problem = SVCProblem(matrix, categories, map, present: present, c: c, step: 1)
    let solution = try minimise(problem, from: start, tolerance: tolerance)
    progress(1)
    return LinearModel(map: map, categories: present, weights: solution.weights, outcomes: solution.outcomes)
  }

  /// Newton's method on all categories at once; `start` and the result are [width, 8], a column a category.
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
