import Compute
import Scenes

/// What a pass sums up over one piece.
final class SVCPieceSums {
  private static let room = 256
  private let width: Int
  var losses = SIMD8<Double>.zero
  /// sum y max(0, 1 - y w.x) x, [width, 8].
  var residualSums: [Double]
  /// By column: sum x x^T over the rows that entered less that over those that left.
  var gramChanges: [[Double]] = []
  /// Rows that wait to be multiplied: by column, those that enter, then those that leave.
  private var waiting: [FloatBuffer] = []
  private var counts: [Int] = []
  private let gram: FloatBuffer

  init(width: Int, columns: Int) {
    self.width = width
    residualSums = [Double](repeating: 0, count: width * Category.count)
    gram = FloatBuffer(count: width * width)
    gramChanges = [[Double]](repeating: [Double](repeating: 0, count: width * width), count: columns)
    waiting = (0..<2 * columns).map { _ in FloatBuffer(count: Self.room * width) }
    counts = [Int](repeating: 0, count: 2 * columns)
  }

  func add(_ loss: SIMD8<Float>, _ gradient: UnsafePointer<Float>) {
    losses += SIMD8<Double>(loss)
    for index in residualSums.indices { residualSums[index] += Double(gradient[index]) }
  }

  @inline(__always)
  func change(_ row: UnsafePointer<Float>, entering: UInt8, leaving: UInt8) {
    var bits = UInt16(entering) | UInt16(leaving) << 8
    while bits != 0 {
      let bit = bits.trailingZeroBitCount
      bits &= bits &- 1
      let list = 2 * (bit & 7) + bit >> 3
      (waiting[list].pointer + counts[list] * width).update(from: row, count: width)
      counts[list] += 1
      if counts[list] == Self.room { multiply(list) }
    }
  }

  func flush() {
    for list in counts.indices where counts[list] > 0 { multiply(list) }
  }

  private func multiply(_ list: Int) {
    LinearAlgebra.gram(
      n: width, k: counts[list], waiting[list].pointer, rowStride: width, into: gram.pointer, rowStride: width)
    addUpper(gram.pointer, width, list % 2 == 0 ? 1 : -1, to: &gramChanges[list / 2])
    counts[list] = 0
  }
}

/// sum += factor * the upper triangle of `gram` [width, width].
func addUpper(_ gram: UnsafePointer<Float>, _ width: Int, _ factor: Double, to sum: inout [Double]) {
  sum.withUnsafeMutableBufferPointer { sum in
    for row in 0..<width {
      for column in row..<width { sum[row * width + column] += factor * Double(gram[row * width + column]) }
    }
  }
}
