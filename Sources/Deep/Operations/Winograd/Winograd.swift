import Compute

/// Winograd's convolution F(t x t, 3x3) (Lavin and Gray 2015, arXiv:1509.09308): tiles of t x t outputs come from
/// patches d of p x p inputs, p = t + 2, as Y = A^T [(G g G^T) * (B^T d B)] A for a kernel g [3, 3].
///
/// Every transform is two products with one of three small matrices, over all channels at once; those of inputs and
/// outputs are written out in CWinograd.
struct Winograd: Sendable {
  /// Rows and columns of outputs that a tile gives; even.
  let tile: Int
  /// B^T [p, p] and A^T [t, p].
  let input, output: TransformMatrix
  /// G [p, 3], with its columns reversed for turned kernels, and G^T.
  let kernel, turnedKernel, gatheringKernel: TransformMatrix

  /// Rows and columns of a patch.
  var points: Int { tile + 2 }
  /// Products a tile, and so planes.
  var products: Int { points * points }

  private init(tile: Int, input: TransformMatrix, output: TransformMatrix, kernel: TransformMatrix) {
    (self.tile, self.input, self.output, self.kernel) = (tile, input, output, kernel)
    (turnedKernel, gatheringKernel) = (kernel.mirrored, kernel.transposed)
  }

  /// F(2x2, 3x3) with points 0, 1, -1, infinity: four products an output.
  static let two = Winograd(
    tile: 2,
    input: [
      [1, 0, -1, 0],
      [0, 1, 1, 0],
      [0, -1, 1, 0],
      [0, 1, 0, -1],
    ],
    output: [
      [1, 1, 1, 0],
      [0, 1, -1, -1],
    ],
    kernel: [
      [1, 0, 0],
      [1 / 2, 1 / 2, 1 / 2],
      [1 / 2, -1 / 2, 1 / 2],
      [0, 0, 1],
    ])

  /// F(4x4, 3x3) with points 0, 1, -1, 2, -2, infinity: 2.25 products an output.
  static let four = Winograd(
    tile: 4,
    input: [
      [4, 0, -5, 0, 1, 0],
      [0, -4, -4, 1, 1, 0],
      [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0],
      [0, 2, -1, -2, 1, 0],
      [0, 4, 0, -5, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ],
    kernel: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ])

  /// F(6x6, 3x3) with points 0, 1, -1, 2, -2, 1/2, -1/2, infinity: 1.78 products an output.
  ///
  /// Outputs differ from exact ones by about twice as much as those of F(4x4, 3x3).
  static let six = Winograd(
    tile: 6,
    input: [
      [1, 0, -5.25, 0, 5.25, 0, -1, 0],
      [0, 1, 1, -4.25, -4.25, 1, 1, 0],
      [0, -1, 1, 4.25, -4.25, -1, 1, 0],
      [0, 0.5, 0.25, -2.5, -1.25, 2, 1, 0],
      [0, -0.5, 0.25, 2.5, -1.25, -2, 1, 0],
      [0, 2, 4, -2.5, -5, 0.5, 1, 0],
      [0, -2, 4, 2.5, -5, -0.5, 1, 0],
      [0, -1, 0, 5.25, 0, -5.25, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 32, 32, 0],
      [0, 1, -1, 2, -2, 16, -16, 0],
      [0, 1, 1, 4, 4, 8, 8, 0],
      [0, 1, -1, 8, -8, 4, -4, 0],
      [0, 1, 1, 16, 16, 2, 2, 0],
      [0, 1, -1, 32, -32, 1, -1, 1],
    ],
    kernel: [
      [1, 0, 0],
      [-2 / 9, -2 / 9, -2 / 9],
      [-2 / 9, 2 / 9, -2 / 9],
      [1 / 90, 1 / 45, 2 / 45],
      [1 / 90, -1 / 45, 2 / 45],
      [1 / 45, 1 / 90, 1 / 180],
      [1 / 45, -1 / 90, 1 / 180],
      [0, 0, 1],
    ])

  /// The scheme that does a convolution with outputs of `shape` with the least work.
  ///
  /// Larger tiles need fewer products an output, but hang over the border further, and give kernels more planes.
  static func best(for shape: Shape) -> Winograd {
    /// In products of a row of inputs with the kernel; transforming the kernel costs as much as some tiles.
    func cost(_ scheme: Winograd) -> Int { scheme.products * (TileGrid(shape, tile: scheme.tile).count + 30) }
    return [.four, .six].reduce(.two) { cost($1) <= cost($0) ? $1 : $0 }
  }
}

/// Rows and columns of the tiles that a convolution with outputs of `shape` is cut into.
package func winogradTile(for shape: Shape) -> Int { Winograd.best(for: shape).tile }

/// A small matrix, row after row.
struct TransformMatrix: Sendable, ExpressibleByArrayLiteral {
  let rows, columns: Int
  let buffer: FloatBuffer

  var pointer: Values { Values(buffer.pointer) }

  init(_ values: [[Float]]) {
    (rows, columns) = (values.count, values[0].count)
    buffer = FloatBuffer(count: rows * columns)
    for (index, value) in values.joined().enumerated() { buffer.pointer[index] = value }
  }

  init(arrayLiteral rows: [Float]...) { self.init(rows) }

  private var values: [[Float]] {
    (0..<rows).map { row in (0..<columns).map { buffer.pointer[row * columns + $0] } }
  }

  var transposed: TransformMatrix {
    let values = values
    return TransformMatrix((0..<columns).map { column in values.map { $0[column] } })
  }

  /// Its columns from the last to the first.
  var mirrored: TransformMatrix { TransformMatrix(values.map { $0.reversed() }) }
}

/// How the outputs of a convolution are cut into tiles; the last ones may hang over the border.
struct TileGrid: Sendable {
  let shape: Shape
  /// Rows and columns of a tile.
  let tile: Int
  let down, across: Int

  init(_ shape: Shape, tile: Int) {
    (self.shape, self.tile) = (shape, tile)
    down = (shape.height + tile - 1) / tile
    across = (shape.width + tile - 1) / tile
  }

  var count: Int { shape.batch * down * across }

  /// Calls `body` with a few of the tiles at a time, on all threads.
  func forEachPiece(of tiles: Range<Int>, _ body: @Sendable (Range<Int>) -> Void) {
    let size = 8
    Parallel.forEach((tiles.count + size - 1) / size) { piece in
      let first = tiles.lowerBound + piece * size
      body(first..<min(tiles.upperBound, first + size))
    }
  }

  /// The picture, and the row and column of the first output, of a tile.
  @inline(__always)
  func place(_ index: Int) -> (picture: Int, row: Int, column: Int) {
    let (picture, rest) = index.quotientAndRemainder(dividingBy: down * across)
    let (row, column) = rest.quotientAndRemainder(dividingBy: across)
    return (picture, row * tile, column * tile)
  }
}

/// The planes of a block of tiles, as [p, tiles, p, channels]: plane (i, j) of a tile lies at row i and column j.
///
/// Rows of planes and tiles are a cache line longer than their values: strides of a power of two would fall on few sets
/// of the cache.
struct Planes: Sendable {
  let points: Int
  /// Tiles that fit, and values a tile and plane.
  let tiles, channels: Int
  /// From one row of planes to the next.
  var rowStride: Int { tiles * tileStride + 16 }
  /// From one tile to the next.
  var tileStride: Int { points * channels + 16 }
  var count: Int { points * rowStride }

  /// Where a plane begins, of the `points` * `points`.
  func place(_ product: Int) -> Int { product / points * rowStride + product % points * channels }
}
