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
  private static func windows(
    _ values: [UInt8], _ width: Int, _ rows: Int, _ choose: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    func along(_ values: [UInt8], stride: Int, _ position: (Int) -> Int, _ count: Int) -> [UInt8] {
      values.indices.map { pixel in
        let place = position(pixel)
        var result = values[pixel]
        for step in max(-reach, -place)...min(reach, count - 1 - place) {
          result = choose(result, values[pixel + step * stride])
        }
        return result
      }
    }
    let across = along(values, stride: 1, { $0 % width }, width)
    return along(across, stride: width, { $0 / width }, rows)
  }
}
