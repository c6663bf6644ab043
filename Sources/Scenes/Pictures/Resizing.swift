import Compute

// Pictures are resized with a filter, label and instance maps by their nearest neighbour alone: a mixture of two
// labels would be a third one.

extension Picture {
  /// The picture at another size: the mean over the covered area where it shrinks, bilinear where it grows.
  package func resized(to size: PixelSize) -> Picture {
    if size.width == width && size.height == height { return self }
    return resized(to: size, columns: 0..<size.width, rows: 0..<size.height)
  }

  /// A part of the picture at another size, to the same bits; nothing else of it is computed.
  ///
  /// - Parameters:
  ///   - size: of the whole.
  ///   - columns: the part's, within `size`.
  ///   - rows: the part's, within `size`.
  package func resized(to size: PixelSize, columns: Range<Int>, rows: Range<Int>) -> Picture {
    let columnWeights = Weights(from: width, to: size.width, .meanWhereSmaller, of: columns)
    let rowWeights = Weights(from: height, to: size.height, .meanWhereSmaller, of: rows)
    let read = rowWeights.inputs
    let narrow = narrowed(rows: read, columnWeights)
    let stride = columns.count * 3
    var line = [Float](repeating: 0, count: stride)
    let result = [UInt8](unsafeUninitializedCapacity: rows.count * stride) { result, count in
      narrow.withUnsafeBufferPointer { narrow in
        line.withUnsafeMutableBufferPointer { line in
          for y in 0..<rows.count {
            for index in 0..<stride { line[index] = 0 }
            for (row, weight) in zip(rowWeights.first[y]..., rowWeights.taps(y)) {
              let start = (row - read.lowerBound) * stride
              let values = UnsafeBufferPointer(rebasing: narrow[start..<start + stride])
              for index in values.indices { line[index] += weight * values[index] }
            }
            for index in 0..<stride { result[y * stride + index] = UInt8(min(255, max(0, line[index] + 0.5))) }
          }
        }
      }
      count = rows.count * stride
    }
    return Picture(width: columns.count, height: rows.count, pixels: result)
  }

  /// Some of its rows at another width, [rows, columns, 3].
  private func narrowed(rows: Range<Int>, _ columns: Weights) -> [Float] {
    let newWidth = columns.first.count
    // A value more than a row has: a pixel is taken as four values, of which the last belongs to the next.
    var row = [Float](repeating: 0, count: width * 3 + 1)
    return [Float](unsafeUninitializedCapacity: rows.count * newWidth * 3) { result, count in
      row.withUnsafeMutableBufferPointer { row in
        pixels.withUnsafeBufferPointer { pixels in
          let values = UnsafeRawBufferPointer(row)
          let read = columns.inputs.lowerBound * 3..<columns.inputs.upperBound * 3
          for (y, source) in rows.enumerated() {
            let bytes = UnsafeBufferPointer(rebasing: pixels[source * width * 3..<(source + 1) * width * 3])
            for index in read { row[index] = Float(bytes[index]) }
            columns.forEach { x, first, taps in
              var sum = SIMD4<Float>()
              for (offset, weight) in taps.enumerated() {
                let place = (first + offset) * 3 * MemoryLayout<Float>.stride
                sum += weight * values.loadUnaligned(fromByteOffset: place, as: SIMD4<Float>.self)
              }
              let target = (y * newWidth + x) * 3
              (result[target], result[target + 1], result[target + 2]) = (sum.x, sum.y, sum.z)
            }
          }
        }
      }
      count = rows.count * newWidth * 3
    }
  }
}

/// For each output position that is asked for, which input positions it is made of; the weights of a position sum to 1.
private struct Weights {
  private(set) var first: [Int] = []
  private var starts: [Int] = [0]
  private var weights: [Float] = []

  enum Filter {
    /// Between the two nearest, whatever the sizes.
    case bilinear
    /// The mean over what an output position covers where the output is smaller; else bilinear.
    case meanWhereSmaller
  }

  /// - Parameters:
  ///   - input: how many input positions there are.
  ///   - output: how many output positions.
  ///   - filter: how they are made.
  ///   - positions: the output positions that are asked for; nil for all.
  init(from input: Int, to output: Int, _ filter: Filter, of positions: Range<Int>? = nil) {
    let scale = Double(input) / Double(output)
    for position in positions ?? 0..<output {
      if scale > 1, filter == .meanWhereSmaller {
        addArea(from: Double(position) * scale, to: Double(position + 1) * scale, input)
      } else {
        addLinear(at: (Double(position) + 0.5) * scale - 0.5, input)
      }
      starts.append(weights.count)
    }
  }

