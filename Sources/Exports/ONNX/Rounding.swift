import Deep
import Foundation

/// Which 256 numbers a value is rounded to: scale (q - zero) for q in 0...255.
struct Rounding: Equatable {
  let scale: Float
  let zero: UInt8

  /// Of values in 0...1.
  static let share = Rounding(from: 0, to: 1)

  /// For values in a range. Zero is always one of the numbers, as borders of convolutions are.
  init(from low: Float, to high: Float) {
    let (low, high) = (min(0, low), max(0, high))
    scale = high > low ? (high - low) / 255 : 1
    zero = UInt8(min(255, max(0, (-low / scale).rounded())))
  }

  /// For values of any of several ranges.
  init(covering others: [Rounding]) {
    self.init(
      from: others.map { -Float($0.zero) * $0.scale }.min() ?? 0,
      to: others.map { Float(255 - $0.zero) * $0.scale }.max() ?? 0)
  }
}

/// Rows of a matrix in int8, each to a scale of its own: w = scale q with q in -127...127.
struct RoundedRows {
  let scales: [Float]
  let bytes: Data

  init(_ values: [Float], rows: Int) {
    let columns = values.count / rows
    var (scales, bytes) = ([Float](), [Int8]())
    bytes.reserveCapacity(values.count)
    for row in 0..<rows {
      let own = values[row * columns..<(row + 1) * columns]
      let largest = own.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest / 127 : 1
      scales.append(scale)
      for value in own { bytes.append(Int8((value / scale).rounded())) }
    }
    (self.scales, self.bytes) = (scales, bytes.withUnsafeBytes { Data($0) })
  }
}

/// A bias in whole numbers of the scales of the products that it is added to.
func roundedBias(_ bias: [Float], _ scales: [Float]) -> Data {
  let limit = Double(Int32.max)
  return zip(bias, scales).map { bias, scale in
    Int32(min(limit, max(-limit, (Double(bias) / Double(scale)).rounded()))).littleEndian
  }.withUnsafeBytes { Data($0) }
}

extension InferencePlan {
  /// Which values are rounded in a graph of int8: all but the logits and what is only brought to their size, and sums that
  /// only a rectifier reads, which is done with them at once.
  var isRounded: [Bool] {
    var result = [Bool](repeating: true, count: steps.count + 1)
    result[steps.count] = false
    let readers = readers
    for (index, step) in steps.enumerated().reversed() where readers[step.inputs[0]] == 1 && step.inputs[0] > 0 {
      let isRectifier = (step.operation as? Activation).map { [.relu, .relu6].contains($0.function) } ?? false
      let isEnlarged = step.operation is Resizing && !result[index + 1]
      if isRectifier || isEnlarged { result[step.inputs[0]] = false }
    }
    return result
  }
}

/// The range of each value of a network over some pictures: all of it, since what is cut off costs more than a finer step
/// gains.
struct ValueRanges {
  /// The least and the largest of each value, by their numbers.
  private var ranges: [(low: Float, high: Float)] = []

  /// Takes in the values of a picture.
  mutating func add(_ model: NetworkModel, _ picture: ImageData) throws {
    try model.visitValues(of: picture) { number, tensor in
      if number == ranges.count { ranges.append((0, 0)) }
      var (low, high) = ranges[number]
      for value in tensor.values { (low, high) = (min(low, value), max(high, value)) }
      ranges[number] = (low, high)
    }
  }

  /// What values are rounded to, by their numbers.
  func roundings() -> [Rounding] { ranges.map { Rounding(from: $0.low, to: $0.high) } }
}
