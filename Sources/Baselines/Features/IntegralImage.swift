import Compute

/// Sums over rectangles in constant time (Crow 1984, doi:10.1145/800031.808600): entry (x, y) is the sum of all values
/// above y and left of x, in Double, so that differences of large sums keep their digits.
package final class IntegralImage: @unchecked Sendable {
  private let width, height: Int
  private let sums: UnsafeMutablePointer<Double>

  /// Of the plane [height, width] whose value at index y * width + x is `value` of that index.
  package init(width: Int, height: Int, _ value: (Int) -> Float) {
    (self.width, self.height) = (width, height)
    sums = .allocate(capacity: (width + 1) * (height + 1))
    sums.update(repeating: 0, count: width + 1)
    for y in 0..<height {
      let above = sums + y * (width + 1)
      let here = above + width + 1
      var row = 0.0
      here[0] = 0
      for x in 0..<width {
        row += Double(value(y * width + x))
        here[x + 1] = above[x + 1] + row
      }
    }
  }

  deinit {
    sums.deallocate()
  }

  /// Writes the means over the squares of side 2 radius + 1 about (x + right, y + down), for all x of row `y`.
  ///
  /// A centre outside the picture moves to its border, and the part of a square that is outside is left out.
  package func means(row y: Int, radius: Int, right: Int = 0, down: Int = 0, into out: UnsafeMutablePointer<Float>) {
    let centre = min(max(y + down, 0), height - 1)
    let (top, bottom) = (max(centre - radius, 0), min(centre + radius + 1, height))
    let (above, below) = (sums + top * (width + 1), sums + bottom * (width + 1))
    for x in 0..<width {
      let middle = min(max(x + right, 0), width - 1)
      let (left, end) = (max(middle - radius, 0), min(middle + radius + 1, width))
      let sum = below[end] - below[left] - above[end] + above[left]
      out[x] = Float(sum / Double((bottom - top) * (end - left)))
    }
  }
}
