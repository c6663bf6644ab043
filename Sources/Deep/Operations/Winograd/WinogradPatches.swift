/// The transforms between pictures and planes, for a range of tiles.
extension Winograd {
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

  /// B^T d B of the 6x6 patches of `tiles`, which begin one row and column before their outputs; zero outside the
  /// picture. `target` is where the first tile's first channel goes in the first plane.
  static func transformInputs(
    _ source: Source, grid: TileGrid, tiles: Range<Int>, planes: Planes, into target: MutableValues
  ) {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: products) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let (picture, row, column) = grid.place(tile)
        let out = target + (tile - tiles.lowerBound) * planes.channels
        for channel in stride(from: 0, to: source.channels, by: laneCount) {
          let patch = Patch(source, grid: grid, picture: picture, row: row - 1, column: column - 1, channel: channel)
          if let scale = source.scale, let shift = source.shift {
            readRows(patch, ActivatedReader(scale: load(scale + channel), shift: load(shift + channel)), scratch)
          } else {
            readRows(patch, PlainReader(), scratch)
          }
          transformColumns(scratch, stride: planes.stride, into: out + channel)
        }
      }
    }
  }

  /// A 6x6 patch of eight channels.
  private struct Patch {
    /// The channels of its first pixel; may lie before the picture.
    let start: Int
    let pointer: Values
    let rowStride, columnStride: Int
    let rows, columns: Range<Int>

    @inline(__always)
    init(_ source: Source, grid: TileGrid, picture: Int, row: Int, column: Int, channel: Int) {
      let (height, width) = (grid.shape.height, grid.shape.width)
      start = ((picture * height + row) * width + column) * source.channels + channel
      pointer = source.pointer
      rowStride = width * source.channels
      columnStride = source.channels
      rows = max(0, -row)..<min(6, height - row)
      columns = max(0, -column)..<min(6, width - column)
    }

    @inline(__always)
    var isInside: Bool { rows.count == 6 && columns.count == 6 }
  }

  /// The first half of the transform: along each row of the patch.
  @inline(__always)
  private static func readRows(_ patch: Patch, _ reader: some Reader, _ scratch: UnsafeMutablePointer<Lanes>) {
    let step = patch.columnStride
    if patch.isInside {
      for i in 0..<6 {
        let p = patch.pointer + (patch.start + i * patch.rowStride)
        let q = transformInput(
          reader.read(p), reader.read(p + step), reader.read(p + 2 * step), reader.read(p + 3 * step),
          reader.read(p + 4 * step), reader.read(p + 5 * step))
        keep(q, in: scratch + 6 * i)
      }
      return
    }
    for i in 0..<6 {
      @inline(__always)
      func value(_ j: Int) -> Lanes {
        guard patch.rows.contains(i), patch.columns.contains(j) else { return .zero }
        return reader.read(patch.pointer + (patch.start + i * patch.rowStride + j * step))
      }
      keep(transformInput(value(0), value(1), value(2), value(3), value(4), value(5)), in: scratch + 6 * i)
    }
  }

  @inline(__always)
  private static func keep(
    _ q: (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes), in row: UnsafeMutablePointer<Lanes>
  ) {
    (row[0], row[1], row[2], row[3], row[4], row[5]) = q
  }

  /// The second half: down each column, to the planes.
  @inline(__always)
  private static func transformColumns(
    _ scratch: UnsafeMutablePointer<Lanes>, stride: Int, into target: MutableValues
  ) {
    for j in 0..<6 {
      let q = transformInput(
        scratch[j], scratch[6 + j], scratch[12 + j], scratch[18 + j], scratch[24 + j], scratch[30 + j])
      let out = target + j * stride
      store(q.0, out)
      store(q.1, out + 6 * stride)
      store(q.2, out + 12 * stride)
      store(q.3, out + 18 * stride)
      store(q.4, out + 24 * stride)
      store(q.5, out + 30 * stride)
    }
  }

  /// A dY A^T of the 4x4 outputs of `tiles`; zero outside the picture.
  static func spreadOutputs(
    _ gradient: Source, grid: TileGrid, tiles: Range<Int>, planes: Planes, into target: MutableValues
  ) {
    let (height, width, channels) = (grid.shape.height, grid.shape.width, gradient.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 24) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let (picture, row, column) = grid.place(tile)
        let out = target + (tile - tiles.lowerBound) * planes.channels
        let start = gradient.pointer + ((picture * height + row) * width + column) * channels
        let (rows, columns) = (min(tile4, height - row), min(tile4, width - column))
        for channel in stride(from: 0, to: channels, by: laneCount) {
          for i in 0..<tile4 {
            @inline(__always)
            func value(_ j: Int) -> Lanes {
              i < rows && j < columns ? load(start + ((i * width + j) * channels + channel)) : .zero
            }
            keep(spreadOutput(value(0), value(1), value(2), value(3)), in: scratch + 6 * i)
          }
          for j in 0..<6 {
            let q = spreadOutput(scratch[j], scratch[6 + j], scratch[12 + j], scratch[18 + j])
            let plane = out + (channel + j * planes.stride)
            store(q.0, plane)
            store(q.1, plane + 6 * planes.stride)
            store(q.2, plane + 12 * planes.stride)
            store(q.3, plane + 18 * planes.stride)
            store(q.4, plane + 24 * planes.stride)
            store(q.5, plane + 30 * planes.stride)
          }
        }
      }
    }
  }

  private static let tile4 = 4

  /// What becomes of the outputs of a convolution before they are stored.
  struct Finish {
    /// Added to each channel.
    var bias: Values?
    /// Whether max(0, .) follows.
    var rectifies = false
  }

  /// Stores A^T m A of `tiles`, cut at the border; `source` is where the first tile's first channel of this
  /// destination lies in the first plane.
  static func storeOutputs(
    _ source: Values, planes: Planes, grid: TileGrid, tiles: Range<Int>, _ finish: Finish, to target: Destination
  ) {
    guard let pointer = target.pointer else { return }
    let (height, width, channels) = (grid.shape.height, grid.shape.width, target.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 24) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let (picture, row, column) = grid.place(tile)
        let from = source + (tile - tiles.lowerBound) * planes.channels
        let start = pointer + ((picture * height + row) * width + column) * channels
        let (rows, columns) = (min(tile4, height - row), min(tile4, width - column))
        for channel in stride(from: 0, to: channels, by: laneCount) {
          for j in 0..<6 {
            let m = from + (channel + j * planes.stride)
            let step = 6 * planes.stride
            let q = transformOutput(
              load(m), load(m + step), load(m + 2 * step), load(m + 3 * step), load(m + 4 * step), load(m + 5 * step))
            (scratch[j], scratch[6 + j], scratch[12 + j], scratch[18 + j]) = q
          }
          let bias = finish.bias.map { load($0 + channel) } ?? .zero
          for i in 0..<rows {
            let m = scratch + 6 * i
            let q = transformOutput(m[0], m[1], m[2], m[3], m[4], m[5])
            let out = start + (i * width * channels + channel)
            @inline(__always)
            func put(_ lanes: Lanes, _ j: Int) {
              guard j < columns else { return }
              var value = lanes + bias
              if finish.rectifies { value = rectified(value) }
              if target.adds { value += load(out + j * channels) }
              store(value, out + j * channels)
            }
            put(q.0, 0)
            put(q.1, 1)
            put(q.2, 2)
            put(q.3, 3)
          }
        }
      }
    }
  }
}
