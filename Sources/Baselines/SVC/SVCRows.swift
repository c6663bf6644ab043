import Compute

/// The rows that a linear classifier is fitted to: every `step`-th of a matrix, expanded as they are needed.
///
/// Rows are cut into pieces that don't depend on the thread count; a piece sums over blocks in Float, over blocks in
/// Double, and pieces are added in order.
final class SVCRows: Sendable {
  static let blockRows = 1024
  /// Bytes of sums that are held before they are added, where threads don't need more to have one each.
  private static let sumsRoom = 64 << 20

  private let matrix: FeatureMatrix
  private let expansion: FittedExpansion
  private let step: Int
  /// How many.
  let count: Int
  /// Expanded features with the one that is always 1.
  let width: Int
  /// The rows of each piece, a multiple of `blockRows` but for the last.
  let pieces: [Range<Int>]

  init(_ matrix: FeatureMatrix, _ expansion: FittedExpansion, step: Int) {
    (self.matrix, self.expansion, self.step) = (matrix, expansion, step)
    let count = (matrix.rows + step - 1) / step
    let pieceRows = max(1, (count / 32 + Self.blockRows - 1) / Self.blockRows) * Self.blockRows
    self.count = count
    width = expansion.width
    pieces = stride(from: 0, to: count, by: pieceRows).map { $0..<min(count, $0 + pieceRows) }
  }

  /// The label of row `row`, of the labels of the whole matrix.
  func label(_ row: Int, of labels: [UInt8]) -> UInt8 { labels[row * step] }

  /// Writes row `row`, expanded, as `width` values.
  @inline(__always)
  func write(_ row: Int, to out: UnsafeMutablePointer<Float>) {
    expansion.apply(matrix.values + row * step * matrix.columns, to: out)
  }

  /// Calls `body` with each block of `piece` and its rows, expanded [block, width].
  @inline(__always)
  func forBlocks(_ piece: Range<Int>, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
    let block = FloatBuffer(count: Self.blockRows * width)
    for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.blockRows) {
      let range = start..<min(piece.upperBound, start + Self.blockRows)
      for row in range { write(row, to: block.pointer + (row - start) * width) }
      body(range, block.pointer)
    }
  }

  /// How many sums x x^T of `width` are made at a time: as many as there are threads, and more while they take little.
  static func sumsAtOnce(width: Int) -> Int { max(Parallel.threadCount, sumsRoom / GramSum.bytes(width: width)) }

  /// sum x x^T over all rows, upper triangle [width, width].
  func gram() throws -> [Double] {
    var total = [Double](repeating: 0, count: width * width)
    for wave in waves(of: Self.sumsAtOnce(width: width), over: pieces) {
      let parts = try Parallel.map(wave.count) { index in
        let sum = GramSum(width: width)
        forBlocks(wave[index]) { range, block in sum.add(block, rows: range.count, 1) }
        return sum.total
      }
      for part in parts { add(part, to: &total) }
    }
    return total
  }
}

/// `all` in runs of at most `length`.
func waves<Element>(of length: Int, over all: [Element]) -> [[Element]] {
  stride(from: 0, to: all.count, by: length).map { Array(all[$0..<min(all.count, $0 + length)]) }
}

/// A sum of x x^T over rows that come and go, upper triangle.
final class GramSum {
  /// Rows that wait to be multiplied together.
  private static let room = 256

  private let width: Int
  /// [width, width].
  private(set) var total: [Double]
  private let product: FloatBuffer
  /// Rows that wait, those that enter and those that leave, each [room, width].
  private var waiting: [FloatBuffer] = []
  private var counts = [0, 0]

  init(width: Int) {
    self.width = width
    total = [Double](repeating: 0, count: width * width)
    product = FloatBuffer(count: width * width)
  }

  /// What one takes, its waiting rows included.
  static func bytes(width: Int) -> Int {
    width * width * (MemoryLayout<Double>.size + MemoryLayout<Float>.size)
      + 2 * room * width * MemoryLayout<Float>.size
  }

  /// Adds `factor` times that of `rows` rows of `values` [rows, width].
  func add(_ values: UnsafePointer<Float>, rows: Int, _ factor: Double) {
    LinearAlgebra.gram(n: width, k: rows, values, rowStride: width, into: product.pointer, rowStride: width)
    let product = UnsafePointer(product.pointer)
    total.withUnsafeMutableBufferPointer { total in
      for row in 0..<width {
        for column in row..<width {
          total[row * width + column] += factor * Double(product[row * width + column])
        }
      }
    }
  }

  /// Adds the row that `write` writes, or takes it away; it waits until there are several, or for `flush`.
  @inline(__always)
  func change(entering: Bool, _ write: (UnsafeMutablePointer<Float>) -> Void) {
    if waiting.isEmpty { waiting = (0..<2).map { _ in FloatBuffer(count: Self.room * width) } }
    let list = entering ? 0 : 1
    write(waiting[list].pointer + counts[list] * width)
    counts[list] += 1
    if counts[list] == Self.room { multiply(list) }
  }

  /// Sums up the rows that wait.
  func flush() {
    for list in 0..<2 where counts[list] > 0 { multiply(list) }
  }

  private func multiply(_ list: Int) {
    add(waiting[list].pointer, rows: counts[list], list == 0 ? 1 : -1)
    counts[list] = 0
  }
}

/// total += part, value by value.
func add(_ part: [Double], to total: inout [Double]) {
  total.withUnsafeMutableBufferPointer { total in
    part.withUnsafeBufferPointer { part in
      for index in part.indices { total[index] += part[index] }
    }
  }
}
