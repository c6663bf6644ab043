import Compute
import TestSupport
import Testing

@Suite("Linear algebra") struct LinearAlgebraTests {
  private static func random(_ count: Int, _ seed: UInt64) -> [Float] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.uniform(-1...1) }
  }

  @Test(
    "Products are sums in order, to the bit, where rows are longer than what is read, transposed or not, added or not",
    arguments: [
      (1, 1, 1), (5, 7, 3), (48, 64, 64), (33, 72, 16), (12, 200, 300), (7, 8, 513),
      // Few rows, and last columns of a vector of sixteen or less.
      (8, 16, 8), (6, 8, 6), (8, 144, 6), (3, 72, 20), (11, 80, 40), (11, 17, 9), (12, 16, 40), (4, 3, 600),
    ], [false, true])
  func products(_ shape: (m: Int, n: Int, k: Int), transposed: Bool) {
    let (m, n, k) = shape
    // Rows are longer than what is read of them.
    let (aStride, bStride, cStride) = ((transposed ? m : k) + 3, n + 2, n + 5)
    let a = Self.random((transposed ? k : m) * aStride, 1)
    let b = Self.random(k * bStride, 2)
    let fuses = LinearAlgebra.kernelName.hasSuffix("with FMA")
    for adds in [false, true] {
      let multiply = MatrixProduct(
        m: m, n: n, k: k, aStride: aStride, transposed: transposed, bStride: bStride, cStride: cStride, adds: adds)
      var c = Self.random(m * cStride, 3)
      var expected = c
      for row in 0..<m {
        for column in 0..<n {
          expected[row * cStride + column] = (0..<k).reduce(adds ? c[row * cStride + column] : 0) { sum, p in
            let (x, y) = (a[transposed ? p * aStride + row : row * aStride + p], b[p * bStride + column])
            return fuses ? sum.addingProduct(x, y) : sum + x * y
          }
        }
      }
      multiply(a, b, into: &c)
      #expect(c == expected)
    }
  }

  @Test("A transposed matrix has rows for columns, and nothing else is written")
  func transpose() {
    let (rows, columns, aStride, bStride) = (19, 5, 7, 21)
    let a = Self.random(rows * aStride, 5)
    var b = [Float](repeating: 7, count: columns * bStride)
    LinearAlgebra.transpose(rows: rows, columns: columns, a, rowStride: aStride, into: &b, rowStride: bStride)
    for column in 0..<columns {
      for row in 0..<bStride { #expect(b[column * bStride + row] == (row < rows ? a[row * aStride + column] : 7)) }
    }
  }

  @Test("A Gram matrix is A^T A on its upper triangle")
  func gram() {
    let (n, k) = (70, 9)
    let a = Self.random(k * n, 4)
    var c = [Float](repeating: 0, count: n * n)
    LinearAlgebra.gram(n: n, k: k, a, rowStride: n, into: &c, rowStride: n)
    for row in 0..<n {
      for column in row..<n {
        let sum = (0..<k).reduce(Float(0)) { $0 + a[$1 * n + row] * a[$1 * n + column] }
        expectClose([c[row * n + column]], [sum], absolute: 1e-5)
      }
    }
  }

  @Test("A positive definite system is solved, another one refused")
  func solve() throws {
    let solution = try #require(LinearAlgebra.solvePositiveDefinite([4, 2, 2, 3], [10, 8]))
    expectClose(solution, [1.75, 1.5], absolute: 1e-12)
    #expect(LinearAlgebra.solvePositiveDefinite([1, 2, 2, 1], [1, 1]) == nil)
  }

  @Test("A system of several blocks is solved, reading the upper triangle alone")
  func solveLarge() throws {
    let n = 333
    let factor = Self.random(n * n, 6).map(Double.init)
    var matrix = [Double](repeating: .nan, count: n * n)
    for row in 0..<n {
      for column in row..<n {
        matrix[row * n + column] =
          (0..<n).reduce(row == column ? 1 : 0) { $0 + factor[$1 * n + row] * factor[$1 * n + column] }
      }
    }
    let truth = Self.random(n, 7).map(Double.init)
    let right = (0..<n).map { row in
      (0..<n).reduce(0) { $0 + matrix[min(row, $1) * n + max(row, $1)] * truth[$1] }
    }
    let solution = try #require(LinearAlgebra.solvePositiveDefinite(matrix, right))
    expectClose(solution, truth, absolute: 1e-8)
  }
}
