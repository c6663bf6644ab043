import Compute
import Deep
import Foundation
import Scenes
import TestSupport
import Testing

/// Values uniform in -1...1, the same at every run.
func randomValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(seed: seed)
  return (0..<count).map { _ in stream.uniform(-1...1) }
}

func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  Tensor(shape, values: randomValues(shape.count, seed: seed))
}

func randomParameter(_ extents: [Int], seed: UInt64, role: Parameter.Role = .kernel) -> Parameter {
  let values = randomValues(extents.reduce(1, *), seed: seed)
  let buffer = FloatBuffer(count: values.count)
  for index in values.indices { buffer.pointer[index] = values[index] }
  return Parameter(name: "p\(seed)", extents: extents, role: role, values: buffer)
}

func array(_ buffer: FloatBuffer?) -> [Float] {
  guard let buffer else { return [] }
  return Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
}

func dot(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// Expects the gradients of sum(w y) by all inputs and parameters to agree with central differences along random
/// directions, where y is what `operation` makes of the inputs and w is random.
func expectGradients(
  inputs: [Tensor], parameters: [Parameter] = [], step: Float = 0.5, relative: Double = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: ([Feature], Tape) -> Feature
) {
  let tape = Tape(.training(seed: 1, step: 0))
  let features = inputs.map { Feature($0, needsGradient: true) }
  let output = operation(features, tape)
  let weights = randomTensor(output.tensor.shape, seed: 99)
  let weightValues = weights.values
  output.setGradient(weights)
  tape.unwind()
  let gradients = features.map { $0.currentGradient?.values ?? [] }
  let parameterGradients = parameters.map { array($0.gradient) }

  func value(_ inputs: [Tensor]) -> Double {
    dot(operation(inputs.map { Feature($0) }, Tape(.training(seed: 1, step: 0))).tensor.values, weightValues)
  }
  func expect(_ what: String, _ gradient: [Float], _ count: Int, _ difference: ([Float]) -> Double) {
    #expect(gradient.count == count, "\(what) has no gradient", sourceLocation: sourceLocation)
    guard gradient.count == count else { return }
    for seed in 0..<3 as Range<UInt64> {
      let direction = randomValues(count, seed: 1000 + seed)
      let expected = difference(direction)
      let actual = dot(gradient, direction)
      let scale = dot(gradient, gradient).squareRoot()
      #expect(
        abs(actual - expected) <= relative * max(scale, abs(expected)) + 1e-4,
        "\(what): \(actual), by differences \(expected)", sourceLocation: sourceLocation)
    }
  }
  for (index, input) in inputs.enumerated() {
    expect("input \(index)", gradients[index], input.shape.count) { direction in
      func moved(_ sign: Float) -> Double {
        var all = inputs
        all[index] = Tensor(
          input.shape, values: zip(input.values, direction).map { $0 + sign * step * $1 })
        return value(all)
      }
      return (moved(1) - moved(-1)) / Double(2 * step)
    }
  }
  for (index, parameter) in parameters.enumerated() {
    let start = array(parameter.values)
    expect("parameter \(index)", parameterGradients[index], start.count) { direction in
      func moved(_ sign: Float) -> Double {
        for i in start.indices { parameter.values.pointer[i] = start[i] + sign * step * direction[i] }
        return value(inputs)
      }
      defer { for i in start.indices { parameter.values.pointer[i] = start[i] } }
      return (moved(1) - moved(-1)) / Double(2 * step)
    }
  }
}

/// Small street-like pictures: a coloured ground below, something else above, a box, and their categories.
func simpleScenes(_ count: Int, width: Int, height: Int, hasBox: Bool = true) -> (
  pictures: [Picture], categories: [[UInt8]]
) {
  var pictures: [Picture] = []
  var maps: [[UInt8]] = []
  for index in 0..<count {
    var stream = RandomStream(seed: 5, UInt64(index))
    var pixels: [UInt8] = []
    var map: [UInt8] = []
    let horizon = !hasBox ? height / 2 : height / 3 + stream.integer(below: max(1, height / 3))
    let left = stream.integer(below: max(1, width / 2))
    for y in 0..<height {
      for x in 0..<width {
        let isBox = hasBox && x >= left && x < left + width / 3 && abs(y - horizon) < height / 5
        let category: Category = y == 0 ? .void : isBox ? .vehicle : y < horizon ? .sky : .flat
        map.append(category.rawValue)
        let colour = category == .void ? RGB(0, 0, 0) : category.colour
        for value in [colour.red, colour.green, colour.blue] {
          pixels.append(UInt8(clamping: Int(value) + stream.integer(below: 40) - 20))
        }
      }
    }
    pictures.append(Picture(width: width, height: height, pixels: pixels))
    maps.append(map)
  }
  return (pictures, maps)
}

/// The bytes of a fixture.
func fixture(_ name: String) throws -> SafeTensors {
  let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  return try SafeTensors(contentsOf: url)
}
