import Compute

/// M d M^T of a patch d of one source for each tile; zero outside the picture.
///
/// For a convolution M is B^T and patches begin one row and column before their outputs; for the gradient of its kernel
/// the output's gradient is transformed too, by A, in patches that are the tiles themselves.
struct PatchTransform: @unchecked Sendable {
  private let source: Source
  private let grid: TileGrid
  private let planes: Planes
  private let matrix: TransformMatrix
  /// How many rows and columns patches begin before their outputs.
  private let margin: Int
  /// The products along rows and down columns, by how many values of a patch lie inside the picture.
  private let along, down: [MatrixProduct]

  /// The input of a convolution.
  init(input source: Source, _ scheme: Winograd, grid: TileGrid, planes: Planes) {
    self.init(
      source, source.isDoubled ? scheme.doubledInput : scheme.input, margin: 1, grid: grid, planes: planes)
  }

  /// The gradient by a convolution's output.
  init(gradient: Tensor, _ scheme: Winograd, grid: TileGrid, planes: Planes) {
    self.init(Source(gradient), scheme.output.transposed, margin: 0, grid: grid, planes: planes)
  }

  private init(_ source: Source, _ matrix: TransformMatrix, margin: Int, grid: TileGrid, planes: Planes) {
    (self.source, self.matrix, self.margin, self.grid, self.planes) = (source, matrix, margin, grid, planes)
    let (points, channels) = (planes.points, source.channels)
    // All planes of a tile lie side by side where there is one source only.
    let width = channels == planes.channels ? points * channels : channels
    along = (1...matrix.columns).map {
      MatrixProduct(m: points, n: channels, k: $0, aStride: matrix.columns, bStride: channels, cStride: channels)
    }
    down = (1...matrix.columns).map {
      MatrixProduct(
        m: points, n: width, k: $0, aStride: matrix.columns, bStride: points * channels, cStride: planes.rowStride)
    }
  }

  /// `target` is where the first tile's first channel goes in the first plane.
  func callAsFunction(_ tiles: Range<Int>, into target: MutableValues) {
    let (points, size, channels) = (planes.points, matrix.columns, source.channels)
    let (wholeAlong, wholeDown) = (along[size - 1], down[size - 1])
    let isAlone = channels == planes.channels
    let scratch = FloatBuffer(count: size * points * channels)
    let copied = FloatBuffer(count: source.scale == nil ? 0 : size * size * channels)
    for tile in tiles {
      let patch = Patch(source, size: size, margin: margin, grid: grid, tile: tile)
      var (from, rowStride) = (source.pointer + patch.start, patch.rowStride)
      if source.scale != nil {
        copy(patch, to: copied.pointer)
        (from, rowStride) = (Values(copied.pointer), size * channels)
      }
      let across = patch.columns.lowerBound
      let rows = patch.columns.count == size ? wholeAlong : along[patch.columns.count - 1]
      for i in patch.rows {
        rows(
          matrix.pointer + across, from + (i * rowStride + across * channels),
          into: scratch.pointer + i * points * channels)
      }
      let first = patch.rows.lowerBound
      let columns = patch.rows.count == size ? wholeDown : down[patch.rows.count - 1]
      let out = target + (tile - tiles.lowerBound) * planes.tileStride
      for j in 0..<(isAlone ? 1 : points) {
        columns(
          matrix.pointer + first, scratch.pointer + (first * points + j) * channels, into: out + j * planes.channels)
      }
    }
  }

  /// Copies what lies inside the picture, as readers see it.
  private func copy(_ patch: Patch, to target: MutableValues) {
    guard let scale = source.scale, let shift = source.shift else { return }
    let (size, channels) = (matrix.columns, source.channels)
    for i in patch.rows {
      for j in patch.columns {
        let from = source.pointer + (patch.start + i * patch.rowStride + j * channels)
        let to = target + (i * size + j) * channels
        for c in stride(from: 0, to: channels, by: laneCount) {
          store(rectified(load(from + c) * load(scale + c) + load(shift + c)), to + c)
        }
      }
    }
  }
}

