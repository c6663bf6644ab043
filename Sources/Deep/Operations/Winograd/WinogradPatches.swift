/// The transforms between pictures and planes, for a range of tiles.
extension Winograd {
  /// B^T d B of the patches of `tiles`, which begin one row and column before their outputs; zero outside the picture.
  /// `target` is where the first tile's first channel goes in the first plane.
  static func transformInputs(
    _ source: Source, grid: TileGrid, tiles: Range<Int>, planes: Planes, into target: MutableValues
  ) {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: products) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let (picture, row, column) = grid.place(tile)
        let out = target + (tile - tiles.lowerBound) * planes.channels
        for channel in stride(from: 0, to: source.channels, by: laneCount) {
          let patch = Patch(
            source, points: points, grid: grid, picture: picture, row: row, column: column, channel: channel)
          if let scale = source.scale, let shift = source.shift {
            let reader = ActivatedReader(scale: load(scale + channel), shift: load(shift + channel))
            source.isDoubled ? readDoubledRows(patch, reader, scratch) : readRows(patch, reader, scratch)
          } else {
            source.isDoubled
              ? readDoubledRows(patch, PlainReader(), scratch) : readRows(patch, PlainReader(), scratch)
          }
          if source.isDoubled {
            transformColumns(stride: planes.stride, into: out + channel) { i, j in scratch[(i + 1) / 2 * points + j] }
          } else {
            transformColumns(stride: planes.stride, into: out + channel) { i, j in scratch[i * points + j] }
          }
        }
      }
    }
  }

  /// The first half of the transform: along each row of the patch.
  @inline(__always)
  private static func readRows(_ patch: Patch, _ reader: some Reader, _ scratch: UnsafeMutablePointer<Lanes>) {
    for i in 0..<points {
      let row = scratch + points * i
      if patch.isInside {
        let p = patch.pointer + (patch.start + i * patch.rowStride)
        transformInput {
          reader.read(p + $0 * patch.columnStride)
        } _: {
          row[$0] = $1
        }
      } else {
        transformInput {
          patch.value(i, $0, reader)
        } _: {
          row[$0] = $1
        }
      }
    }
  }

  /// The first half where pixels are doubled: of those seen in a row the second and third are one, the fourth and fifth,
  /// and so on; the same holds for rows, so there are about half as many.
  @inline(__always)
  private static func readDoubledRows(
    _ patch: Patch, _ reader: some Reader, _ scratch: UnsafeMutablePointer<Lanes>
  ) {
    for i in 0...points / 2 {
      let row = scratch + points * i
      if patch.isInside {
        let p = patch.pointer + (patch.start + i * patch.rowStride)
        transformInput {
          reader.read(p + ($0 + 1) / 2 * patch.columnStride)
        } _: {
          row[$0] = $1
        }
      } else {
        transformInput {
          patch.value(i, ($0 + 1) / 2, reader)
        } _: {
          row[$0] = $1
        }
      }
    }
  }

  /// The second half: down each column, each value to a plane of its own.
  @inline(__always)
  private static func transformColumns(
    stride: Int, into target: MutableValues, _ value: (_ row: Int, _ column: Int) -> Lanes
  ) {
    for j in 0..<points {
      transformInput {
        value($0, j)
      } _: {
        store($1, target + ($0 * points + j) * stride)
      }
    }
  }

  /// A dY A^T of the outputs of `tiles`; zero outside the picture.
  static func spreadOutputs(
    _ gradient: Source, grid: TileGrid, tiles: Range<Int>, planes: Planes, into target: MutableValues
  ) {
    let (height, width, channels) = (grid.shape.height, grid.shape.width, gradient.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: tile * points) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for index in tiles {
        let (picture, row, column) = grid.place(index)
        let out = target + (index - tiles.lowerBound) * planes.channels
        let start = gradient.pointer + ((picture * height + row) * width + column) * channels
        let (rows, columns) = (min(tile, height - row), min(tile, width - column))
        for channel in stride(from: 0, to: channels, by: laneCount) {
          for i in 0..<tile {
            let spread = scratch + points * i
            spreadOutput { j in
              i < rows && j < columns ? load(start + ((i * width + j) * channels + channel)) : .zero
            } _: {
              spread[$0] = $1
            }
          }
          for j in 0..<points {
            spreadOutput {
              scratch[$0 * points + j]
            } _: {
              store($1, out + (channel + ($0 * points + j) * planes.stride))
            }
          }
        }
      }
    }
  }

  /// Stores A^T m A of `tiles`, cut at the border; `source` is where the first tile's first channel of this
  /// destination lies in the first plane.
  static func storeOutputs(
    _ source: Values, planes: Planes, grid: TileGrid, tiles: Range<Int>, _ finish: WinogradFinish,
    to target: Destination
  ) {
    guard let pointer = target.pointer else { return }
    if target.isDoubled { return sumOutputs(source, planes: planes, grid: grid, tiles: tiles, to: target) }
    let (height, width, channels) = (grid.shape.height, grid.shape.width, target.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: tile * points) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for index in tiles {
        let (picture, row, column) = grid.place(index)
        let from = source + (index - tiles.lowerBound) * planes.channels
        let start = pointer + ((picture * height + row) * width + column) * channels
        let (rows, columns) = (min(tile, height - row), min(tile, width - column))
        for channel in stride(from: 0, to: channels, by: laneCount) {
          gatherColumns(from + channel, stride: planes.stride, scratch)
          let bias = finish.bias.map { load($0 + channel) } ?? .zero
          for i in 0..<rows {
            let m = scratch + points * i
            let out = start + (i * width * channels + channel)
            transformOutput {
              m[$0]
            } _: { j, lanes in
              guard j < columns else { return }
              var value = lanes + bias
              if finish.rectifies { value = rectified(value) }
              if target.adds { value += load(out + j * channels) }
              store(value, out + j * channels)
            }
          }
        }
      }
    }
  }

  /// A^T m of eight channels, to rows of values for each column.
  @inline(__always)
  private static func gatherColumns(_ source: Values, stride: Int, _ scratch: UnsafeMutablePointer<Lanes>) {
    for j in 0..<points {
      transformOutput {
        load(source + ($0 * points + j) * stride)
      } _: {
        scratch[$0 * points + j] = $1
      }
    }
  }

  /// As `storeOutputs`, of sums over squares of 2x2.
  private static func sumOutputs(
    _ source: Values, planes: Planes, grid: TileGrid, tiles: Range<Int>, to target: Destination
  ) {
    guard let pointer = target.pointer else { return }
    let (height, width, channels) = (grid.shape.height / 2, grid.shape.width / 2, target.channels)
    let capacity = tile * points + 2 * tile
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: capacity) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      let values = scratch + tile * points
      for index in tiles {
        let place = grid.place(index)
        let (row, column) = (place.row / 2, place.column / 2)
        let from = source + (index - tiles.lowerBound) * planes.channels
        let start = pointer + ((place.picture * height + row) * width + column) * channels
        for channel in stride(from: 0, to: channels, by: laneCount) {
          gatherColumns(from + channel, stride: planes.stride, scratch)
          for i in 0..<min(tile / 2, height - row) {
            let (upper, lower) = (scratch + 2 * i * points, scratch + (2 * i + 1) * points)
            transformOutput {
              upper[$0]
            } _: {
              values[$0] = $1
            }
            transformOutput {
              lower[$0]
            } _: {
              values[tile + $0] = $1
            }
            let out = start + (i * width * channels + channel)
            for j in 0..<min(tile / 2, width - column) {
              let top = values[2 * j] + values[2 * j + 1]
              let sum = top + (values[tile + 2 * j] + values[tile + 2 * j + 1])
              let place = out + j * channels
              store(target.adds ? load(place) + sum : sum, place)
            }
          }
        }
      }
    }
  }
}

