import Compute
import Scenes

/// The squared-hinge objectives of all categories, one against the rest, over the same rows.
///
/// Rows are cut into pieces that don't depend on the thread count; a piece sums over blocks in Float, over blocks in
/// Double, and pieces are added in order. Vectors of all categories are [width, 8], a column a category.
final class SVCProblem {
  private typealias Lanes = SIMD8<Float>
  private static let blockRows = 1024
  private static let lanes = Category.count

  private let matrix: FeatureMatrix
  private let map: FittedMap
  private let c: Double
  private let step: Int
  private let rows: Int
  /// Mapped features with the one that is always 1.
  private let width: Int
  /// How many categories are told apart.
  let columns: Int
  /// Which column is each row's own.
  private let owners: [UInt8]
  private let pieceRows: Int
  /// w.x and d.x of every row, [rows, 8].
  private let margins: FloatBuffer
  private let slopes: FloatBuffer
  /// A bit a column: whether the row is in the sum of the column's Hessian as it stands. No array, as pieces change their
  /// rows at the same time.
  private let active: UnsafeMutablePointer<UInt8>
  /// sum x x^T over the active rows, upper triangles [columns][width, width].
  private var grams: [[Double]] = []

  /// The problem over every `step`-th row.
  init(
    _ matrix: FeatureMatrix, _ categories: [UInt8], _ map: FittedMap, present: [UInt8], c: Double, step: Int
  ) {
    (self.matrix, self.map, self.c, self.step) = (matrix, map, c, step)
    rows = (matrix.rows + step - 1) / step
    width = map.width
    columns = present.count
    var column = [UInt8](repeating: 0, count: Category.count)
    for (index, category) in present.enumerated() { column[Int(category)] = UInt8(index) }
    owners = (0..<rows).map { column[Int(categories[$0 * step])] }
    pieceRows = max(1, (rows / 32 + Self.blockRows - 1) / Self.blockRows) * Self.blockRows
    margins = FloatBuffer(count: rows * Self.lanes)
    slopes = FloatBuffer(count: rows * Self.lanes)
    active = .allocate(capacity: rows)
    active.initialize(repeating: .max, count: rows)
  }

  deinit { active.deallocate() }

  /// min(n+, n-) / n of a column.
  func smallerShare(_ column: Int) -> Double {
    let own = owners.reduce(0) { $0 + (Int($1) == column ? 1 : 0) }
    return Double(max(1, min(own, rows - own))) / Double(rows)
  }

  /// What an evaluation gives, by column.
  struct State {
    var objectives: [Double]
    var gradients: [[Double]]
    fileprivate var grams: [[Double]]
    fileprivate var c: Double

    /// -H^-1 grad, H = I + 2c sum x x^T.
    func newtonDirection(_ column: Int) -> [Double] {
      let width = gradients[column].count
      var hessian = grams[column].map { 2 * c * $0 }
      for index in 0..<width { hessian[index * width + index] += 1 }
      let negative = gradients[column].map { -$0 }
      // Eigenvalues are 1 at least; only rounding of enormous sums can hide that, and the gradient still descends.
      return LinearAlgebra.solvePositiveDefinite(hessian, negative) ?? negative
    }
  }

  /// |grad P(0)| by column: at 0 every row is active, with residual y.
  func gradientNormAtZero() throws -> [Double] {
    let zero = [Double](repeating: 0, count: width * Self.lanes)
    let parts = try overPieces { piece in
      let sums = SVCPieceSums(width: width, columns: columns)
      walk(piece, zero, sums, skipping: .max)
      return sums
    }
    return (0..<columns).map { column in norm(gradient(parts, zero, column)) }
  }

