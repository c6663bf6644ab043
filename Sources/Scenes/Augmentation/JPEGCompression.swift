import Compute
import Foundation
import Settings

/// Stores the picture as JPEG and reads it again (ITU-T T.81), as cameras and annotators' tools do: blocks of 8 x 8 at
/// the quality of the Independent JPEG Group's scale, colours at half the resolution (4:2:0).
///
/// The values are those of libjpeg's default settings, smooth chroma upsampling included, but for single coefficients
/// that lie at the border between two steps; no bytes are written, since entropy coding loses nothing.
package struct JPEGCompression: SingleAugmentation, PictureAugmentation {
  package static let name = "jpeg"
  package static let summary = "what JPEG compression of quality 20 to 80 leaves"
  package static let fields: [Field<JPEGCompression>] = [
    .whole("quality", \.quality, 1...100, "libjpeg's quality; null to draw it for each picture"),
    .whole("lowest", \.lowest, 1...100, "the lowest quality that is drawn"),
    .whole("highest", \.highest, 1...100, "the highest quality that is drawn"),
  ]

  package var quality: Int?
  package var lowest = 20
  package var highest = 80

  package init() {}

  package func validate() throws { try checkOrder("lowest", Float(lowest), "highest", Float(highest)) }

  package func apply(to picture: Picture, random: inout RandomStream) -> Picture {
    picture.compressed(quality: quality ?? lowest + random.integer(below: highest - lowest + 1))
  }
}

extension Picture {
  /// The picture after JPEG compression of `quality`, 1 to 100.
  package func compressed(quality: Int) -> Picture {
    let codec = BlockCodec()
    var (luminance, blue, red) = separated()
    codec.pass(&luminance, steps: BlockCodec.steps(luminanceTable, quality: quality))
    let chroma = [blue, red].map { plane in
      var half = plane.halved()
      codec.pass(&half, steps: BlockCodec.steps(chrominanceTable, quality: quality))
      return half.doubled(width: width, height: height)
    }
    (blue, red) = (chroma[0], chroma[1])
    return joined(luminance, blue, red)
  }

  /// Luminance and the differences of blue and red from it (JFIF 1.02), rounded as libjpeg rounds them, in 1/65536.
  private func separated() -> (luminance: Plane, blue: Plane, red: Plane) {
    var planes = (
      Plane(width: width, height: height), Plane(width: width, height: height), Plane(width: width, height: height)
    )
    for y in 0..<height {
      for x in 0..<width {
        let (from, to) = (3 * (y * width + x), y * planes.0.stride + x)
        let (r, g, b) = (Int32(pixels[from]), Int32(pixels[from + 1]), Int32(pixels[from + 2]))
        // Each with its type: the compiler takes seconds to find it.
        let luminance: Int32 = 19595 &* r &+ 38470 &* g &+ 7471 &* b &+ 32768
        let blue: Int32 = 32768 &* b &- 11059 &* r &- 21709 &* g &+ 8_421_375
        let red: Int32 = 32768 &* r &- 27439 &* g &- 5329 &* b &+ 8_421_375
        planes.0.values[to] = Float(luminance &>> 16)
        planes.1.values[to] = Float(blue &>> 16)
        planes.2.values[to] = Float(red &>> 16)
      }
    }
    planes.0.extendRight()
    planes.0.extendBelow()
    return planes
  }

  /// The picture of three planes of its size.
  private func joined(_ luminance: Plane, _ blue: Plane, _ red: Plane) -> Picture {
    var result = self
    for y in 0..<height {
      for x in 0..<width {
        let (from, to) = (y * luminance.stride + x, 3 * (y * width + x))
        let value = Int32(luminance.values[from])
        let (cb, cr) = (Int32(blue.values[y * blue.stride + x]) - 128, Int32(red.values[y * red.stride + x]) - 128)
        let r = value &+ (91881 &* cr &+ 32768) &>> 16
        let g = value &+ (32768 &- 22554 &* cb &- 46802 &* cr) &>> 16
        let b = value &+ (116130 &* cb &+ 32768) &>> 16
        for (channel, value) in [r, g, b].enumerated() { result.pixels[to + channel] = UInt8(max(0, min(255, value))) }
      }
    }
    return result
  }
}

/// One colour of a picture, 0 to 255, in rows that are filled up to whole blocks.
private struct Plane {
  let width, height, stride: Int
  var values: [Float]

  init(width: Int, height: Int) {
    (self.width, self.height, stride) = (width, height, (width + 7) / 8 * 8)
    values = [Float](repeating: 0, count: stride * ((height + 7) / 8 * 8))
  }

  /// Repeats the last column to the right.
  mutating func extendRight() {
    for y in 0..<height {
      for x in width..<stride { values[y * stride + x] = values[y * stride + width - 1] }
    }
  }

  /// Repeats the last row below.
  mutating func extendBelow() {
    for y in height..<values.count / stride {
      for x in 0..<stride { values[y * stride + x] = values[(height - 1) * stride + x] }
    }
  }

