// Pictures are resized with a filter, label and instance maps by their nearest neighbour alone: a mixture of two
// labels would be a third one.

extension Picture {
  /// The picture at another size: the mean over the covered area where it shrinks, bilinear where it grows.
  public func resized(to size: PixelSize) -> Picture {
    if size.width == width && size.height == height { return self }
    let columns = Weights(from: width, to: size.width)
    let rows = Weights(from: height, to: size.height)
    var narrow = [Float](repeating: 0, count: height * size.width * 3)
    for y in 0..<height {
      for x in 0..<size.width {
        let taps = columns.taps(x)
        let first = columns.first[x]
        for channel in 0..<3 {
          var sum: Float = 0
          for (offset, weight) in taps.enumerated() {
            sum += weight * Float(pixels[(y * width + first + offset) * 3 + channel])
          }
          narrow[(y * size.width + x) * 3 + channel] = sum
        }
      }
    }
    var result = [UInt8](repeating: 0, count: size.height * size.width * 3)
    let stride = size.width * 3
    var line = [Float](repeating: 0, count: stride)
    for y in 0..<size.height {
      for index in 0..<stride { line[index] = 0 }
      for (offset, weight) in rows.taps(y).enumerated() {
        let base = (rows.first[y] + offset) * stride
        for index in 0..<stride { line[index] += weight * narrow[base + index] }
      }
      for index in 0..<stride { result[y * stride + index] = UInt8(min(255, max(0, line[index] + 0.5))) }
    }
    return Picture(width: size.width, height: size.height, pixels: result)
  }
}

/// For each output position, which input positions it is made of; the weights of a position sum to 1.
private struct Weights {
  private(set) var first: [Int] = []
  private var starts: [Int] = [0]
  private var weights: [Float] = []

  init(from input: Int, to output: Int) {
    let scale = Double(input) / Double(output)
    for position in 0..<output {
      if scale > 1 {
        addArea(from: Double(position) * scale, to: Double(position + 1) * scale, input)
      } else {
        addLinear(at: (Double(position) + 0.5) * scale - 0.5, input)
      }
      starts.append(weights.count)
    }
  }

  func taps(_ position: Int) -> ArraySlice<Float> { weights[starts[position]..<starts[position + 1]] }

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
  public func resized(to size: PixelSize) -> LabelMap {
    LabelMap(
      width: size.width, height: size.height,
      labels: nearest(labels, from: PixelSize(width: width, height: height), to: size))
  }
}

extension InstanceMap {
  /// The ids at another size, each that of the nearest pixel centre.
  public func resized(to size: PixelSize) -> InstanceMap {
    InstanceMap(
      width: size.width, height: size.height,
      ids: nearest(ids, from: PixelSize(width: width, height: height), to: size))
  }
}

private func nearest<Value>(_ values: [Value], from: PixelSize, to: PixelSize) -> [Value] {
  if from == to { return values }
  // The centre (x + 1/2) * from / to, rounded down, in whole numbers so that no rounding error moves it.
  let columns = (0..<to.width).map { (2 * $0 + 1) * from.width / (2 * to.width) }
  var result: [Value] = []
  result.reserveCapacity(to.width * to.height)
  for y in 0..<to.height {
    let row = (2 * y + 1) * from.height / (2 * to.height) * from.width
    for column in columns { result.append(values[row + column]) }
  }
  return result
}

extension Prediction {
  /// The prediction at another size: probabilities bilinearly, labels alone by nearest neighbour.
  public func resized(to size: PixelSize) -> Prediction {
    let native = PixelSize(width: width, height: height)
    if size == native { return self }
    guard let probabilities else {
      return Prediction(
        width: size.width, height: size.height, categories: nearest(categories, from: native, to: size))
    }
    let columns = (0..<size.width).map { linear($0, from: width, to: size.width) }
    var result = [Float](repeating: 0, count: size.width * size.height * Category.count)
    for y in 0..<size.height {
      let row = linear(y, from: height, to: size.height)
      for x in 0..<size.width {
        let column = columns[x]
        let corners = [
          (row.low * width + column.low, (1 - row.share) * (1 - column.share)),
          (row.low * width + column.high, (1 - row.share) * column.share),
          (row.high * width + column.low, row.share * (1 - column.share)),
          (row.high * width + column.high, row.share * column.share),
        ]
        let base = (y * size.width + x) * Category.count
        for (pixel, weight) in corners where weight > 0 {
          for category in 0..<Category.count {
            result[base + category] += weight * probabilities[pixel * Category.count + category]
          }
        }
      }
    }
    return Prediction(width: size.width, height: size.height, probabilities: result)
  }
}

/// The two input positions around the centre of an output position, and the share of the higher one.
private func linear(_ position: Int, from input: Int, to output: Int) -> (low: Int, high: Int, share: Float) {
  let centre = min(Float(input - 1), max(0, (Float(position) + 0.5) * Float(input) / Float(output) - 0.5))
  let low = Int(centre)
  return (low, min(input - 1, low + 1), centre - Float(low))
}
