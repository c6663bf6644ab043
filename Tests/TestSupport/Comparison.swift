import Testing

/// Expects two arrays to agree: first their shapes, then each value within `absolute` + `relative` * |expected|.
///
/// Reports the worst index, both values there and the caller's place; NaN agrees with nothing.
package func expectClose<Value: BinaryFloatingPoint>(
  _ actual: [Value], _ expected: [Value], shape: [Int]? = nil, expectedShape: [Int]? = nil,
  absolute: Value = 0, relative: Value = 0, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard shape == expectedShape, actual.count == expected.count else {
    Issue.record(
      "\(what) shape \(shape ?? [actual.count]), expected \(expectedShape ?? [expected.count])",
      sourceLocation: sourceLocation)
    return
  }
  var worst: (index: Int, excess: Value)?
  for index in actual.indices {
    let bound = absolute + relative * expected[index].magnitude
    let excess = (actual[index] - expected[index]).magnitude - bound
    if !(excess <= 0), worst.map({ !(excess <= $0.excess) }) ?? true { worst = (index, excess) }
  }
  if let worst {
    Issue.record(
      "\(what) [\(worst.index)] is \(actual[worst.index]), expected \(expected[worst.index]), off by \(worst.excess) more than allowed",
      sourceLocation: sourceLocation)
  }
}
