import CTiles
import Compute

typealias BFloats = UnsafePointer<UInt16>
typealias MutableBFloats = UnsafeMutablePointer<UInt16>

/// Where a tensor's values lie in planes of 32 channels, [blocks of 32 channels][positions][32] bf16.
///
/// One zero pixel ends each row, and one zero row lies before each picture and after the last, so that each tap of a 3x3
/// kernel is a constant distance. Channels beyond the last are zero.
struct ChannelPlanes: Sendable {
  /// Channels of a plane.
  static let width = 32

  let layout: tiles_layout
  let channels: Int
  /// ChannelPlanes of the tensor.
  let count: Int
  /// Of a plane, with room for tiles that run over the end.
  let positions: Int

  init(_ shape: Shape) {
    channels = shape.channels
    count = (shape.channels + Self.width - 1) / Self.width
    let stride = shape.width + 1
    let picture = (shape.height + 1) * stride
    layout = tiles_layout(
      batch: Int32(shape.batch), height: Int32(shape.height), width: Int32(shape.width), stride: Int64(stride),
      picture: Int64(picture), first: Int64(stride + 1))
    // ChannelPlanes are an odd number of cache lines apart, so that they fall on different sets of the caches.
    positions = (stride + 1 + shape.batch * picture + stride + 64) | 1
  }

  /// The memory that all planes take, in values of Float.
  var floatCount: Int { count * positions * Self.width / 2 }

  private var rows: Int { Int(layout.batch * layout.height) }

  func plane(_ index: Int, of buffer: FloatBuffer) -> MutableBFloats {
    let first = UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UInt16.self)
    return first + index * positions * Self.width
  }

  /// How many channels of a plane there are.
  func channels(of plane: Int) -> Int { min(Self.width, channels - plane * Self.width) }

  /// Zeroes what lies between pixels.
  func clearGaps(of buffer: FloatBuffer) {
    let (stride, width, height) = (Int(layout.stride), Int(layout.width), Int(layout.height))
    for index in 0..<count {
      let plane = plane(index, of: buffer)
      func clear(_ range: Range<Int>) {
        (plane + range.lowerBound * Self.width).update(repeating: 0, count: range.count * Self.width)
      }
      var end = 0
      for picture in 0..<Int(layout.batch) {
        for y in 0..<height {
          let first = Int(layout.first) + picture * Int(layout.picture) + y * stride
          clear(end..<first)
          end = first + width
        }
      }
      clear(end..<positions)
    }
  }

  /// Calls `body` with pieces of rows of every plane, on all threads: the plane, the rows, and the number of the piece.
  func forEach(_ body: @Sendable (_ plane: Int, _ rows: tiles_rows, _ piece: Int) -> Void) {
    let (size, pieces) = (rowsAPiece, piecesAPlane)
    Parallel.forEach(count * pieces) { index in
      let (plane, piece) = index.quotientAndRemainder(dividingBy: pieces)
      let rows = tiles_rows(
        layout: layout, first: Int32(piece * size), end: Int32(min(self.rows, (piece + 1) * size)))
      body(plane, rows, index)
    }
  }

  /// Calls `body` for pieces of rows of every plane that are of one picture each, on all threads: picture, plane, rows, and
  /// the number of the piece, which counts planes within pictures and pieces within planes.
  func forEachPicture(_ body: @Sendable (_ picture: Int, _ plane: Int, _ rows: tiles_rows, _ piece: Int) -> Void) {
    let (size, height) = (rowsAPiece, Int(layout.height))
    let pieces = piecesAPicture
    Parallel.forEach(Int(layout.batch) * count * pieces) { index in
      let (part, piece) = index.quotientAndRemainder(dividingBy: pieces)
      let (picture, plane) = part.quotientAndRemainder(dividingBy: count)
      let first = picture * height
      let rows = tiles_rows(
        layout: layout, first: Int32(first + piece * size), end: Int32(first + min(height, (piece + 1) * size)))
      body(picture, plane, rows, index)
    }
  }

  private var piecesAPicture: Int { (Int(layout.height) + rowsAPiece - 1) / rowsAPiece }

  /// The sums over each picture, [batch, channels].
  func pictureSums(of tensor: Tensor) -> [Double] {
    let pieces = piecesAPicture
    let partial = FloatBuffer(count: Int(layout.batch) * count * pieces * Self.width)
    forEachPicture { _, plane, rows, piece in
      tiles_sums(rows, tensor.plane(plane), partial.pointer + piece * Self.width)
    }
    return (0..<Int(layout.batch)).flatMap { picture in
      (0..<channels).map { c in
        let first = (picture * count + c / Self.width) * pieces
        return (first..<first + pieces).reduce(0.0) { $0 + Double(partial.pointer[$1 * Self.width + c % Self.width]) }
      }
    }
  }

  private var rowsAPiece: Int { max(1, (96 << 10) / (Int(layout.width) * Self.width * 2)) }
  private var piecesAPlane: Int { (rows + rowsAPiece - 1) / rowsAPiece }

  /// Sums what `body` leaves for each piece, `sets` times 32 values: set after set, a value a channel, in the order of
  /// pieces.
  func sums(
    sets: Int, _ body: @Sendable (_ plane: Int, _ rows: tiles_rows, _ sums: MutableValues) -> Void
  ) -> [Double] {
    let size = sets * Self.width
    let partial = FloatBuffer(count: count * piecesAPlane * size)
    forEach { plane, rows, piece in body(plane, rows, partial.pointer + piece * size) }
    var total = [Double](repeating: 0, count: sets * channels)
    for plane in 0..<count {
      for piece in plane * piecesAPlane..<(plane + 1) * piecesAPlane {
        for set in 0..<sets {
          let from = partial.pointer + (piece * size + set * Self.width)
          for c in 0..<channels(of: plane) { total[set * channels + plane * Self.width + c] += Double(from[c]) }
        }
      }
    }
    return total
  }
}

