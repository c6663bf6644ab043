import Compute
import Deep
import Foundation
import Settings
import Storage
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
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: ([Variable], Tape) -> Variable
) {
  let tape = Tape(.training(seed: 1, step: 0))
  let variables = inputs.map { Variable($0, needsGradient: true) }
  let output = operation(variables, tape)
  let weights = randomTensor(output.tensor.shape, seed: 99)
  let weightValues = weights.values
  output.setGradient(weights)
  tape.backward()
  let gradients = variables.map { $0.currentGradient?.values ?? [] }
  let parameterGradients = parameters.map { array($0.gradient) }

  func value(_ inputs: [Tensor]) -> Double {
    dot(operation(inputs.map { Variable($0) }, Tape(.training(seed: 1, step: 0))).tensor.values, weightValues)
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

/// Small street-like pictures: a coloured ground (class 1) below, a sky (5) above, a box (7), and a black top row (0);
/// with the class of every pixel.
func simpleScenes(_ count: Int, width: Int, height: Int, hasBox: Bool = true) -> (
  pictures: [ImageData], labels: [[UInt8]]
) {
  let colours: [UInt8: [Int]] = [0: [0, 0, 0], 1: [128, 64, 128], 5: [70, 130, 180], 7: [0, 0, 142]]
  var pictures: [ImageData] = []
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
        let label: UInt8 = y == 0 ? 0 : isBox ? 7 : y < horizon ? 5 : 1
        map.append(label)
        for value in colours[label] ?? [] {
          pixels.append(UInt8(clamping: value + stream.integer(below: 40) - 20))
        }
      }
    }
    pictures.append(ImageData(width: width, height: height, pixels: pixels))
    maps.append(map)
  }
  return (pictures, maps)
}

/// The likeliest class of each pixel, of `classCount` probabilities a pixel.
func likeliestClasses(_ probabilities: [Float], _ classCount: Int) -> [UInt8] {
  stride(from: 0, to: probabilities.count, by: classCount).map { start in
    UInt8((0..<classCount).max { probabilities[start + $0] < probabilities[start + $1] } ?? 0)
  }
}

/// The bytes of a fixture.
func fixture(_ name: String) throws -> SafeTensors {
  let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  return try SafeTensors(contentsOf: url)
}

/// Eight classes, all learned.
let eight = OutputClasses(count: 8)

/// A network by name, with an output stride where one follows: `vgg-pspnet/8`; dropout only where there is dropout.
func network(_ name: String, width: Double = 1, dropout: Double? = nil) throws -> any Architecture {
  var settings = ["width": Setting(number: width)]
  let parts = name.split(separator: "/").map(String.init)
  let name = parts[0]
  if parts.count > 1 { settings["outputStride"] = Setting(plain: parts[1]) }
  let hasDropout = try Networks.registry.named(name).descriptions.contains { $0.name == "dropout" }
  if let dropout, hasDropout { settings["dropout"] = Setting(number: dropout) }
  return try Networks.registry.make(Choice(name, settings))
}

/// A network by name with settings of its own.
func network(_ name: String, _ settings: [String: Setting]) throws -> any Architecture {
  try Networks.registry.make(Choice(name, settings))
}

// MARK: Single operations, done at once

/// A copy of what readers see of a value that may be stored unapplied.
func seen(_ value: Variable, on tape: Tape) -> Variable { tape.run(Dropout(rate: 0, key: 0), [value]) }

/// What is joined to a convolution.
enum Epilogue {
  case nothing, rectifier
  case rectifierAndDropout(rate: Float, key: UInt64)

  var operations: [any NetworkOperation] {
    switch self {
    case .nothing: []
    case .rectifier: [Activation.relu]
    case .rectifierAndDropout(let rate, let key): [Activation.relu, Dropout(rate: rate, key: key)]
    }
  }
}

func convolve(
  _ inputs: [Variable], kernel: Parameter, bias: Parameter?, _ epilogue: Epilogue = .nothing, on tape: Tape
) -> Variable {
  let joined = epilogue.operations.reduce(Convolution(kernel: kernel, bias: bias) as any NetworkOperation) {
    $0.absorbing($1) ?? $0
  }
  return tape.run(joined, inputs)
}

func normaliseAndRectify(_ input: Variable, _ normalisation: BatchNormalisation, on tape: Tape) -> Variable {
  tape.run(normalisation.absorbing(Activation.relu) ?? normalisation, [input])
}

func transposedConvolve(_ input: Variable, kernel: Parameter, bias: Parameter, on tape: Tape) -> Variable {
  tape.run(TransposedConvolution(kernel: kernel, bias: bias), [input])
}

func maxPool(_ input: Variable, on tape: Tape) -> Variable { tape.run(MaxPooling(), [input]) }

func averagePool(_ input: Variable, bins: Int, on tape: Tape) -> Variable {
  tape.run(AveragePooling(bins: bins), [input])
}

func upsample(_ input: Variable, on tape: Tape) -> Variable { tape.run(Upsampling(), [input]) }

func resize(_ input: Variable, height: Int, width: Int, on tape: Tape) -> Variable {
  tape.run(Resizing(height: height, width: width), [input])
}