  /// Objectives, gradients and Hessians at `weights`. Hessians of columns to skip are left behind.
  func evaluate(_ weights: [Double], skipping: [Bool]) throws -> State {
    if grams.isEmpty { grams = [[Double]](repeating: try fullGram(), count: columns) }
    let skipped = skipping.enumerated().reduce(UInt8.zero) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) }
    let parts = try overPieces { piece in
      let sums = SVCPieceSums(width: width, columns: columns)
      walk(piece, weights, sums, skipping: skipped)
      sums.flush()
      return sums
    }
    for part in parts {
      for column in 0..<columns {
        for (index, value) in part.gramChanges[column].enumerated() { grams[column][index] += value }
      }
    }
    let objectives = (0..<columns).map { column in
      let own = self.column(column, of: weights)
      return 0.5 * own.reduce(0) { $0 + $1 * $1 } + c * parts.reduce(0) { $0 + $1.losses[column] }
    }
    return State(
      objectives: objectives, gradients: (0..<columns).map { gradient(parts, weights, $0) }, grams: grams, c: c)
  }

  /// The step lengths that minimise each column's objective along its direction; 0 where there is none.
  ///
  /// The derivative along the direction is piecewise linear and rises, so Newton's method kept within a bracket finds
  /// its zero in a few looks at the stored margins.
  func lineSearch(_ weights: [Double], _ directions: [[Double]?], _ gradients: [[Double]]) throws -> [Double] {
    var packed = [Double](repeating: 0, count: width * Self.lanes)
    for (column, direction) in directions.enumerated() {
      for (row, value) in (direction ?? []).enumerated() { packed[row * Self.lanes + column] = value }
    }
    _ = try overPieces { piece in products(piece, packed, into: slopes) }
    var searches = directions.enumerated().map { column, direction in
      SVCLineSearch(
        direction: direction, weights: self.column(column, of: weights), gradient: gradients[column])
    }
    for _ in 0..<30 where searches.contains(where: { !$0.done }) {
      let lengths = Lanes(searches.map { Float($0.length) } + [Float](repeating: 0, count: Self.lanes - columns))
      let parts = try overPieces { piece in derivatives(piece, at: lengths) }
      for column in 0..<columns {
        searches[column].advance(
          first: 2 * c * parts.reduce(0) { $0 + $1.first[column] },
          second: 2 * c * parts.reduce(0) { $0 + $1.second[column] })
      }
    }
    return searches.map(\.length)
  }

  // MARK: Passes over the rows

  private func overPieces<Result>(_ body: (Range<Int>) throws -> Result) throws -> [Result] {
    try Parallel.map((rows + pieceRows - 1) / pieceRows) { index in
      try body(index * pieceRows..<min(rows, (index + 1) * pieceRows))
    }
  }

  private func overBlocks(_ piece: Range<Int>, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
    let block = FloatBuffer(count: Self.blockRows * width)
    for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.blockRows) {
      let range = start..<min(piece.upperBound, start + Self.blockRows)
      for row in range {
        map.apply(
          matrix.values + row * step * matrix.columns, to: block.pointer + (row - start) * width)
      }
      body(range, block.pointer)
    }
  }

  /// sum x x^T over all rows.
  private func fullGram() throws -> [Double] {
    let parts = try overPieces { piece in
      var sum = [Double](repeating: 0, count: width * width)
      let gram = FloatBuffer(count: width * width)
      overBlocks(piece) { range, block in
        LinearAlgebra.gram(n: width, k: range.count, block, rowStride: width, into: gram.pointer, rowStride: width)
        addUpper(gram.pointer, width, 1, to: &sum)
      }
      return sum
    }
    return parts.dropFirst().reduce(parts[0]) { total, part in zip(total, part).map(+) }
  }

  /// Writes w.x of a piece's rows to `target`.
  private func products(_ piece: Range<Int>, _ weights: [Double], into target: FloatBuffer) {
    let packed = weights.map { Float($0) }
    overBlocks(piece) { range, block in
      LinearAlgebra.multiply(
        m: range.count, n: Self.lanes, k: width, block, rowStride: width, packed, rowStride: Self.lanes,
        into: target.pointer + range.lowerBound * Self.lanes, rowStride: Self.lanes)
    }
  }

  /// One pass for margins, losses, gradients and the rows that enter or leave a Hessian's sum.
  private func walk(_ piece: Range<Int>, _ weights: [Double], _ sums: SVCPieceSums, skipping: UInt8) {
    let packed = weights.map { Float($0) }
    let residuals = FloatBuffer(count: Self.blockRows * Self.lanes)
    let gradient = FloatBuffer(count: width * Self.lanes)
    let wanted = ~skipping & UInt8(truncatingIfNeeded: 1 << columns - 1)
    let signs = (0..<Self.lanes).map { own in
      var sign = Lanes(repeating: -1)
      sign[own] = 1
      return sign
    }
    overBlocks(piece) { range, block in
      let target = margins.pointer + range.lowerBound * Self.lanes
      LinearAlgebra.multiply(
        m: range.count, n: Self.lanes, k: width, block, rowStride: width, packed, rowStride: Self.lanes,
        into: target, rowStride: Self.lanes)
      var loss = Lanes.zero
      for row in range {
        let offset = (row - range.lowerBound) * Self.lanes
        let sign = signs[Int(owners[row])]
        let slack = 1 - sign * load8(target + offset)
        let inside = slack .> 0
        let positive = Lanes.zero.replacing(with: slack, where: inside)
        loss += positive * positive
        store8(sign * positive, residuals.pointer + offset)
        if wanted == 0 { continue }
        let now = bits(inside)
        let changed = (now ^ active[row]) & wanted
        if changed == 0 { continue }
        sums.change(block + (row - range.lowerBound) * width, entering: changed & now, leaving: changed & ~now)
        active[row] ^= changed
      }
      LinearAlgebra.multiply(
        m: width, n: Self.lanes, k: range.count, block, rowStride: width, transposed: true, residuals.pointer,
        rowStride: Self.lanes, into: gradient.pointer, rowStride: Self.lanes)
      sums.add(loss, gradient.pointer)
    }
  }

  /// First and second derivatives of the losses along the directions, over a piece's rows, without the factor 2c.
  private func derivatives(_ piece: Range<Int>, at lengths: Lanes) -> (first: SIMD8<Double>, second: SIMD8<Double>) {
    var first = SIMD8<Double>.zero
    var second = SIMD8<Double>.zero
    for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.blockRows) {
      var blockFirst = Lanes.zero
      var blockSecond = Lanes.zero
      for row in start..<min(piece.upperBound, start + Self.blockRows) {
        let slope = load8(slopes.pointer + row * Self.lanes)
        let margin = load8(margins.pointer + row * Self.lanes) + lengths * slope
        let own = Int(owners[row])
        var sign = Lanes(repeating: -1)
        sign[own] = 1
        let slack = 1 - sign * margin
        let inside = slack .> 0
        let counted = Lanes.zero.replacing(with: slope, where: inside)
        blockFirst -= sign * slack * counted
        blockSecond += counted * counted
      }
      first += SIMD8<Double>(blockFirst)
      second += SIMD8<Double>(blockSecond)
    }
    return (first, second)
  }

  private func gradient(_ parts: [SVCPieceSums], _ weights: [Double], _ column: Int) -> [Double] {
    (0..<width).map { row in
      weights[row * Self.lanes + column]
        - 2 * c * parts.reduce(0) { $0 + $1.residualSums[row * Self.lanes + column] }
    }
  }

  private func column(_ column: Int, of packed: [Double]) -> [Double] {
    (0..<width).map { packed[$0 * Self.lanes + column] }
  }
}

@inline(__always)
private func load8(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
}

@inline(__always)
private func store8(_ value: SIMD8<Float>, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
}

/// A bit a lane.
@inline(__always)
private func bits(_ mask: SIMDMask<SIMD8<Int32>>) -> UInt8 {
  let values = SIMD8<Int32>.zero.replacing(with: SIMD8(1, 2, 4, 8, 16, 32, 64, 128), where: mask)
  let four = values.lowHalf &+ values.highHalf
  let two = four.lowHalf &+ four.highHalf
  return UInt8(truncatingIfNeeded: two.x &+ two.y)
}