/// A reader of eight channels of a stored pixel.
private protocol Reader {
  func read(_ pixel: Values) -> Lanes
}

private struct PlainReader: Reader {
  @inline(__always)
  func read(_ pixel: Values) -> Lanes { load(pixel) }
}

private struct ActivatedReader: Reader {
  let scale, shift: Lanes
  @inline(__always)
  func read(_ pixel: Values) -> Lanes { rectified(load(pixel) * scale + shift) }
}

/// A patch of eight channels, of stored pixels.
private struct Patch {
  /// The channels of its first pixel; may lie before the picture.
  let start: Int
  let pointer: Values
  let rowStride, columnStride: Int
  /// The rows and columns that lie inside the picture, and whether all do.
  let rows, columns: Range<Int>
  let isInside: Bool

  /// The patch of `points` rows and columns for the outputs that begin at `row` and `column`, which are even.
  @inline(__always)
  init(_ source: Source, points: Int, grid: TileGrid, picture: Int, row: Int, column: Int, channel: Int) {
    let factor = source.isDoubled ? 2 : 1
    let (height, width) = (grid.shape.height / factor, grid.shape.width / factor)
    let (top, left) = (row / factor - 1, column / factor - 1)
    let size = source.isDoubled ? points / 2 + 1 : points
    start = ((picture * height + top) * width + left) * source.channels + channel
    pointer = source.pointer
    rowStride = width * source.channels
    columnStride = source.channels
    rows = max(0, -top)..<min(size, height - top)
    columns = max(0, -left)..<min(size, width - left)
    isInside = rows.count == size && columns.count == size
  }

  /// The channels of a pixel as readers see them; zero outside the picture.
  @inline(__always)
  func value(_ i: Int, _ j: Int, _ reader: some Reader) -> Lanes {
    guard rows.contains(i), columns.contains(j) else { return .zero }
    return reader.read(pointer + (start + i * rowStride + j * columnStride))
  }
}
