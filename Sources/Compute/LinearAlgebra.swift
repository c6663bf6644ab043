import CLAPACKE
import COpenBLAS

/// Dense linear algebra on row-major matrices of Float, through OpenBLAS and LAPACKE.
///
/// Every call runs on the calling thread alone: `Parallel` spreads calls over threads, in pieces that don't depend on
/// the thread count, so that sums come out the same to the bit with any number of threads.
package enum LinearAlgebra {
  /// Keeps OpenBLAS from starting threads of its own; evaluated once, before the first product.
  @usableFromInline static let singleThreaded: Void = openblas_set_num_threads(1)

  /// The processors that OpenBLAS and, where it is used, libxsmm have chosen their kernels for, such as
  /// `SkylakeX, libxsmm skx`: sums are rounded differently with others.
  package static var kernelName: String {
    ([blasKernelName] + (MatrixProduct.kernelName.map { ["libxsmm \($0)"] } ?? [])).joined(separator: ", ")
  }

  static var blasKernelName: String { String(cString: openblas_get_corename()) }

  /// C <- alpha op(A) op(B) + beta C, with op(A) [m, k], op(B) [k, n], C [m, n], where op transposes when asked.
  ///
  /// A leading dimension is the distance in elements between two rows as stored.
  @inlinable
  package static func multiply(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, rowStride lda: Int, transposed transposeA: Bool = false,
    _ b: UnsafePointer<Float>, rowStride ldb: Int, transposed transposeB: Bool = false,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, rowStride ldc: Int
  ) {
    _ = singleThreaded
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  /// B <- A^T, with A [rows, columns] and B [columns, rows].
  package static func transpose(
    rows: Int, columns: Int, _ a: UnsafePointer<Float>, rowStride lda: Int, into b: UnsafeMutablePointer<Float>,
    rowStride ldb: Int
  ) {
    cblas_somatcopy(
      CblasRowMajor, CblasTrans, blasint(rows), blasint(columns), 1, a, blasint(lda), b, blasint(ldb))
  }

  /// C <- A B for matrices of Double: A [m, k], B [k, n], C [m, n].
  package static func multiply(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Double>, rowStride lda: Int, _ b: UnsafePointer<Double>,
    rowStride ldb: Int, into c: UnsafeMutablePointer<Double>, rowStride ldc: Int
  ) {
    _ = singleThreaded
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b,
      blasint(ldb), 0, c, blasint(ldc))
  }

  /// C <- alpha A^T A + beta C on the upper triangle of C [n, n], with A [k, n].
  @inlinable
  package static func gram(
    n: Int, k: Int, alpha: Float = 1, _ a: UnsafePointer<Float>, rowStride lda: Int,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, rowStride ldc: Int
  ) {
    _ = singleThreaded
    cblas_ssyrk(
      CblasRowMajor, CblasUpper, CblasTrans, blasint(n), blasint(k), alpha, a, blasint(lda), beta, c, blasint(ldc))
  }

  /// Solves A x = b for a symmetric positive definite A [n, n] of which the upper triangle is read, by Cholesky.
  ///
  /// - Returns: x, or nil where A is not positive definite.
  package static func solvePositiveDefinite(_ a: [Double], _ b: [Double]) -> [Double]? {
    let n = b.count
    precondition(a.count == n * n, "matrix of \(a.count) values, right-hand side of \(n)")
    _ = singleThreaded
    var factor = a
    var x = b
    let status = LAPACKE_dposv(
      LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "U")), Int32(n), 1, &factor, Int32(n), &x, 1)
    return status == 0 ? x : nil
  }
}
