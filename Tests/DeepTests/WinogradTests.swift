import CWinograd
import Deep
import TestSupport
import Testing

/// The transforms that CWinograd writes out, beside the matrices that define them.
@Suite struct WinogradTests {
  /// All numbers of channels at a time that this processor has, the fewest first.
  static let lanes: [Int32] = [4, 8, 16].filter { $0 <= winograd_lanes() }
  /// Whole lanes of each kind, and some left over.
  static let channels = 40

  /// A square of `side` pixels of `channels` values, and one channel of it.
  private func square(_ side: Int, seed: UInt64) -> (values: [Float], channel: (Int) -> [Float]) {
    let values = randomTensor(Shape(1, side, side, Self.channels), seed: seed).values
    return (values, { c in stride(from: c, to: values.count, by: Self.channels).map { values[$0] } })
  }

  /// The planes of `values`, of which `rows` and `columns` lie inside the picture.
  private func planes(
    _ values: [Float], side: Int, tile: Int, _ kind: winograd_kind, rows: Range<Int>, columns: Range<Int>,
    activation: (scale: [Float], shift: [Float])? = nil, lanes: Int32
  ) -> [Float] {
    let points = tile + 2
    var result = [Float](repeating: .nan, count: points * points * Self.channels)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        func run(_ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?) {
          var patch = winograd_patch(
            first: values.baseAddress, row_stride: Int64(side * Self.channels), channels: Int32(Self.channels),
            top: Int32(rows.lowerBound), bottom: Int32(rows.upperBound), left: Int32(columns.lowerBound),
            right: Int32(columns.upperBound), scale: scale, shift: shift)
          var planes = winograd_planes(
            first: result.baseAddress, row_stride: Int64(points * Self.channels), column_stride: Int64(Self.channels))
          winograd_transform(lanes, Int32(tile), kind, &patch, &planes)
        }
        guard let activation else { return run(nil, nil) }
        activation.scale.withUnsafeBufferPointer { scale in
          activation.shift.withUnsafeBufferPointer { run(scale.baseAddress, $0.baseAddress) }
        }
      }
    }
    return result
  }

  /// One channel of what is stored pixel after pixel.
  private func channel(_ c: Int, of values: [Float]) -> [Float] {
    stride(from: c, to: values.count, by: Self.channels).map { values[$0] }
  }

  @Test("patches are transformed as the matrices say, inside the picture and at its border", arguments: [2, 4, 6])
  func patches(_ tile: Int) {
    let points = tile + 2
    let scale = randomTensor(Shape(1, 1, 1, Self.channels), seed: 2).values
    let shift = randomTensor(Shape(1, 1, 1, Self.channels), seed: 3).values
    let kinds: [(winograd_kind, side: Int)] = [
      (winograd_input, points), (winograd_doubled_input, points / 2 + 1), (winograd_gradient, tile),
    ]
    for (kind, side) in kinds {
      let values = square(side, seed: 1)
      for (rows, columns) in [(0..<side, 0..<side), (1..<side, 0..<side - 1), (0..<1, 1..<side)] {
        for activation in [nil, (scale: scale, shift: shift)] {
          let made = Self.lanes.map {
            planes(
              values.values, side: side, tile: tile, kind, rows: rows, columns: columns, activation: activation,
              lanes: $0)
          }
          for c in [0, 15, 16, 39] {
            var seen = values.channel(c)
            for place in seen.indices {
              if let activation { seen[place] = max(0, activation.scale[c] * seen[place] + activation.shift[c]) }
              if !rows.contains(place / side) || !columns.contains(place % side) { seen[place] = 0 }
            }
            if kind == winograd_doubled_input {
              seen = (0..<points * points).map {
                seen[($0 / points + 1) / 2 * side + ($0 % points + 1) / 2]
              }
            }
            let expected = Reference.winograd(kind == winograd_gradient ? .gradient : .input, tile: tile, seen)
            for made in made { expectClose(channel(c, of: made), expected, absolute: 2e-3, relative: 1e-5) }
          }
          #expect(made.count < 3 || made[1] == made[2], "16 channels at a time differ from 8")
        }
      }
    }
  }

  @Test("outputs are stored as the matrices say, whole and cut, or summed over squares", arguments: [2, 4, 6])
  func outputs(_ tile: Int) {
    let points = tile + 2
    let sums = square(points, seed: 4)
    let bias = randomTensor(Shape(1, 1, 1, Self.channels), seed: 5).values
    for isDoubled in [false, true] {
      let side = isDoubled ? tile / 2 : tile
      for (rows, columns) in [(side, side), (side, 1), (1, side)] {
        for (adds, rectifies) in [(false, false), (false, true), (true, false)] {
          let made = Self.lanes.map { lanes in
            var planes = sums.values
            var result = [Float](repeating: 7, count: side * side * Self.channels)
            planes.withUnsafeMutableBufferPointer { planes in
              result.withUnsafeMutableBufferPointer { result in
                bias.withUnsafeBufferPointer { bias in
                  var read = winograd_planes(
                    first: planes.baseAddress, row_stride: Int64(points * Self.channels),
                    column_stride: Int64(Self.channels))
                  var outputs = winograd_outputs(
                    first: result.baseAddress, row_stride: Int64(side * Self.channels), channels: Int32(Self.channels),
                    rows: Int32(rows), columns: Int32(columns), sums: isDoubled, adds: adds, rectifies: rectifies,
                    bias: bias.baseAddress)
                  winograd_store(lanes, Int32(tile), &read, &outputs)
                }
              }
            }
            return result
          }
          for c in [0, 15, 16, 39] {
            let whole = Reference.winograd(.output, tile: tile, sums.channel(c))
            let expected = (0..<side * side).map { place -> Float in
              let (i, j) = (place / side, place % side)
              guard i < rows, j < columns else { return 7 }
              var value = whole[place] + bias[c]
              if isDoubled {
                value = bias[c]
                for (k, l) in [(0, 0), (0, 1), (1, 0), (1, 1)] { value += whole[(2 * i + k) * tile + 2 * j + l] }
              }
              if rectifies { value = max(0, value) }
              return adds ? value + 7 : value
            }
            for made in made { expectClose(channel(c, of: made), expected, absolute: 2e-2, relative: 1e-5) }
          }
          #expect(made.count < 3 || made[1] == made[2], "16 channels at a time differ from 8")
        }
      }
    }
  }
}
