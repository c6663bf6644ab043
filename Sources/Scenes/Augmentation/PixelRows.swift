/// Values of 8 bits in memory. Loops over them are kept so plain that the compiler makes SIMD code of them.
typealias Bytes = UnsafePointer<UInt8>
typealias MutableBytes = UnsafeMutablePointer<UInt8>

/// The inner loops of augmentations, over rows of bytes whatever they mean. Never inlined, for among a caller's other
/// pointers the compiler gives up on SIMD.
enum PixelRows {
  /// target = gain (source - 128) / 128 + level, rounded and clamped to 0...255.
  @inline(never)
  static func scale(_ source: Bytes, into target: MutableBytes, count: Int, gain: Int16, level: Int16) {
    // |source - 128| * gain stays below 2^15.
    precondition((0...255).contains(gain), "gain of \(gain)/128")
    for index in 0..<count {
      let product = (Int16(truncatingIfNeeded: source[index]) &- 128) &* gain
      let value = ((product &+ 64) &>> 7) &+ level
      target[index] = UInt8(truncatingIfNeeded: max(0, min(255, value)))
    }
  }

  /// values += (colours - values) * shares / 128, rounded; shares are at most 128.
  @inline(never)
  static func blend(_ values: MutableBytes, count: Int, colours: Bytes, shares: Bytes) {
    for index in 0..<count {
      let value = Int16(truncatingIfNeeded: values[index])
      let difference = Int16(truncatingIfNeeded: colours[index]) &- value
      let step = (difference &* Int16(truncatingIfNeeded: shares[index]) &+ 64) &>> 7
      values[index] = UInt8(truncatingIfNeeded: value &+ step)
    }
  }

  /// target = (a * (16 - step) + b * step) / 16.
  @inline(never)
  static func interpolate(_ a: Bytes, _ b: Bytes, into target: MutableBytes, count: Int, step: UInt16) {
    for index in 0..<count {
      let sum = UInt16(truncatingIfNeeded: a[index]) &* (16 &- step) &+ UInt16(truncatingIfNeeded: b[index]) &* step
      target[index] = UInt8(truncatingIfNeeded: sum &>> 4)
    }
  }

  /// target = (a * (256 - share) + b * share) / 256, rounded; the share is at most 256.
  @inline(never)
  static func mix(_ a: Bytes, _ b: Bytes, into target: MutableBytes, count: Int, share: UInt16) {
    let rest = 256 &- share
    for index in 0..<count {
      let sum = UInt16(truncatingIfNeeded: a[index]) &* rest &+ UInt16(truncatingIfNeeded: b[index]) &* share
      target[index] = UInt8(truncatingIfNeeded: (sum &+ 128) &>> 8)
    }
  }

  /// target = (a + b) / 2, halves rounded up.
  @inline(never)
  static func averageUp(_ a: Bytes, _ b: Bytes, into target: MutableBytes, count: Int) {
    for index in 0..<count { target[index] = (a[index] | b[index]) &- ((a[index] ^ b[index]) &>> 1) }
  }

  /// target = (a + b) / 2, halves rounded down.
  @inline(never)
  static func averageDown(_ a: Bytes, _ b: Bytes, into target: MutableBytes, count: Int) {
    for index in 0..<count { target[index] = (a[index] & b[index]) &+ ((a[index] ^ b[index]) &>> 1) }
  }
}

extension Picture {
  /// A picture of the same size that `fill` writes whole, from this one's pixels.
  func mapped(_ fill: (Bytes, MutableBytes) -> Void) -> Picture {
    let count = pixels.count
    let result = [UInt8](unsafeUninitializedCapacity: count) { target, written in
      pixels.withUnsafeBufferPointer { source in
        if let source = source.baseAddress, let target = target.baseAddress { fill(source, target) }
      }
      written = count
    }
    return Picture(width: width, height: height, pixels: result)
  }

  /// Lets `change` write to the pixels.
  mutating func change(_ change: (MutableBytes) -> Void) {
    pixels.withUnsafeMutableBufferPointer { pixels in
      if let first = pixels.baseAddress { change(first) }
    }
  }
}

/// A colour laid over a picture, more or less dense from place to place.
///
/// Its density is computed every 16 pixels and interpolated between, so a costly formula is cheap and edges are soft.
struct Veil {
  private static let step = 16
  let width, height: Int
  /// Densities in 1/128 of every sixteenth row, each written three times, as the colours of a pixel lie.
  private var anchors: [UInt8]

  /// The veil whose density, 0 to 1, at the shares u of the width and v of the height is `density(u, v)`.
  init(width: Int, height: Int, density: (Float, Float) -> Float) {
    (self.width, self.height) = (width, height)
    let (columns, rows) = ((width + 15) / Self.step + 1, (height + 15) / Self.step + 1)
    anchors = [UInt8](repeating: 0, count: rows * width * 3)
    var knots = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let (u, v) = (Float(column * Self.step) / Float(width), Float(row * Self.step) / Float(height))
        knots[column] = min(1, max(0, density(u, v))) * 128 + 0.5
      }
      anchors.withUnsafeMutableBufferPointer { anchors in
        for column in 0..<columns - 1 {
          let (low, rise) = (knots[column], knots[column + 1] - knots[column])
          for x in column * Self.step..<min(width, (column + 1) * Self.step) {
            let share = UInt8(low + rise * Float(x &- column &* Self.step) * (1 / Float(Self.step)))
            let index = (row &* width &+ x) &* 3
            (anchors[index], anchors[index + 1], anchors[index + 2]) = (share, share, share)
          }
        }
      }
    }
  }

  /// Lays the veil over the pixels of a picture of its size.
  func lay(_ colour: RGB, over pixels: MutableBytes) {
    let count = width * 3
    var colours: [UInt8] = []
    colours.reserveCapacity(count)
    for _ in 0..<width { colours += [colour.red, colour.green, colour.blue] }
    var shares = [UInt8](repeating: 0, count: count)
    anchors.withUnsafeBufferPointer { anchors in
      shares.withUnsafeMutableBufferPointer { shares in
        guard let anchors = anchors.baseAddress, let shares = shares.baseAddress else { return }
        for y in 0..<height {
          let above = anchors + y / Self.step * count
          PixelRows.interpolate(
            above, above + count, into: shares, count: count, step: UInt16(truncatingIfNeeded: y % Self.step))
          PixelRows.blend(pixels + y * count, count: count, colours: colours, shares: shares)
        }
      }
    }
  }
}
