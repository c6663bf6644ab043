import Compute

/// Eight neighbouring channels: the unit of every hot loop.
typealias Lanes = SIMD8<Float>
typealias Values = UnsafePointer<Float>
typealias MutableValues = UnsafeMutablePointer<Float>

/// How many channels a hot loop takes at once.
let laneCount = Lanes.scalarCount

@inline(__always)
func load(_ source: Values) -> Lanes { UnsafeRawPointer(source).loadUnaligned(as: Lanes.self) }

@inline(__always)
func load(_ source: MutableValues) -> Lanes { UnsafeRawPointer(source).loadUnaligned(as: Lanes.self) }

@inline(__always)
func store(_ lanes: Lanes, _ target: MutableValues) {
  UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: Lanes.self)
}

/// The first `count` values, of at most a lane's; zeros follow.
@inline(__always)
func load(_ source: Values, _ count: Int) -> Lanes {
  if count == laneCount { return load(source) }
  var lanes = Lanes.zero
  for index in 0..<count { lanes[index] = source[index] }
  return lanes
}

@inline(__always)
func load(_ source: MutableValues, _ count: Int) -> Lanes { load(Values(source), count) }

/// Stores the first `count` values.
@inline(__always)
func store(_ lanes: Lanes, _ target: MutableValues, _ count: Int) {
  if count == laneCount { return store(lanes, target) }
  for index in 0..<count { target[index] = lanes[index] }
}

/// max(x, 0), lane by lane.
@inline(__always)
func rectified(_ lanes: Lanes) -> Lanes { lanes.replacing(with: Lanes.zero, where: lanes .< Lanes.zero) }

/// `lanes` where `output` is positive, else 0: the gradient of a rectified value.
@inline(__always)
func passed(_ lanes: Lanes, where output: Lanes) -> Lanes {
  lanes.replacing(with: Lanes.zero, where: output .<= Lanes.zero)
}

/// A range of pixels that one piece of a parallel loop handles; about 64k values, whatever the thread count.
struct PixelPieces {
  let pixels: Int
  let size: Int
  var count: Int { (pixels + size - 1) / size }

  init(pixels: Int, channels: Int, values: Int = 1 << 16) {
    self.pixels = pixels
    size = max(1, values / max(1, channels))
  }

  subscript(piece: Int) -> Range<Int> { piece * size..<min(pixels, (piece + 1) * size) }

  /// Calls `body` with every range, on all threads.
  func forEach(_ body: @Sendable (Range<Int>) -> Void) {
    Parallel.forEach(count) { body(self[$0]) }
  }

  /// Sums what `body` adds for each range to `width` values (zero at first), in the order of the ranges.
  func sums(width: Int, _ body: @Sendable (Range<Int>, MutableValues) -> Void) -> [Double] {
    // Whole cache lines for each range: threads that write to the same line wait for each other.
    let stride = (width + 15) / 16 * 16
    let partial = FloatBuffer(count: count * stride)
    Parallel.forEach(count) { piece in
      let sums = partial.pointer + piece * stride
      sums.update(repeating: 0, count: width)
      body(self[piece], sums)
    }
    var total = [Double](repeating: 0, count: width)
    for piece in 0..<count {
      for index in 0..<width { total[index] += Double(partial.pointer[piece * stride + index]) }
    }
    return total
  }
}
