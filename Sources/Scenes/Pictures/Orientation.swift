import Foundation

/// How a camera stored a picture: what its first row and first column show (Exif 2.32, tag 0x0112).
package enum Orientation: Int, Sendable {
  case upright = 1
  case mirrored, turned, flipped, transposed, turnedLeft, transversed, turnedRight

  /// The orientation that the TIFF structure of an Exif segment names in its first directory, in either byte order; nil
  /// where it names none, or is damaged.
  package init?(exif: Data) {
    let bytes = [UInt8](exif)
    let isLittle = bytes.starts(with: [0x49, 0x49])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D]) else { return nil }
    /// The whole number of `count` bytes at `start`, or nil beyond the end.
    func number(_ start: Int, _ count: Int) -> Int? {
      guard start + count <= bytes.count else { return nil }
      let value = bytes[start..<start + count]
      return isLittle ? value.reversed().reduce(0) { $0 << 8 | Int($1) } : value.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    // Entries of 12 bytes: tag, type (3 is a number of two bytes), count, value.
    let entries = (0..<count).lazy.map { directory + 2 + 12 * $0 }
    guard let entry = entries.first(where: { number($0, 2) == 0x0112 }), number(entry + 2, 2) == 3,
      number(entry + 4, 4) == 1, let value = number(entry + 8, 2)
    else { return nil }
    self.init(rawValue: value)
  }

  /// The upright picture's size, where `size` is how it was stored: of the last four, the stored rows are its columns.
  func upright(_ size: PixelSize) -> PixelSize {
    rawValue >= 5 ? PixelSize(width: size.height, height: size.width) : size
  }
}

extension Picture {
  /// The upright picture, where this is how it was stored.
  package func upright(from orientation: Orientation) -> Picture {
    guard orientation != .upright else { return self }
    // Where the upright picture's first pixel is stored, and how far it is from there to the next column and row.
    let (right, down) = (width - 1, (height - 1) * width)
    let (start, column, row) =
      switch orientation {
      case .upright: (0, 1, width)
      case .mirrored: (right, -1, width)
      case .turned: (down + right, -1, -width)
      case .flipped: (down, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedLeft: (down, -width, 1)
      case .transversed: (down + right, -width, -1)
      case .turnedRight: (right, width, -1)
      }
    let size = orientation.upright(PixelSize(width: width, height: height))
    let upright = [UInt8](unsafeUninitializedCapacity: pixels.count) { values, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<size.height {
          for x in 0..<size.width {
            let (from, to) = (3 * (start + y * row + x * column), 3 * (y * size.width + x))
            for channel in 0..<3 { values[to + channel] = source[from + channel] }
          }
        }
      }
      count = 3 * size.area
    }
    return Picture(width: size.width, height: size.height, pixels: upright)
  }
}