extension Tensor {
  /// A plane of a tensor that is stored so.
  func plane(_ index: Int) -> MutableBFloats {
    guard let planes else { preconditionFailure("values of Float read as planes of bf16") }
    return planes.plane(index, of: buffer)
  }

  /// What `max(0, scale x + shift)` makes of planes, or `scale x + shift`.
  func activated(_ activation: ChannelActivation, rectifies: Bool = true) -> Tensor {
    let result = Tensor(planes: shape)
    result.planes?.forEach { plane, rows, _ in
      let channel = plane * ChannelPlanes.width
      tiles_normalise(
        rows, self.plane(plane), activation.scale.pointer + channel, activation.shift.pointer + channel, rectifies,
        result.plane(plane))
    }
    return result
  }

  /// The values of planes in Float, pixel after pixel.
  func rows() -> Tensor {
    let result = Tensor(shape)
    widen(into: result, adds: false)
    return result
  }

  /// Writes or adds the values of planes to those of `target`.
  func widen(into target: Tensor, adds: Bool) {
    planes?.forEach { plane, rows, _ in
      tiles_widen(
        rows, self.plane(plane), Int32(shape.channels), Int32(plane * ChannelPlanes.width), adds, target.pointer)
    }
  }

  /// Writes or adds values of Float, rounded, to the planes of `target`.
  func narrow(into target: Tensor, adds: Bool) {
    target.planes?.forEach { plane, rows, _ in
      tiles_narrow(
        rows, pointer, Int32(shape.channels), Int32(plane * ChannelPlanes.width), adds, target.plane(plane))
    }
  }

  /// The values of Float in planes.
  func narrowed() -> Tensor {
    let result = Tensor(planes: shape)
    narrow(into: result, adds: false)
    return result
  }

  /// Adds another of the same shape that is stored alike, value by value.
  func add(_ other: Tensor) {
    precondition(shape == other.shape, "the sum of \(shape) and \(other.shape)")
    guard let planes else { return buffer.add(other.buffer) }
    planes.forEach { plane, rows, _ in tiles_add(rows, self.plane(plane), other.plane(plane)) }
  }
}

/// Values of Float for operations that read planes of bf16.
struct Narrowing: NetworkOperation {
  func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  var description: OperationDescription? { nil }

  func planned(_ inputs: [Variable], on tape: Tape) -> Variable { Variable(tape.makePlanes(inputs[0].shape)) }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let result = tape.makePlanes(input.shape)
    input.tensor.narrow(into: result, adds: false)
    return Output(result) { gradient in
      if let target = input.gradientTarget() { gradient.widen(into: target.tensor, adds: target.adds) }
    }
  }
}

/// What readers see of planes of bf16, for operations on Float.
struct Widening: NetworkOperation {
  func shape(of inputs: [Shape]) -> Shape { inputs[0] }

  var description: OperationDescription? { nil }

  var readsPlanes: Bool { true }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let result = tape.makeTensor(input.shape)
    input.seenPlanes().widen(into: result, adds: false)
    return Output(result) { gradient in
      if let target = input.gradientTarget() { gradient.narrow(into: target.tensor, adds: target.adds) }
    }
  }
}
