import Scenes

extension Street {
  /// Gives the colour and opacity (red, green, blue, alpha) that is seen at (u, v).
  protocol Shader {
    func colour(_ u: Float, _ v: Float) -> SIMD4<Float>
  }

  /// What a painted pixel is: label and instance id.
  struct Mark {
    let label: UInt8
    let instance: UInt16
  }

  /// A picture in the making with its labels and instances.
  ///
  /// Polygons are filled by scan lines, three to a pixel row, each with exact horizontal coverage; a pixel is shaded
  /// once and blended by its coverage. The middle scan line runs through the pixels' centres and decides the labels.
  final class Canvas {
    let width, height: Int
    let colours: UnsafeMutablePointer<SIMD4<Float>>
    private let labels: UnsafeMutablePointer<UInt8>
    private let instances: UnsafeMutablePointer<UInt16>
    private let coverage: UnsafeMutablePointer<Float>
    private let crossings: UnsafeMutablePointer<Float>
    private let crossingCounts: UnsafeMutablePointer<UInt8>
    private static let vertexLimit = 80

    init(width: Int, height: Int) {
      (self.width, self.height) = (width, height)
      colours = .allocate(capacity: width * height)
      labels = .allocate(capacity: width * height)
      instances = .allocate(capacity: width * height)
      coverage = .allocate(capacity: width + 1)
      crossings = .allocate(capacity: 3 * height * Self.vertexLimit)
      crossingCounts = .allocate(capacity: 3 * height)
      colours.initialize(repeating: .zero, count: width * height)
      labels.initialize(repeating: 0, count: width * height)
      instances.initialize(repeating: 0, count: width * height)
      coverage.initialize(repeating: 0, count: width + 1)
      crossings.initialize(repeating: 0, count: 3 * height * Self.vertexLimit)
      crossingCounts.initialize(repeating: 0, count: 3 * height)
    }

    deinit {
      colours.deallocate()
      labels.deallocate()
      instances.deallocate()
      coverage.deallocate()
      crossings.deallocate()
      crossingCounts.deallocate()
    }

    var labelMap: LabelMap {
      LabelMap(
        width: width, height: height, labels: Array(UnsafeBufferPointer(start: labels, count: width * height)))
    }

    var instanceMap: InstanceMap {
      InstanceMap(
        width: width, height: height, ids: Array(UnsafeBufferPointer(start: instances, count: width * height)))
    }

    /// Fills a polygon (u, v; even-odd where it crosses itself). Without a mark, labels stay as they are.
    func fill(_ polygon: [SIMD2<Float>], mark: Mark?, shader: some Shader) {
      precondition(polygon.count <= Self.vertexLimit, "polygon of \(polygon.count) vertices")
      guard var low = polygon.first, polygon.count > 2 else { return }
      var high = low
      for point in polygon {
        low = pointwiseMin(low, point)
        high = pointwiseMax(high, point)
      }
      guard low.x < 1, high.x > 0, low.y < 1, high.y > 0 else { return }
      let rows = Int(max(0, low.y * Float(height)))..<min(height, Int(high.y * Float(height)) + 1)
      findCrossings(polygon, lines: 3 * rows.lowerBound..<3 * rows.upperBound)
      for row in rows { fillRow(row, mark: mark, shader: shader) }
    }

    /// Notes for every scan line, in ascending order, the columns where the polygon's edges meet it.
    private func findCrossings(_ polygon: [SIMD2<Float>], lines: Range<Int>) {
      let scale = SIMD2(Float(width), Float(3 * height))
      guard var a = polygon.last.map({ $0 * scale }) else { return }
      for point in polygon {
        let b = point * scale
        defer { a = b }
        // Line k lies at height k + 0.5; an edge meets those above its lower end up to its upper end.
        let first = max(lines.lowerBound, Int(floor(min(a.y, b.y) + 0.5)))
        let end = min(lines.upperBound, Int(floor(max(a.y, b.y) + 0.5)))
        guard first < end else { continue }
        let slope = (b.x - a.x) / (b.y - a.y)
        for line in first..<end {
          note(a.x + (Float(line) + 0.5 - a.y) * slope, on: line)
        }
      }
    }

    @inline(__always)
    private func note(_ x: Float, on line: Int) {
      let columns = crossings + line * Self.vertexLimit
      var slot = Int(crossingCounts[line])
      crossingCounts[line] += 1
      while slot > 0, columns[slot - 1] > x {
        columns[slot] = columns[slot - 1]
        slot -= 1
      }
      columns[slot] = x
    }

    @inline(__always)
    private func fillRow(_ row: Int, mark: Mark?, shader: some Shader) {
      var (left, right) = (width, -1)
      for line in 0..<3 {
        let columns = crossings + (3 * row + line) * Self.vertexLimit
        let count = Int(crossingCounts[3 * row + line])
        crossingCounts[3 * row + line] = 0
        for pair in stride(from: 0, to: count - 1, by: 2) {
          let start = max(0, columns[pair])
          let end = min(Float(width), columns[pair + 1])
          guard start < end else { continue }
          cover(start, end)
          left = min(left, Int(start))
          right = max(right, min(width - 1, Int(end)))
          if line == 1, let mark { stamp(mark, row, start, end) }
        }
      }
      if left <= right { shade(row, left...right, shader) }
      coverage[width] = 0
    }

    /// Blends a row's covered pixels with their shades.
    @inline(__always)
    private func shade(_ row: Int, _ columns: ClosedRange<Int>, _ shader: some Shader) {
      let (stepX, v) = (1 / Float(width), (Float(row) + 0.5) / Float(height))
      let target = colours + row * width
      for x in columns {
        let covered = min(1, coverage[x] * (1 / 3))
        coverage[x] = 0
        guard covered > 0 else { continue }
        let colour = shader.colour((Float(x) + 0.5) * stepX, v)
        target[x] += (colour - target[x]) * (covered * colour.w)
      }
    }

    /// Adds the span's share of each pixel of a row.
    @inline(__always)
    private func cover(_ start: Float, _ end: Float) {
      let (first, last) = (Int(start), Int(end))
      if first == last {
        coverage[first] += end - start
        return
      }
      coverage[first] += Float(first + 1) - start
      for x in first + 1..<max(last, first + 1) { coverage[x] += 1 }
      coverage[last] += end - Float(last)
    }

    /// Marks the pixels whose centres lie in the span.
    @inline(__always)
    private func stamp(_ mark: Mark, _ row: Int, _ start: Float, _ end: Float) {
      let first = Int(start + 0.5)
      let last = min(width, Int(end + 0.5))
      for x in first..<max(first, last) {
        labels[row * width + x] = mark.label
        instances[row * width + x] = mark.instance
      }
    }
  }
}
