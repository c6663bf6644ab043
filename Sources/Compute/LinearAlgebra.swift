/// Dense linear algebra on row-major matrices, whose sums have one order, whatever the processor and the thread count.
package enum LinearAlgebra {
  /// What makes products of matrices, such as `libxsmm skx with FMA`.
  package static var kernelName: String { MatrixProduct.kernelName }

  /// B <- A^T, with A [rows, columns] and B [columns, rows]; strides are distances in elements between two rows.
  package static func transpose(
    rows: Int, columns: Int, _ a: UnsafePointer<Float>, rowStride lda: Int, into b: UnsafeMutablePointer<Float>,
    rowStride ldb: Int
  ) {
    typealias Lanes = SIMD8<Float>
    let whole = rows / Lanes.scalarCount * Lanes.scalarCount
    // Of each eight rows a cache line is read before the next one, and written as runs of eight.
    for row in stride(from: 0, to: whole, by: Lanes.scalarCount) {
      let from = a + row * lda
      for column in 0..<columns {
        let lanes = Lanes(
          from[column], from[lda + column], from[2 * lda + column], from[3 * lda + column], from[4 * lda + column],
          from[5 * lda + column], from[6 * lda + column], from[7 * lda + column])
        UnsafeMutableRawPointer(b + (column * ldb + row)).storeBytes(of: lanes, as: Lanes.self)
      }
    }
    for row in whole..<rows {
      for column in 0..<columns { b[column * ldb + row] = a[row * lda + column] }
    }
  }

  /// C <- A^T A on the upper triangle of C [n, n], with A [k, n]; below it, C may be written too.
  package static func gram(
    n: Int, k: Int, _ a: UnsafePointer<Float>, rowStride lda: Int, into c: UnsafeMutablePointer<Float>,
    rowStride ldc: Int
  ) {
    let height = 64
    for first in stride(from: 0, to: n, by: height) {
      let multiply = MatrixProduct(
        m: min(height, n - first), n: n - first, k: k, aStride: lda, transposed: true, bStride: lda, cStride: ldc)
      multiply(a + first, a + first, into: c + first * (ldc + 1))
    }
  }

  /// Solves A x = b for a symmetric positive definite A [n, n] of which the upper triangle is read, by Cholesky:
  /// A = U^T U.
  ///
  /// - Returns: x, or nil where A is not positive definite.
  package static func solvePositiveDefinite(_ a: [Double], _ b: [Double]) -> [Double]? {
    let n = b.count
    precondition(a.count == n * n, "matrix of \(a.count) values, right-hand side of \(n)")
    var (u, x) = (a, b)
    let isDefinite = u.withUnsafeMutableBufferPointer { u in factor(u, n: n) }
    guard isDefinite else { return nil }
    for row in 0..<n {
      x[row] /= u[row * n + row]
      for column in row + 1..<n { x[column] -= u[row * n + column] * x[row] }
    }
    for row in (0..<n).reversed() {
      for column in row + 1..<n { x[row] -= u[row * n + column] * x[column] }
      x[row] /= u[row * n + row]
    }
    return x
  }

  /// Replaces the upper triangle of `a` [n, n] by U; false where it isn't positive definite.
  ///
  /// Rows are factored in blocks, whose products are then taken from all rows below, by all threads.
  private static func factor(_ a: UnsafeMutableBufferPointer<Double>, n: Int) -> Bool {
    guard let start = a.baseAddress else { return true }
    nonisolated(unsafe) let u = start
    let height = 32
    for first in stride(from: 0, to: n, by: height) {
      let block = first..<min(n, first + height)
      for row in block {
        subtract(first..<row, from: row, columns: row..<n, in: u, n: n)
        let pivot = u[row * n + row]
        guard pivot > 0, pivot.isFinite else { return false }
        let root = pivot.squareRoot()
        for column in row..<n { u[row * n + column] /= root }
      }
      Parallel.forEach((n - block.upperBound + height - 1) / height) { piece in
        let top = block.upperBound + piece * height
        let rows = top..<min(n, top + height)
        // Few enough columns for the block's part of them to stay in a core's cache.
        for left in stride(from: top, to: n, by: 256) {
          for row in rows where row < min(n, left + 256) {
            subtract(block, from: row, columns: max(row, left)..<min(n, left + 256), in: u, n: n)
          }
        }
      }
    }
    return true
  }

  /// Takes the products of `rows` of U, each times its value in column `row`, from some columns of row `row`.
  @inline(__always)
  private static func subtract(
    _ rows: Range<Int>, from row: Int, columns: Range<Int>, in u: UnsafeMutablePointer<Double>, n: Int
  ) {
    typealias Lanes = SIMD8<Double>
    let target = u + row * n
    let whole = columns.lowerBound + columns.count / Lanes.scalarCount * Lanes.scalarCount
    for column in stride(from: columns.lowerBound, to: whole, by: Lanes.scalarCount) {
      var sum = UnsafeRawPointer(target + column).loadUnaligned(as: Lanes.self)
      for above in rows {
        sum -= u[above * n + row] * UnsafeRawPointer(u + (above * n + column)).loadUnaligned(as: Lanes.self)
      }
      UnsafeMutableRawPointer(target + column).storeBytes(of: sum, as: Lanes.self)
    }
    for column in whole..<columns.upperBound {
      for above in rows { target[column] -= u[above * n + row] * u[above * n + column] }
    }
  }
}
