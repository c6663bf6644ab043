/// The pixels near borders between classes, where skip connections should show (as the trimaps of Kohli, Ladicky and
/// Torr 2009, doi:10.1007/s11263-008-0202-0).
package enum BorderBand {
  /// How many rows and columns away another class may be, in pixels of the size at which scores are taken.
  package static let reach = 2

  /// Whether each pixel has another class within reach, on a grid of `classes` [row, column]. Void makes no border:
  /// nobody knows what it hides.
  static func pixels(_ classes: [UInt8], void: UInt8, width: Int) -> [Bool] {
    guard width > 0 else { return [] }
    let rows = classes.count / width
    // Where all of a window is one class, its lowest and highest are the same.
    let lowest = windows(classes.map { $0 == void ? .max : $0 }, width, rows, min)
    let highest = windows(classes.map { $0 == void ? 0 : $0 }, width, rows, max)
    return classes.indices.map { lowest[$0] < highest[$0] }
  }

  /// The lowest or highest of the window around each pixel: along rows, then along columns.
  @inline(__always)
  private static func windows(
    _ values: [UInt8], _ width: Int, _ rows: Int, _ choose: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    var across = values
    // Rows, and whole pictures moved by rows, are gone through in order: that is what vectors do fast.
    for step in stride(from: 1, through: min(reach, width - 1), by: 1) {
      for row in 0..<rows {
        let line = row * width..<(row + 1) * width
        for pixel in line.dropLast(step) { across[pixel] = choose(across[pixel], values[pixel + step]) }
        for pixel in line.dropFirst(step) { across[pixel] = choose(across[pixel], values[pixel - step]) }
      }
    }
    var result = across
    for step in stride(from: 1, through: min(reach, rows - 1), by: 1) {
      let offset = step * width
      for pixel in 0..<values.count - offset { result[pixel] = choose(result[pixel], across[pixel + offset]) }
      for pixel in offset..<values.count { result[pixel] = choose(result[pixel], across[pixel - offset]) }
    }
    return result
  }
}