  func taps(_ position: Int) -> ArraySlice<Float> { weights[starts[position]..<starts[position + 1]] }

  /// The input positions from the first to the last that any is made of; there is one at least.
  var inputs: Range<Int> { first[0]..<first[first.count - 1] + starts[first.count] - starts[first.count - 1] }

  /// Calls `body` with each output position, the first input position that it is made of, and the weights from there on.
  @inline(__always)
  func forEach(_ body: (_ position: Int, _ first: Int, _ taps: UnsafeBufferPointer<Float>) -> Void) {
    weights.withUnsafeBufferPointer { weights in
      for position in first.indices {
        body(
          position, first[position], UnsafeBufferPointer(rebasing: weights[starts[position]..<starts[position + 1]]))
      }
    }
  }

  private mutating func addArea(from start: Double, to end: Double, _ input: Int) {
    let low = min(input - 1, Int(start))
    let high = max(low, min(input - 1, Int(end.rounded(.up)) - 1))
    first.append(low)
    for index in low...high {
      let covered = min(end, Double(index + 1)) - max(start, Double(index))
      weights.append(Float(covered / (end - start)))
    }
  }

  private mutating func addLinear(at centre: Double, _ input: Int) {
    let clamped = min(Double(input - 1), max(0, centre))
    let low = min(max(0, input - 2), Int(clamped))
    first.append(low)
    let share = Float(clamped - Double(low))
    weights.append(contentsOf: input == 1 ? [1] : [1 - share, share])
  }
}

extension LabelMap {
  /// The labels at another size, each that of the nearest pixel centre.
  package func resized(to size: PixelSize) -> LabelMap {
    LabelMap(
      width: size.width, height: size.height,
      labels: nearest(labels, from: PixelSize(width: width, height: height), to: size))
  }
}

extension InstanceMap {
  /// The ids at another size, each that of the nearest pixel centre.
  package func resized(to size: PixelSize) -> InstanceMap {
    InstanceMap(
      width: size.width, height: size.height,
      ids: nearest(ids, from: PixelSize(width: width, height: height), to: size))
  }
}

/// The values of the nearest pixel centres at another size, or in some of its columns and rows.
func nearest<Value>(
  _ values: [Value], from: PixelSize, to: PixelSize, columns: Range<Int>? = nil, rows: Range<Int>? = nil
) -> [Value] {
  if from == to, columns == nil, rows == nil { return values }
  // The centre (x + 1/2) * from / to, rounded down, in whole numbers so that no rounding error moves it.
  let columns = (columns ?? 0..<to.width).map { (2 * $0 + 1) * from.width / (2 * to.width) }
  let rows = rows ?? 0..<to.height
  var result: [Value] = []
  result.reserveCapacity(columns.count * rows.count)
  for y in rows {
    let row = (2 * y + 1) * from.height / (2 * to.height) * from.width
    for column in columns { result.append(values[row + column]) }
  }
  return result
}

extension Prediction {
  /// The prediction at another size: probabilities bilinearly, labels alone by nearest neighbour.
  package func resized(to size: PixelSize) -> Prediction {
    let native = PixelSize(width: width, height: height)
    if size == native { return self }
    guard let probabilities, let count = classCount else {
      return Prediction(
        width: size.width, height: size.height, classes: nearest(classes, from: native, to: size))
    }
    let columns = Weights(from: width, to: size.width, .bilinear)
    let rows = Weights(from: height, to: size.height, .bilinear)
    var result = [Float](repeating: 0, count: size.width * size.height * count)
    result.withUnsafeMutableBufferPointer { result in
      probabilities.withUnsafeBufferPointer { probabilities in
        let shared = Shared((result: result, probabilities: probabilities))
        Parallel.forEach(size.height) { y in
          let (result, probabilities) = shared.value
          for (row, rowWeight) in zip(rows.first[y]..., rows.taps(y)) {
            columns.forEach { x, first, taps in
              let base = (y * size.width + x) * count
              for (offset, columnWeight) in taps.enumerated() {
                let (pixel, weight) = (row * width + first + offset, rowWeight * columnWeight)
                if weight == 0 { continue }
                for index in 0..<count { result[base + index] += weight * probabilities[pixel * count + index] }
              }
            }
          }
        }
      }
    }
    return Prediction(width: size.width, height: size.height, classCount: count, probabilities: result)
  }
}
