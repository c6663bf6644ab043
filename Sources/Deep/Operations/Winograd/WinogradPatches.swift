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
          let patch = Patch(source, grid: grid, picture: picture, row: row, column: column, channel: channel)
          if let scale = source.scale, let shift = source.shift {
            let reader = ActivatedReader(scale: load(scale + channel), shift: load(shift + channel))
            source.isDoubled ? readDoubledRows(patch, reader, scratch) : readRows(patch, reader, scratch)
          } else {
            source.isDoubled
              ? readDoubledRows(patch, PlainReader(), scratch) : readRows(patch, PlainReader(), scratch)
          }
          if source.isDoubled {
            transformDoubledColumns(scratch, stride: planes.stride, into: out + channel)
          } else {
            transformColumns(scratch, stride: planes.stride, into: out + channel)
          }
        }
      }
    }
  }

  /// A patch of eight channels: 6x6 stored pixels, or 4x4 where they are doubled.
  private struct Patch {
    /// The channels of its first pixel; may lie before the picture.
    let start: Int
    let pointer: Values
    let rowStride, columnStride: Int
    let size: Int
    /// The rows and columns that lie inside the picture.
    let rows, columns: Range<Int>

    /// The patch for the outputs that begin at `row` and `column`, multiples of four.
    @inline(__always)
    init(_ source: Source, grid: TileGrid, picture: Int, row: Int, column: Int, channel: Int) {
      let factor = source.isDoubled ? 2 : 1
      let (height, width) = (grid.shape.height / factor, grid.shape.width / factor)
      let (top, left) = (row / factor - 1, column / factor - 1)
      size = source.isDoubled ? 4 : 6
      start = ((picture * height + top) * width + left) * source.channels + channel
      pointer = source.pointer
      rowStride = width * source.channels
      columnStride = source.channels
      rows = max(0, -top)..<min(size, height - top)
      columns = max(0, -left)..<min(size, width - left)
    }

    @inline(__always)
    var isInside: Bool { rows.count == size && columns.count == size }

    /// The channels of a pixel as readers see them; zero outside the picture.
    @inline(__always)
    func value(_ i: Int, _ j: Int, _ reader: some Reader) -> Lanes {
      guard rows.contains(i), columns.contains(j) else { return .zero }
      return reader.read(pointer + (start + i * rowStride + j * columnStride))
    }
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
      func value(_ j: Int) -> Lanes { patch.value(i, j, reader) }
      keep(transformInput(value(0), value(1), value(2), value(3), value(4), value(5)), in: scratch + 6 * i)
    }
  }

  /// The first half where pixels are doubled: of six seen in a row the second and third are one, and the fourth and
  /// fifth; the same holds for rows, so there are four.
  @inline(__always)
  private static func readDoubledRows(
    _ patch: Patch, _ reader: some Reader, _ scratch: UnsafeMutablePointer<Lanes>
  ) {
    let step = patch.columnStride
    for i in 0..<4 {
      let (a, b, c, d): (Lanes, Lanes, Lanes, Lanes)
      if patch.isInside {
        let p = patch.pointer + (patch.start + i * patch.rowStride)
        (a, b, c, d) = (reader.read(p), reader.read(p + step), reader.read(p + 2 * step), reader.read(p + 3 * step))
      } else {
        (a, b) = (patch.value(i, 0, reader), patch.value(i, 1, reader))
        (c, d) = (patch.value(i, 2, reader), patch.value(i, 3, reader))
      }
      keep(transformInput(a, b, b, c, c, d), in: scratch + 6 * i)
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
      spread(q, stride: stride, to: target + j * stride)
    }
  }

  /// The second half of the four rows of doubled pixels.
  @inline(__always)
  private static func transformDoubledColumns(
    _ scratch: UnsafeMutablePointer<Lanes>, stride: Int, into target: MutableValues
  ) {
    for j in 0..<6 {
      let (a, b, c, d) = (scratch[j], scratch[6 + j], scratch[12 + j], scratch[18 + j])
      spread(transformInput(a, b, b, c, c, d), stride: stride, to: target + j * stride)
    }
  }

  /// Stores a column of the transform, each value in a plane of its own.
  @inline(__always)
  private static func spread(
    _ q: (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes), stride: Int, to target: MutableValues
  ) {
    store(q.0, target)
    store(q.1, target + 6 * stride)
    store(q.2, target + 12 * stride)
    store(q.3, target + 18 * stride)
    store(q.4, target + 24 * stride)
    store(q.5, target + 30 * stride)
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
            spread(q, stride: planes.stride, to: out + (channel + j * planes.stride))
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
    if target.isDoubled { return sumOutputs(source, planes: planes, grid: grid, tiles: tiles, to: target) }
    let (height, width, channels) = (grid.shape.height, grid.shape.width, target.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 24) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let (picture, row, column) = grid.place(tile)
        let from = source + (tile - tiles.lowerBound) * planes.channels
        let start = pointer + ((picture * height + row) * width + column) * channels
        let (rows, columns) = (min(tile4, height - row), min(tile4, width - column))
        for channel in stride(from: 0, to: channels, by: laneCount) {
          gatherColumns(from + channel, stride: planes.stride, scratch)
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

  /// A^T m of eight channels, to rows of six.
  @inline(__always)
  private static func gatherColumns(_ source: Values, stride: Int, _ scratch: UnsafeMutablePointer<Lanes>) {
    for j in 0..<6 {
      let m = source + j * stride
      let step = 6 * stride
      let q = transformOutput(
        load(m), load(m + step), load(m + 2 * step), load(m + 3 * step), load(m + 4 * step), load(m + 5 * step))
      (scratch[j], scratch[6 + j], scratch[12 + j], scratch[18 + j]) = q
    }
  }

  /// As `storeOutputs`, of sums over squares of 2x2.
  private static func sumOutputs(
    _ source: Values, planes: Planes, grid: TileGrid, tiles: Range<Int>, to target: Destination
  ) {
    guard let pointer = target.pointer else { return }
    let (height, width, channels) = (grid.shape.height / 2, grid.shape.width / 2, target.channels)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 24) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for tile in tiles {
        let place = grid.place(tile)
        let (row, column) = (place.row / 2, place.column / 2)
        let from = source + (tile - tiles.lowerBound) * planes.channels
        let start = pointer + ((place.picture * height + row) * width + column) * channels
        for channel in stride(from: 0, to: channels, by: laneCount) {
          gatherColumns(from + channel, stride: planes.stride, scratch)
          for i in 0..<min(2, height - row) {
            let m = scratch + 12 * i
            let upper = transformOutput(m[0], m[1], m[2], m[3], m[4], m[5])
            let lower = transformOutput(m[6], m[7], m[8], m[9], m[10], m[11])
            let out = start + (i * width * channels + channel)
            @inline(__always)
            func put(_ sum: Lanes, _ j: Int) {
              guard column + j < width else { return }
              let place = out + j * channels
              store(target.adds ? load(place) + sum : sum, place)
            }
            put((upper.0 + upper.1) + (lower.0 + lower.1), 0)
            put((upper.2 + upper.3) + (lower.2 + lower.3), 1)
          }
        }
      }
    }
  }
}
