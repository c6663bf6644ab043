#if arch(x86_64)
  import CXSMM
#endif

/// C <- op(A) B, or C <- C + op(A) B, for any number of row-major matrices of one shape, with op(A) [m, k], B [k, n],
/// C [m, n].
///
/// libxsmm generates machine code for the very shape, which reads matrices where they lie. OpenBLAS first copies them
/// into an order of its own, at up to half of its time where a matrix is used but once; it does the work where libxsmm
/// has no kernel. Every call runs on the calling thread alone.
///
/// It holds no references, so that threads that share one don't count them at every call.
package struct MatrixProduct: @unchecked Sendable {
  private let m, n, k: Int
  private let aStride, bStride, cStride: Int
  private let transposesA, adds: Bool
  #if arch(x86_64)
    /// Nil where libxsmm has no kernels.
    private let kernels: Kernels?
  #endif

  /// The product for matrices of one shape.
  ///
  /// Strides are distances in elements between two rows as stored; A is stored [m, k], or [k, m] where it is
  /// `transposed`. C is added to where `adds`; its contents count for nothing otherwise.
  package init(
    m: Int, n: Int, k: Int, aStride: Int, transposed: Bool = false, bStride: Int, cStride: Int, adds: Bool = false
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.aStride, self.bStride, self.cStride) = (aStride, bStride, cStride)
    (transposesA, self.adds) = (transposed, adds)
    #if arch(x86_64)
      kernels = Kernels(columns: n, depth: k) { columns, depth, isFirst in
        // To libxsmm, which goes by columns, row-major matrices are transposed ones: C^T = B^T A^T.
        xsmm_make_product(
          Int32(columns), Int32(m), Int32(depth), Int32(bStride), Int32(aStride), Int32(cStride), transposed ? 1 : 0,
          adds || !isFirst ? 1 : 0)
      }
    #endif
  }

  /// Multiplies three matrices of the shape; C must not overlap the others.
  package func callAsFunction(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if let kernels {
        if let whole = kernels.whole {
          whole(b, a, c)
        } else {
          kernels.forEachBlock(columns: n, depth: k) { kernel, column, first in
            kernel(b + (first * bStride + column), a + (transposesA ? first * aStride : first), c + column)
          }
        }
        xsmm_end_products()
        return
      }
    #endif
    LinearAlgebra.multiply(
      m: m, n: n, k: k, a, rowStride: aStride, transposed: transposesA, b, rowStride: bStride, beta: adds ? 1 : 0,
      into: c, rowStride: cStride)
  }

  /// The processor that libxsmm makes its kernels for, such as `skx`; nil where it isn't used.
  static var kernelName: String? {
    #if arch(x86_64)
      libxsmm_get_target_archid() < LIBXSMM_X86_AVX ? nil : String(cString: libxsmm_get_target_arch())
    #else
      nil
    #endif
  }
}

#if arch(x86_64)
  /// The kernels of the blocks that a product is cut into: all rows, some columns of B and C, some rows of B.
  private struct Kernels {
    /// The kernel that does all of it, where one does: small products are over before a loop would have begun.
    let whole: xsmm_product?
    /// Of blocks of all the columns that a block has, and of the last ones.
    private let full, last: Column

    /// The kernels down a column of blocks: of the first rows of B, of as many further ones, and of the rest; where
    /// there are none of those, the first stands for them.
    private typealias Column = (first: xsmm_product, further: xsmm_product, rest: xsmm_product)

    /// Four of the widest vectors, and as many rows of B as a core's second cache holds of them.
    private static let (width, height) = (64, 256)

    /// Up to a depth of eight, all columns are one block.
    private static func width(_ columns: Int, _ depth: Int) -> Int { depth <= 8 ? columns : width }

    /// Nil where a kernel is missing.
    init?(columns: Int, depth: Int, _ make: (_ columns: Int, _ depth: Int, _ isFirst: Bool) -> xsmm_product?) {
      let (width, height) = (Self.width(columns, depth), Self.height)
      guard columns > 0, depth > 0 else { return nil }
      func column(_ width: Int) -> Column? {
        guard let first = make(width, min(height, depth), true),
          let further = depth >= 2 * height ? make(width, height, false) : first,
          let rest = depth > height && depth % height > 0 ? make(width, depth % height, false) : first
        else { return nil }
        return (first, further, rest)
      }
      guard let full = column(min(width, columns)), let last = column((columns - 1) % width + 1) else { return nil }
      (self.full, self.last) = (full, last)
      whole = columns <= width && depth <= height ? full.first : nil
    }

    @inline(__always)
    func forEachBlock(columns: Int, depth: Int, _ body: (_ kernel: xsmm_product, _ column: Int, _ first: Int) -> Void) {
      let (width, height) = (Self.width(columns, depth), Self.height)
      for first in stride(from: 0, to: depth, by: height) {
        for column in stride(from: 0, to: columns, by: width) {
          let kernels = column + width <= columns ? full : last
          let kernel = first == 0 ? kernels.first : first + height <= depth ? kernels.further : kernels.rest
          body(kernel, column, first)
        }
      }
    }
  }
#endif
