/// Values along the rows as runs of equal ones: value, length, value, length and so on.
package func runLengths(_ values: [UInt8]) -> [Int] {
  var runs: [Int] = []
  var start = 0
  while start < values.count {
    var end = start + 1
    while end < values.count, values[end] == values[start] { end += 1 }
    runs += [Int(values[start]), end - start]
    start = end
  }
  return runs
}