  /// The means of 2 x 2 values; halves are rounded down and up in turn, so that the mean stays.
  func halved() -> Plane {
    var half = Plane(width: (width + 1) / 2, height: (height + 1) / 2)
    for y in 0..<half.height {
      let (upper, lower) = (2 * y * stride, min(height - 1, 2 * y + 1) * stride)
      for x in 0..<half.stride {
        let (left, right) = (min(width - 1, 2 * x), min(width - 1, 2 * x + 1))
        let sum = values[upper + left] + values[upper + right] + values[lower + left] + values[lower + right]
        half.values[y * half.stride + x] = Float((Int32(sum) &+ 1 &+ Int32(x & 1)) &>> 2)
      }
    }
    half.extendBelow()
    return half
  }

  /// Twice as large, each value three parts the nearest and one part the next in each direction.
  func doubled(width: Int, height: Int) -> Plane {
    var result = Plane(width: width, height: height)
    var sums = [Int32](repeating: 0, count: self.width)
    for y in 0..<height {
      let near = y / 2 * stride
      let far = max(0, min(self.height - 1, y / 2 + (y & 1 == 0 ? -1 : 1))) * stride
      for x in 0..<self.width { sums[x] = 3 &* Int32(values[near + x]) &+ Int32(values[far + x]) }
      for x in 0..<width {
        let beside = max(0, min(self.width - 1, x / 2 + (x & 1 == 0 ? -1 : 1)))
        let sum = 3 &* sums[x / 2] &+ sums[beside] &+ (x & 1 == 0 ? 8 : 7)
        result.values[y * result.stride + x] = Float(sum &>> 4)
      }
    }
    return result
  }
}

/// Takes planes to the frequencies of their blocks, rounds these to steps, and back.
private struct BlockCodec {
  typealias Row = SIMD8<Float>

  /// The orthonormal discrete cosine transform: [frequency, place].
  private let basis: [Float] = (0..<64).map { index in
    let (frequency, place) = (Double(index / 8), Double(index % 8))
    return Float((frequency == 0 ? 0.125.squareRoot() : 0.5) * cos((2 * place + 1) * frequency * .pi / 16))
  }

  /// The steps of a table, [8, 8] for 50, at a quality.
  static func steps(_ table: [Int], quality: Int) -> [Float] {
    let percent = quality < 50 ? 5000 / quality : 200 - 2 * quality
    return table.map { Float(max(1, min(255, ($0 * percent + 50) / 100))) }
  }

  /// Rounds the frequencies of every block to multiples of `steps`, and the values that come of it to whole ones.
  func pass(_ plane: inout Plane, steps: [Float]) {
    // Frequencies come out transposed.
    let steps = (0..<8).map { column in Row((0..<8).map { steps[$0 * 8 + column] }) }
    var (block, other) = ([Row](repeating: Row(), count: 8), [Row](repeating: Row(), count: 8))
    let stride = plane.stride
    plane.values.withUnsafeMutableBytes { bytes in
      for top in Swift.stride(from: 0, to: bytes.count / (4 * stride), by: 8) {
        for left in Swift.stride(from: 0, to: stride, by: 8) {
          func offset(_ row: Int) -> Int { 4 * ((top + row) * stride + left) }
          for row in 0..<8 { block[row] = bytes.loadUnaligned(fromByteOffset: offset(row), as: Row.self) - 128 }
          transform(block, into: &other, byPlace: 1)
          transpose(other, into: &block)
          transform(block, into: &other, byPlace: 1)
          for row in 0..<8 { block[row] = rounded(other[row] / steps[row]) * steps[row] }
          transform(block, into: &other, byPlace: 8)
          transpose(other, into: &block)
          transform(block, into: &other, byPlace: 8)
          for row in 0..<8 {
            let values = rounded(other[row] + 128).clamped(lowerBound: Row(), upperBound: Row(repeating: 255))
            bytes.storeBytes(of: values, toByteOffset: offset(row), as: Row.self)
          }
        }
      }
    }
  }

  /// Sums of rows: of each frequency over places (`byPlace` 1), or of each place over frequencies (8).
  @inline(__always)
  private func transform(_ rows: [Row], into result: inout [Row], byPlace step: Int) {
    for index in 0..<8 {
      var sum = Row()
      for term in 0..<8 { sum += rows[term] * basis[step == 1 ? index * 8 + term : term * 8 + index] }
      result[index] = sum
    }
  }

  @inline(__always)
  private func transpose(_ rows: [Row], into result: inout [Row]) {
    for row in 0..<8 { for column in 0..<8 { result[column][row] = rows[row][column] } }
  }

  /// To the nearest whole number, for values below 2^22; the processor's own rounding is a call on old ones.
  @inline(__always)
  private func rounded(_ values: Row) -> Row { (values + 0x1.8p23) - 0x1.8p23 }
}

/// The steps of T.81, tables K.1 and K.2, [vertical frequency, horizontal frequency], which are those of quality 50.
private let luminanceTable = [
  16, 11, 10, 16, 24, 40, 51, 61,
  12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77,
  24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
]
private let chrominanceTable = [
  17, 18, 24, 47, 99, 99, 99, 99,
  18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
]
