import Compute
import Foundation
import Settings

/// A linear support vector classifier that is yet to be fitted, with scikit-learn's defaults
/// (`LinearSVC(dual=False)` behind a `StandardScaler`).
///
/// Features are standardised, expanded by `featureMap`, and a feature that is always 1 is appended for the bias. For
/// every class present, one against the rest (y = 1 or -1), it minimises
///
///     P(w) = 1/2 |w|^2 + c sum_i max(0, 1 - y_i w.x_i)^2
///
/// over all of w, bias included, by a finite Newton method (Keerthi and DeCoste 2005, JMLR 6:341): the Hessian
/// I + 2c sum over the pixels with y_i w.x_i < 1 of x_i x_i^T is factored exactly, and the step's length minimises P
/// along it. A few steps on one pixel of 16 give the start for all of them.
///
/// Memory, beside the sample of n pixels: 67 bytes a pixel, and for w expanded features about eleven matrices [w, w]
/// of double precision, however many pixels and classes there are.
package struct LinearSVC: PixelClassifier, Codable {
  package static let name = "linear-svc"
  package static let summary = "linear support vector classifier on pixel features, one against the rest"
  package static let section = "svc"
  package static let hasChance = false

  /// Weight of the losses against the penalty.
  package var c = 1.0
  /// Stop where |grad P| <= tolerance min(n+, n-)/n |grad P(0)|, as LIBLINEAR does.
  package var tolerance = 1e-4
  /// What is made of the standardised features.
  package var featureMap = Expansion.none
  /// Newton steps at most.
  package var maxIterations = 100

  package static let fields: [Field<Self>] = [
    .number("c", \.c, .above(0), "weight of the losses against the penalty"),
    .number("tolerance", \.tolerance, .between(0, 1), "stop where the gradient is as small a part of the first one"),
    .choice("featureMap", \.featureMap, "what is made of the standardised features"),
    .whole("maxIterations", \.maxIterations, 1...10_000, "Newton steps at most"),
  ]

  package init() {}

  package func fit(_ sample: PixelSample, seed: UInt64, progress: @Sendable (Double) -> Void) throws -> SVCSegmenter {
    let model = try solve(sample.matrix, sample.labels, classCount: sample.classCount, progress: progress)
    FloatBuffer.releaseUnused()
    return SVCSegmenter(features: sample.features, settings: self, classCount: sample.classCount, model: model)
  }

  /// Margins of all pixels, the Hessians of eight classes, and the sums that lead to them.
  package func estimatedBytes(pixels: Int, features: Int, classes: Int) -> Int {
    let width = FittedExpansion.width(features, featureMap)
    let matrix = width * width * MemoryLayout<Double>.size
    let sums = SVCRows.sumsAtOnce(width: width) * GramSum.bytes(width: width)
    let blocks = Parallel.threadCount * SVCRows.blockRows * width * MemoryLayout<Float>.size
    // The sum over all rows beside the Hessians. A Newton step takes a copy and its factors, when the sums are made.
    return Self.sampleBytes(pixels: pixels, features: features)
      + SVCProblem.bytes(rows: pixels, width: width, columns: min(classes, SVCProblem.lanes)) + matrix
      + max(sums, 2 * matrix) + blocks
  }

  /// Rows below which all are used from the start.
  private static let warmStartRows = 100_000
  private static let warmStartStep = 16

  /// Fits weights to features [n, d] and labels [n] of 0..<classCount, whatever the features are.
  package func solve(
    _ matrix: FeatureMatrix, _ labels: [UInt8], classCount: Int, progress: @Sendable (Double) -> Void = { _ in }
  ) throws -> LinearModel {
    try checkBounds()
    try SampleCheck.check(matrix, labels, classCount: classCount)
    let expansion = FittedExpansion(scaler: try Standardisation.fit(matrix), kind: featureMap)
    let present = (0..<UInt8(classCount)).filter(labels.contains)
    let groups = waves(of: SVCProblem.lanes, over: present)
    var starts = [[Double]](
      repeating: [Double](repeating: 0, count: expansion.width * SVCProblem.lanes), count: groups.count)
    if matrix.rows >= Self.warmStartRows {
      let rows = SVCRows(matrix, expansion, step: Self.warmStartStep)
      let gram = try rows.gram()
      for (index, group) in groups.enumerated() {
        let part = SVCProblem(rows, labels, classes: group, c: c * Double(Self.warmStartStep), gram: gram)
        starts[index] = try minimise(part, from: starts[index], tolerance: max(tolerance, 1e-3)).weights
      }
    }
    progress(0.3)
    let rows = SVCRows(matrix, expansion, step: 1)
    let gram = try rows.gram()
    var model = LinearModel(expansion, classes: present)
    for (index, group) in groups.enumerated() {
      let problem = SVCProblem(rows, labels, classes: group, c: c, gram: gram)
      let solution = try minimise(problem, from: starts[index], tolerance: tolerance)
      model.set(group: index, weights: solution.weights, outcomes: solution.outcomes)
      progress(0.3 + 0.7 * Double(index + 1) / Double(groups.count))
    }
    return model
  }

  /// Newton's method on all columns at once; `start` and the result are [width, 8].
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
        outcome.converged ? nil : problem.newtonDirection(column, state.gradients[column])
      }
      let lengths = try problem.lineSearch(weights, directions, state.gradients)
      for (column, direction) in directions.enumerated() {
        for (row, value) in (direction ?? []).enumerated() {
          weights[row * SVCProblem.lanes + column] += lengths[column] * value
        }
      }
    }
    return (weights, outcomes)
  }
}

/// The Euclidean norm.
func norm(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