/// A patch of stored pixels.
private struct Patch {
  /// Its first value; may lie before the picture.
  let start: Int
  let rowStride: Int
  /// The rows and columns that lie inside the picture.
  let rows, columns: Range<Int>

  /// The patch of `size` rows and columns for the outputs of a tile, `margin` before which it begins.
  @inline(__always)
  init(_ source: Source, size: Int, margin: Int, grid: TileGrid, tile: Int) {
    let (picture, row, column) = grid.place(tile)
    let factor = source.isDoubled ? 2 : 1
    let (height, width) = (grid.shape.height / factor, grid.shape.width / factor)
    let (top, left) = (row / factor - margin, column / factor - margin)
    start = ((picture * height + top) * width + left) * source.channels
    rowStride = width * source.channels
    rows = max(0, -top)..<min(size, height - top)
    columns = max(0, -left)..<min(size, width - left)
  }
}

/// What becomes of the outputs of a convolution before they are stored.
struct WinogradFinish: @unchecked Sendable {
  /// Added to each channel.
  var bias: Values?
  /// Whether max(0, .) follows.
  var rectifies = false
}

/// A^T m A of tiles, cut at the border, to one destination: its outputs, or where its pixels are doubled, their sums
/// over squares of 2x2.
struct OutputTransform: @unchecked Sendable {
  private let target: Destination
  private let finish: WinogradFinish
  private let grid: TileGrid
  private let planes: Planes
  private let matrix: TransformMatrix
  private let down: MatrixProduct
  /// The products along rows, by how many outputs lie inside the picture.
  private let along: [MatrixProduct]

  init(_ target: Destination, _ finish: WinogradFinish, _ scheme: Winograd, grid: TileGrid, planes: Planes) {
    (self.target, self.finish, self.grid, self.planes) = (target, finish, grid, planes)
    let matrix = target.isDoubled ? scheme.summedOutput : scheme.output
    let (points, channels) = (scheme.points, target.channels)
    let width = channels == planes.channels ? points * channels : channels
    down = MatrixProduct(
      m: matrix.rows, n: width, k: points, aStride: points, bStride: planes.rowStride, cStride: points * channels)
    along = (1...matrix.rows).map {
      MatrixProduct(
        m: $0, n: channels, k: points, aStride: points, bStride: channels, cStride: channels, adds: target.adds)
    }
    self.matrix = matrix
  }

  /// `planes` is where the first tile's first channel of this destination lies in the first plane; its values change.
  func callAsFunction(_ tiles: Range<Int>, from source: MutableValues) {
    guard let pointer = target.pointer else { return }
    let factor = target.isDoubled ? 2 : 1
    let (height, width, channels) = (grid.shape.height / factor, grid.shape.width / factor, target.channels)
    let (points, size) = (planes.points, matrix.rows)
    let isAlone = channels == planes.channels
    let scratch = FloatBuffer(count: size * points * channels)
    let wholeAlong = along[size - 1]
    for tile in tiles {
      let place = grid.place(tile)
      let (row, column) = (place.row / factor, place.column / factor)
      let from = source + (tile - tiles.lowerBound) * planes.tileStride
      if let bias = finish.bias { add(bias, to: from) }
      for j in 0..<(isAlone ? 1 : points) {
        down(matrix.pointer, from + j * planes.channels, into: scratch.pointer + j * channels)
      }
      let (rows, columns) = (min(size, height - row), min(size, width - column))
      let multiply = columns == size ? wholeAlong : along[columns - 1]
      let out = pointer + ((place.picture * height + row) * width + column) * channels
      for i in 0..<rows {
        let line = out + i * width * channels
        multiply(matrix.pointer, scratch.pointer + i * points * channels, into: line)
        if finish.rectifies {
          for c in stride(from: 0, to: columns * channels, by: laneCount) { store(rectified(load(line + c)), line + c) }
        }
      }
    }
  }

  /// Adds the bias to all outputs of a tile: they all hold plane (1, 1), of the point 1 in both directions, once.
  private func add(_ bias: Values, to tile: MutableValues) {
    let plane = tile + (planes.rowStride + planes.channels)
    for c in stride(from: 0, to: target.channels, by: laneCount) {
      store(load(plane + c) + load(bias + c), plane + c)
    }
  }
}
