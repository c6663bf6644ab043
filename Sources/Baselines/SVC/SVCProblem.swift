import Compute

/// The squared-hinge objectives of up to eight classes, one against the rest, over the same rows.
///
/// Vectors of all columns are [width, 8], a column a class; more classes are more problems, one after the other, so
/// that memory holds the Hessians of eight.
final class SVCProblem: @unchecked Sendable {
  private typealias Lanes = SIMD8<Float>
  /// Columns that are solved together.
  static let lanes = 8

  private let rows: SVCRows
  private let width: Int
  private let c: Double
  /// How many classes are told from the rest.
  let columns: Int
  /// Which column is each row's own; `lanes` for a row that is of the rest in all columns.
  private let owners: [UInt8]
  /// 1 in a row's own column, -1 elsewhere, by owner.
  private let signs: [Lanes]
  /// w.x and d.x of every row, [rows, 8].
  private let margins: FloatBuffer
  private let slopes: FloatBuffer
  /// A bit a column: whether the row is in the sum of the column's Hessian as it stands, and whether that has just
  /// changed. No arrays, as pieces change their rows at the same time.
  private let active: UnsafeMutablePointer<UInt8>
  private let changed: UnsafeMutablePointer<UInt8>
  /// sum x x^T over the active rows, upper triangles [columns][width, width].
  private var grams: [[Double]]

  /// The problem of `classes`, at most eight, over `rows`.
  ///
  /// - Parameters:
  ///   - labels: of the whole matrix that the rows are of.
  ///   - gram: sum x x^T over all rows.
  init(_ rows: SVCRows, _ labels: [UInt8], classes: [UInt8], c: Double, gram: [Double]) {
    precondition((1...Self.lanes).contains(classes.count), "\(classes.count) classes in \(Self.lanes) lanes")
    (self.rows, self.c) = (rows, c)
    width = rows.width
    columns = classes.count
    var column = [UInt8](repeating: UInt8(Self.lanes), count: 256)
    for (index, label) in classes.enumerated() { column[Int(label)] = UInt8(index) }
    owners = (0..<rows.count).map { column[Int(rows.label($0, of: labels))] }
    signs = (0...Self.lanes).map { own in
      var sign = Lanes(repeating: -1)
      if own < Self.lanes { sign[own] = 1 }
      return sign
    }
    margins = FloatBuffer(count: rows.count * Self.lanes)
    slopes = FloatBuffer(count: rows.count * Self.lanes)
    active = .allocate(capacity: rows.count)
    active.initialize(repeating: .max, count: rows.count)
    changed = .allocate(capacity: rows.count)
    changed.initialize(repeating: 0, count: rows.count)
    grams = [[Double]](repeating: gram, count: columns)
  }

  deinit {
    active.deallocate()
    changed.deallocate()
  }

  /// Bytes that a problem of `columns` columns over `rows` rows holds.
  static func bytes(rows: Int, width: Int, columns: Int) -> Int {
    rows * (2 * lanes * MemoryLayout<Float>.size + 3) + columns * width * width * MemoryLayout<Double>.size
  }

  /// min(n+, n-) / n of a column.
  func smallerShare(_ column: Int) -> Double {
    let own = owners.reduce(0) { $0 + (Int($1) == column ? 1 : 0) }
    return Double(max(1, min(own, rows.count - own))) / Double(rows.count)
  }

  /// What an evaluation gives, by column.
  struct State {
    let objectives: [Double]
    let gradients: [[Double]]
  }

  /// |grad P(0)| by column: at 0 every row is active, with residual y.
  func gradientNormAtZero() throws -> [Double] {
    let zero = [Double](repeating: 0, count: width * Self.lanes)
    let parts = try overPieces { piece in walk(piece, zero, wanted: 0) }
    return (0..<columns).map { column in norm(gradient(parts, zero, column)) }
  }

  /// Objectives and gradients at `weights`; Hessians are brought there too, but for those of columns to skip.
  func evaluate(_ weights: [Double], skipping: [Bool]) throws -> State {
    let wanted = (0..<columns).filter { !skipping[$0] }
    let mask = wanted.reduce(UInt8.zero) { $0 | 1 << UInt8($1) }
    let parts = try overPieces { piece in walk(piece, weights, wanted: mask) }
    try updateGrams(wanted)
    let objectives = (0..<columns).map { column in
      let own = self.column(column, of: weights)
      return 0.5 * own.reduce(0) { $0 + $1 * $1 } + c * parts.reduce(0) { $0 + $1.losses[column] }
    }
    return State(objectives: objectives, gradients: (0..<columns).map { gradient(parts, weights, $0) })
  }

