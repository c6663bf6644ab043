import Compute
import Scenes

/// Weights of a linear classifier, one against the rest, on standardised and expanded features.
package struct LinearModel: Equatable, Sendable {
  package let expansion: FittedExpansion
  /// The classes of the columns, ascending: those that the sample had.
  package let classes: [UInt8]
  /// [width, lanes]: a column a class, those after the present ones unused; the last row is the bias.
  package private(set) var weights: [Double]
  /// By column.
  package private(set) var outcomes: [Outcome]

  /// How the search for one class's weights ended.
  package struct Outcome: Equatable, Codable, Sendable {
    /// P(w) = 1/2 |w|^2 + c sum max(0, 1 - y w.x)^2.
    package let objective: Double
    /// Newton steps on the whole sample.
    package let iterations: Int
    /// Whether the tolerance was met within `maxIterations`, or the objective fell no further for rounding.
    package let converged: Bool
  }

  /// Columns of the weights: a multiple of eight.
  package var lanes: Int { ClassLanes.padded(classes.count) }

  init(_ expansion: FittedExpansion, classes: [UInt8], weights: [Double], outcomes: [Outcome]) {
    (self.expansion, self.classes, self.weights, self.outcomes) = (expansion, classes, weights, outcomes)
  }

  /// A model of `classes` whose weights are yet to be set.
  init(_ expansion: FittedExpansion, classes: [UInt8]) {
    let count = expansion.width * ClassLanes.padded(classes.count)
    self.init(expansion, classes: classes, weights: [Double](repeating: 0, count: count), outcomes: [])
  }

  /// Takes the solution of the columns of group `group`, weights [width, 8], after those of the groups before.
  mutating func set(group: Int, weights solved: [Double], outcomes: [Outcome]) {
    for row in 0..<expansion.width {
      for lane in 0..<SVCProblem.lanes {
        weights[row * lanes + group * SVCProblem.lanes + lane] = solved[row * SVCProblem.lanes + lane]
      }
    }
    self.outcomes += outcomes
  }

  private static let block = 1024

  /// The class of the largest w.x of each row; the first where several are largest.
  package func classify(_ matrix: FeatureMatrix) -> [UInt8] {
    let (width, lanes) = (expansion.width, lanes)
    precondition(
      weights.count == width * lanes && matrix.columns == expansion.scaler.means.count,
      "\(matrix.columns) features, \(weights.count) weights")
    let packed = weights.map { Float($0) }
    return [UInt8](unsafeUninitializedCapacity: matrix.rows) { buffer, count in
      nonisolated(unsafe) let out = buffer
      Parallel.forEach((matrix.rows + Self.block - 1) / Self.block) { piece in
        let range = piece * Self.block..<min(matrix.rows, (piece + 1) * Self.block)
        let rows = FloatBuffer(count: Self.block * width)
        var scores = [Float](repeating: 0, count: range.count * lanes)
        for row in range {
          expansion.apply(
            matrix.values + row * matrix.columns, to: rows.pointer + (row - range.lowerBound) * width)
        }
        let multiply = MatrixProduct(
          m: range.count, n: lanes, k: width, aStride: width, bStride: lanes, cStride: lanes)
        multiply(rows.pointer, packed, into: &scores)
        // Columns without a class are never the largest.
        for row in 0..<range.count {
          for column in classes.count..<lanes { scores[row * lanes + column] = -.infinity }
        }
        for (row, column) in zip(range, likeliest(scores, classCount: lanes)) { out[row] = classes[Int(column)] }
      }
      count = matrix.rows
    }
  }
}
