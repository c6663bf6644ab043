#if arch(x86_64)
  import CXSMM
#endif

/// C <- op(A) B, or C <- C + op(A) B, for any number of row-major matrices of one shape, with op(A) [m, k], B [k, n],
/// C [m, n].
///
/// libxsmm generates machine code for the very shape, which reads matrices where they lie. OpenBLAS first copies them
/// into an order of its own, at up to half of its time where a matrix is used but once; it does the work where libxsmm
/// has no kernel. Every call runs on the calling thread alone.
public struct MatrixProduct: @unchecked Sendable {
  private let m, n, k: Int
  private let aStride, bStride, cStride: Int
  private let transposesA, adds: Bool
  #if arch(x86_64)
    /// The kernel that does all of it, where one does: small products are over before a loop would have begun.
    private let whole: xsmm_product?
    /// What several kernels do; empty where libxsmm has none.
    private let blocks: [Block]
  #endif

  /// - Parameters:
  ///   - aStride: the distance in elements between two rows of A as stored: [m, k], or [k, m] where it is `transposed`.
  ///   - adds: whether C is added to; its contents count for nothing otherwise.
  public init(
    m: Int, n: Int, k: Int, aStride: Int, transposed: Bool = false, bStride: Int, cStride: Int, adds: Bool = false
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.aStride, self.bStride, self.cStride) = (aStride, bStride, cStride)
    (transposesA, self.adds) = (transposed, adds)
    #if arch(x86_64)
      var blocks: [Block] = []
      let columns = k <= Block.smallDepth ? n : Block.columns
      for first in stride(from: 0, to: k, by: Block.depth) {
        for column in stride(from: 0, to: n, by: columns) {
          // To libxsmm, which goes by columns, row-major matrices are transposed ones: C^T = B^T A^T.
          let kernel = xsmm_make_product(
            Int32(min(columns, n - column)), Int32(m), Int32(min(Block.depth, k - first)), Int32(bStride),
            Int32(aStride), Int32(cStride), transposed ? 1 : 0, adds || first > 0 ? 1 : 0)
          guard let kernel else {
            (whole, self.blocks) = (nil, [])
            return
          }
          let a = transposed ? first * aStride : first
          blocks.append(Block(kernel: kernel, a: a, b: first * bStride + column, c: column))
        }
      }
      whole = blocks.count == 1 ? blocks[0].kernel : nil
      self.blocks = blocks
    #endif
  }

  /// Multiplies three matrices of the shape; C must not overlap the others.
  public func callAsFunction(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if let whole {
        whole(b, a, c)
        xsmm_end_products()
        return
      }
      if !blocks.isEmpty {
        for block in blocks { block.kernel(b + block.b, a + block.a, c + block.c) }
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
  /// A part of a product: all rows, some columns of B and C, some columns of A.
  private struct Block {
    let kernel: xsmm_product
    /// Where its parts of the matrices begin.
    let a, b, c: Int

    /// Four of the widest vectors, and as many rows of B as a core's second cache holds of them.
    static let (columns, depth) = (64, 256)
    /// Up to so many rows of B, all columns are one block.
    static let smallDepth = 8
  }
#endif
