import Compute
import TestSupport
import Testing

@Suite("Linear algebra") struct LinearAlgebraTests {
  private static func random(_ count: Int, _ seed: UInt64) -> [Float] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.uniform(-1...1) }
  }

  @Test("Products agree with the plain sum, transposed or not", arguments: [false, true], [false, true])
  func multiply(transposeA: Bool, transposeB: Bool) {
    let (m, n, k) = (5, 7, 3)
    let a = Self.random(m * k, 1)
    let b = Self.random(k * n, 2)
    var c = Self.random(m * n, 3)
    let expected = (0..<m * n).map { index in
      let (row, column) = (index / n, index % n)
      let sum = (0..<k).reduce(Float(0)) {
        $0 + (transposeA ? a[$1 * m + row] : a[row * k + $1]) * (transposeB ? b[column * k + $1] : b[$1 * n + column])
      }
      return 2 * sum + 0.5 * c[index]
    }
    LinearAlgebra.multiply(
      m: m, n: n, k: k, alpha: 2, a, rowStride: transposeA ? m : k, transposed: transposeA, b,
      rowStride: transposeB ? k : n, transposed: transposeB, beta: 0.5, into: &c, rowStride: n)
    expectClose(c, expected, absolute: 1e-6)
  }

  @Test(
    "Products of one shape agree with OpenBLAS' where rows are longer than what is read, transposed or not, added or not",
    arguments: [(1, 1, 1), (5, 7, 3), (48, 64, 64), (33, 72, 16), (12, 200, 300), (7, 8, 513)], [false, true])
  func products(_ shape: (m: Int, n: Int, k: Int), transposed: Bool) {
    let (m, n, k) = shape
    // Rows are longer than what is read of them.
    let (aStride, bStride, cStride) = ((transposed ? m : k) + 3, n + 2, n + 5)
    let a = Self.random((transposed ? k : m) * aStride, 1)
    let b = Self.random(k * bStride, 2)
    for adds in [false, true] {
      let multiply = MatrixProduct(
        m: m, n: n, k: k, aStride: aStride, transposed: transposed, bStride: bStride, cStride: cStride, adds: adds)
      var c = Self.random(m * cStride, 3)
      var expected = c
      multiply(a, b, into: &c)
      LinearAlgebra.multiply(
        m: m, n: n, k: k, a, rowStride: aStride, transposed: transposed, b, rowStride: bStride, beta: adds ? 1 : 0,
        into: &expected, rowStride: cStride)
      expectClose(c, expected, absolute: 1e-4)
    }
  }

  @Test("A Gram matrix is A^T A on its upper triangle")
  func gram() {
    let (n, k) = (4, 9)
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
}
