import CWinograd
import Compute

/// How many channels this processor transforms at a time.
let winogradLanes = winograd_lanes()

/// The transform of a patch of one source for each tile; zero outside the picture.
///
/// For a convolution it is B^T d B of patches that begin one row and column before their outputs; for the gradient of
/// its kernel the output's gradient is transformed too, by A d A^T, in patches that are the tiles themselves.
struct PatchTransform: @unchecked Sendable {
  private let source: Source
  private let grid: TileGrid
  private let planes: Planes
  private let kind: winograd_kind
  /// Rows and columns of a patch, and how many of them come before its outputs.
  private let size, margin: Int

  /// The input of a convolution.
  init(input source: Source, grid: TileGrid, planes: Planes) {
    (self.source, self.grid, self.planes, margin) = (source, grid, planes, 1)
    // Of the pixels seen in a row, the first is the second of its pair.
    size = source.isDoubled ? planes.points / 2 + 1 : planes.points
    kind = source.isDoubled ? winograd_doubled_input : winograd_input
  }

  /// The gradient by a convolution's output.
  init(gradient: Tensor, grid: TileGrid, planes: Planes) {
    (source, self.grid, self.planes, margin) = (Source(gradient), grid, planes, 0)
    (size, kind) = (grid.tile, winograd_gradient)
  }

  /// `target` is where the first tile's first channel goes in the first plane.
  func callAsFunction(_ tiles: Range<Int>, into target: MutableValues) {
    let factor = source.isDoubled ? 2 : 1
    let (height, width) = (grid.shape.height / factor, grid.shape.width / factor)
    for tile in tiles {
      let place = grid.place(tile)
      let (top, left) = (place.row / factor - margin, place.column / factor - margin)
      var patch = winograd_patch(
        first: source.pointer + ((place.picture * height + top) * width + left) * source.channels,
        row_stride: Int64(width * source.channels), channels: Int32(source.channels), top: Int32(max(0, -top)),
        bottom: Int32(min(size, height - top)), left: Int32(max(0, -left)), right: Int32(min(size, width - left)),
        scale: source.scale, shift: source.shift)
      var written = planes.tile(at: target + (tile - tiles.lowerBound) * planes.tileStride)
      winograd_transform(winogradLanes, Int32(grid.tile), kind, &patch, &written)
    }
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

  init(_ target: Destination, _ finish: WinogradFinish, grid: TileGrid, planes: Planes) {
    (self.target, self.finish, self.grid, self.planes) = (target, finish, grid, planes)
  }

  /// `planes` is where the first tile's first channel of this destination lies in the first plane.
  func callAsFunction(_ tiles: Range<Int>, from source: MutableValues) {
    guard let pointer = target.pointer else { return }
    let factor = target.isDoubled ? 2 : 1
    let (height, width, size) = (grid.shape.height / factor, grid.shape.width / factor, grid.tile / factor)
    for tile in tiles {
      let place = grid.place(tile)
      let (row, column) = (place.row / factor, place.column / factor)
      var read = planes.tile(at: source + (tile - tiles.lowerBound) * planes.tileStride)
      var outputs = winograd_outputs(
        first: pointer + ((place.picture * height + row) * width + column) * target.channels,
        row_stride: Int64(width * target.channels), channels: Int32(target.channels),
        rows: Int32(min(size, height - row)), columns: Int32(min(size, width - column)), sums: target.isDoubled,
        adds: target.adds, rectifies: finish.rectifies, bias: finish.bias)
      winograd_store(winogradLanes, Int32(grid.tile), &read, &outputs)
    }
  }
}

extension Planes {
  /// Those of a tile whose first plane begins at `first`.
  @inline(__always)
  fileprivate func tile(at first: MutableValues) -> winograd_planes {
    winograd_planes(first: first, row_stride: Int64(rowStride), column_stride: Int64(channels))
  }
}
