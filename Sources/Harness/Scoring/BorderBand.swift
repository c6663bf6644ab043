import Scenes

/// The pixels near borders between categories, where skip connections should show (as the trimaps of Kohli, Ladicky and
/// Torr 2009, doi:10.1007/s11263-008-0202-0).
enum BorderBand {
  /// How many rows and columns away another category may be, in pixels of the size at which scores are taken.
  static let reach = 2

  /// Whether each pixel has another category within reach, on a grid of `categories` [row, column] as `Category` raw
  /// values. Void makes no border: nobody knows what it hides.
  static func pixels(_ categories: [UInt8], width: Int) -> [Bool] {
    let void = Category.void.rawValue
    guard width > 0 else { return [] }
    let rows = categories.count / width
    // Where all of a window is one category, its lowest and highest are the same.
    let lowest = windows(categories.map { $0 == void ? .max : $0 }, width, rows, min)
    let highest = windows(categories, width, rows, max)
    return categories.indices.map { lowest[$0] < highest[$0] }
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