  /// -H^-1 grad, H = I + 2c sum x x^T as `evaluate` left it.
  func newtonDirection(_ column: Int, _ gradient: [Double]) -> [Double] {
    var hessian = grams[column].map { 2 * c * $0 }
    for index in 0..<width { hessian[index * width + index] += 1 }
    let negative = gradient.map { -$0 }
    // Eigenvalues are 1 at least; only rounding of enormous sums can hide that, and the gradient still descends.
    return LinearAlgebra.solvePositiveDefinite(hessian, negative) ?? negative
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
    _ = try overPieces { [packed] piece in products(piece, packed, into: slopes) }
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

  private func overPieces<Result: Sendable>(_ body: @Sendable (Range<Int>) throws -> Result) throws -> [Result] {
    try Parallel.map(rows.pieces.count) { try body(rows.pieces[$0]) }
  }

  /// What a pass sums up over one piece.
  private struct Sums {
    var losses = SIMD8<Double>.zero
    /// sum y max(0, 1 - y w.x) x, [width, 8].
    var residuals: [Double]
  }

  /// Writes w.x of a piece's rows to `target`.
  private func products(_ piece: Range<Int>, _ weights: [Double], into target: FloatBuffer) {
    let packed = weights.map { Float($0) }
    rows.forBlocks(piece) { range, block in
      let multiply = MatrixProduct(
        m: range.count, n: Self.lanes, k: width, aStride: width, bStride: Self.lanes, cStride: Self.lanes)
      multiply(block, packed, into: target.pointer + range.lowerBound * Self.lanes)
    }
  }

  /// One pass for margins, losses, gradients and, of the `wanted` columns, the rows that enter or leave a Hessian's
  /// sum.
  private func walk(_ piece: Range<Int>, _ weights: [Double], wanted: UInt8) -> Sums {
    let packed = weights.map { Float($0) }
    let residuals = FloatBuffer(count: SVCRows.blockRows * Self.lanes)
    let gradient = FloatBuffer(count: width * Self.lanes)
    var sums = Sums(residuals: [Double](repeating: 0, count: width * Self.lanes))
    rows.forBlocks(piece) { range, block in
      let target = margins.pointer + range.lowerBound * Self.lanes
      let multiply = MatrixProduct(
        m: range.count, n: Self.lanes, k: width, aStride: width, bStride: Self.lanes, cStride: Self.lanes)
      multiply(block, packed, into: target)
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
        let change = (bits(inside) ^ active[row]) & wanted
        changed[row] = change
        active[row] ^= change
      }
      let sumUp = MatrixProduct(
        m: width, n: Self.lanes, k: range.count, aStride: width, transposed: true, bStride: Self.lanes,
        cStride: Self.lanes)
      sumUp(block, residuals.pointer, into: gradient.pointer)
      sums.losses += SIMD8<Double>(loss)
      for index in sums.residuals.indices { sums.residuals[index] += Double(gradient.pointer[index]) }
    }
    return sums
  }

  /// Takes the rows that `walk` found changed into, or out of, the sums of their columns.
  ///
  /// A few pieces of a column at a time, added in order: Hessians of all pieces and columns at once would be
  /// gigabytes where features are many.
  private func updateGrams(_ wanted: [Int]) throws {
    let tasks = wanted.flatMap { column in rows.pieces.map { (column: column, piece: $0) } }
    for wave in waves(of: SVCRows.sumsAtOnce(width: width), over: tasks) {
      let changes = try Parallel.map(wave.count) { index in
        gramChange(wave[index].column, wave[index].piece)
      }
      for (task, change) in zip(wave, changes) {
        if let change { add(change, to: &grams[task.column]) }
      }
    }
  }

  /// sum x x^T over the rows of `piece` that entered less that over those that left; nil where none did.
  private func gramChange(_ column: Int, _ piece: Range<Int>) -> [Double]? {
    let bit = UInt8(1) << UInt8(column)
    let bits = UInt64(bit) &* 0x0101_0101_0101_0101
    var sum: GramSum?
    var row = piece.lowerBound
    while row < piece.upperBound {
      // Changes are rare: eight rows without one are passed at once.
      if row + 8 <= piece.upperBound,
        UnsafeRawPointer(changed + row).loadUnaligned(as: UInt64.self) & bits == 0
      {
        row += 8
        continue
      }
      if changed[row] & bit != 0 {
        let changes = sum ?? GramSum(width: width)
        sum = changes
        changes.change(entering: active[row] & bit != 0) { rows.write(row, to: $0) }
      }
      row += 1
    }
    sum?.flush()
    return sum?.total
  }

  /// First and second derivatives of the losses along the directions, over a piece's rows, without the factor 2c.
  private func derivatives(_ piece: Range<Int>, at lengths: Lanes) -> (first: SIMD8<Double>, second: SIMD8<Double>) {
    var first = SIMD8<Double>.zero
    var second = SIMD8<Double>.zero
    for start in stride(from: piece.lowerBound, to: piece.upperBound, by: SVCRows.blockRows) {
      var blockFirst = Lanes.zero
      var blockSecond = Lanes.zero
      for row in start..<min(piece.upperBound, start + SVCRows.blockRows) {
        let slope = load8(slopes.pointer + row * Self.lanes)
        let margin = load8(margins.pointer + row * Self.lanes) + lengths * slope
        let sign = signs[Int(owners[row])]
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

  private func gradient(_ parts: [Sums], _ weights: [Double], _ column: Int) -> [Double] {
    (0..<width).map { row in
      weights[row * Self.lanes + column]
        - 2 * c * parts.reduce(0) { $0 + $1.residuals[row * Self.lanes + column] }
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
