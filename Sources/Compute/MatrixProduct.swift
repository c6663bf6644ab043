import CLanes

#if arch(x86_64)
  import CXSMM
#endif

/// C <- op(A) B, or C <- C + op(A) B, for any number of row-major matrices of one shape, with op(A) [m, k], B [k, n],
/// C [m, n].
///
/// Each value of C is one sum in the order of k, from 0 or from what C holds, and where the processor can, a product and
/// its addition are rounded once. So the bits are the same whichever kernels do it: machine code for the very shape,
/// which libxsmm generates for the processor, or plain loops.
///
/// Every call runs on the calling thread alone. It holds no references, so that threads that share one don't count them
/// at every call.
package struct MatrixProduct: @unchecked Sendable {
  private let m, n, k: Int
  private let aStride, bStride, cStride: Int
  private let transposesA, adds: Bool
  /// The columns of B and C that `kernels` do; loops do the others.
  private let fast: Int
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
      let columns = Kernels.columnsInOrder(of: n, rows: m)
      kernels = Kernels(columns: columns, depth: k) { columns, depth, isFirst in
        // To libxsmm, which goes by columns, row-major matrices are transposed ones: C^T = B^T A^T.
        xsmm_make_product(
          Int32(columns), Int32(m), Int32(depth), Int32(bStride), Int32(aStride), Int32(cStride), transposed ? 1 : 0,
          adds || !isFirst ? 1 : 0)
      }
      fast = kernels == nil ? 0 : columns
    #else
      fast = 0
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
          kernels.forEachBlock(columns: fast, depth: k) { kernel, column, first in
            kernel(b + (first * bStride + column), a + (transposesA ? first * aStride : first), c + column)
          }
        }
        xsmm_end_products()
      }
    #endif
    if fast < n { multiplyByLoops(a, b, into: c) }
  }

  /// The columns that no kernel does, in blocks whose part of B stays in a core's cache.
  private func multiplyByLoops(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>
  ) {
    let (aRow, aColumn) = transposesA ? (1, aStride) : (aStride, 1)
    let (width, height) = (64, 256)
    for first in stride(from: 0, to: max(1, k), by: height) {
      for column in stride(from: fast, to: n, by: width) {
        c_product(
          m, min(width, n - column), min(height, k - first), a + first * aColumn, aRow, aColumn,
          b + (first * bStride + column), bStride, c + column, cStride, adds || first > 0 ? 1 : 0)
      }
    }
  }

  /// What makes products, such as `libxsmm skx`, and whether they are fused with additions: bits depend on that alone.
  static var kernelName: String {
    let fused = c_fuses() == 0 ? "without FMA" : "with FMA"
    #if arch(x86_64)
      switch libxsmm_get_target_archid() {
      case LIBXSMM_X86_AVX2...: return "libxsmm \(String(cString: libxsmm_get_target_arch())) with FMA"
      case LIBXSMM_X86_AVX: return "libxsmm \(String(cString: libxsmm_get_target_arch())) without FMA"
      default: return "loops \(fused)"
      }
    #else
      return "loops \(fused)"
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
    /// Columns of the widest vector.
    private static let vector = 16

    /// How many of `columns` columns kernels are asked for: the last ones, where they are one vector or less, only with
    /// twelve rows or more. With fewer, libxsmm's kernels for AVX-512 take turns with two or four sums for a value.
    static func columnsInOrder(of columns: Int, rows: Int) -> Int {
      columns % width <= vector && rows < 12 ? columns / width * width : columns
    }

    /// Up to a depth of eight, all columns are one block, unless the last ones are one vector or less: those need a
    /// kernel of their own, for it to take twelve rows at a time.
    private static func width(_ columns: Int, _ depth: Int) -> Int {
      depth <= 8 && !(1...vector).contains(columns % width) ? columns : width
    }

    /// Nil where a kernel is missing.
    init?(columns: Int, depth: Int, _ make: (_ columns: Int, _ depth: Int, _ isFirst: Bool) -> xsmm_product?) {
      guard columns > 0, depth > 0 else { return nil }
      let (width, height) = (Self.width(columns, depth), Self.height)
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
