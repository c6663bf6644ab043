import Compute
import Deep
import TestSupport
import Testing

/// Operations one by one, and what the graph makes of several.
@Suite struct OperationTests {
  private let shape = Shape(2, 6, 10, 16)

  private func normalisation(seed: UInt64) -> BatchNormalisation {
    BatchNormalisation(
      scale: randomParameter([16], seed: seed, role: .offset),
      shift: randomParameter([16], seed: seed + 1, role: .offset),
      mean: randomParameter([16], seed: seed + 2, role: .statistic), variance: variance(seed: seed + 3))
  }

  private func variance(seed: UInt64) -> Parameter {
    let parameter = randomParameter([16], seed: seed, role: .statistic)
    for c in 0..<16 { parameter.values.pointer[c] = 1.5 + parameter.values.pointer[c] }
    return parameter
  }

  @Test("gradients of single operations agree with differences")
  func gradients() {
    let normalisation = normalisation(seed: 20)
    expectGradients(
      inputs: [randomTensor(shape, seed: 1)], parameters: [normalisation.scale, normalisation.shift], step: 1e-2,
      relative: 1e-2
    ) { seen($1.run(normalisation, $0), on: $1) }
    expectGradients(inputs: [randomTensor(shape, seed: 1)], step: 1e-4, relative: 2e-2) { $1.run(Activation.relu, $0) }
    expectGradients(inputs: [randomTensor(shape, seed: 1)]) { $1.run(Dropout(rate: 0.3, key: 5), $0) }
  }

  @Test("pixels that stand for squares are read by any operation", arguments: [1, 5])
  func upsampledForAny(_ size: Int) {
    let x = randomTensor(shape, seed: 1)
    let kernel = randomParameter([size, size, 16, 4], seed: 2)
    let repeated = Tensor(Shape(2, 12, 20, 16), values: Reference.upsample(x))
    let y = convolve([upsample(Variable(x), on: Tape(.inference))], kernel: kernel, bias: nil, on: Tape(.inference))
    let expected = Reference.convolve(repeated, kernel: array(kernel.values), bias: [0, 0, 0, 0], size: size)
    expectClose(y.tensor.values, expected, absolute: 1e-4, relative: 1e-4)
    expectGradients(inputs: [x], parameters: [kernel]) { inputs, tape in
      convolve([upsample(inputs[0], on: tape)], kernel: kernel, bias: nil, on: tape)
    }
    expectGradients(inputs: [x]) { inputs, tape in
      tape.run(Resizing(height: 7, width: 9), [upsample(upsample(inputs[0], on: tape), on: tape)])
    }
  }

  /// A value's square, written against plain values only, as a new operation would be at first.
  private struct Square: NetworkOperation {
    func shape(of inputs: [Shape]) -> Shape { inputs[0] }
    var description: OperationDescription? { OperationDescription("square") }
    func forward(_ inputs: [Variable], on tape: Tape) -> Output {
      let x = inputs[0].tensor.values
      return Output(Tensor(inputs[0].shape, values: x.map { $0 * $0 })) { gradient in
        inputs[0].contribute(Tensor(gradient.shape, values: zip(gradient.values, x).map { 2 * $0 * $1 }))
      }
    }
  }

  @Test("an operation that knows nothing of fusion runs after any other, and has its row")
  func newOperation() {
    let normalisation = normalisation(seed: 20)
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    expectGradients(
      inputs: [randomTensor(shape, seed: 1)], parameters: [kernel, normalisation.shift], step: 1e-3, relative: 2e-2
    ) { inputs, tape in
      let graph = Graph.pictures(inputs[0].shape)
      let normalised = Activation.relu(normalisation(Convolution(kernel: kernel, bias: nil)(graph)))
      return Square()(Upsampling()(normalised)).run(of: inputs[0], on: tape)
    }
  }

  @Test("operations joined by the graph give what they give one by one", arguments: [true, false])
  func fusion(_ isTraining: Bool) {
    let normalisation = normalisation(seed: 20)
    let (kernel, bias) = (randomParameter([3, 3, 16, 16], seed: 2), randomParameter([16], seed: 3, role: .offset))
    let convolution = Convolution(kernel: kernel, bias: bias)
    let x = randomTensor(shape, seed: 1)
    let chains: [[any NetworkOperation]] = [
      [convolution, Activation.relu], [convolution, Activation.relu, Dropout(rate: 0.3, key: 1)],
      [convolution, normalisation],
      [convolution, normalisation, Activation.relu],
      [convolution, normalisation, Activation.relu, Dropout(rate: 0.3, key: 1)],
      [normalisation, Activation.relu], [convolution, Dropout(rate: 0.3, key: 1), Activation.relu],
      [convolution, Activation.relu, normalisation],
    ]
    for (index, chain) in chains.enumerated() {
      func mode() -> Tape { Tape(isTraining ? .training(seed: 4, step: 2) : .inference) }
      let (whole, parts) = (mode(), mode())
      let joined = chain.reduce(Graph.pictures(shape)) { $1($0) }.run(of: Variable(x), on: whole)
      let last = chain.reduce(Variable(x)) { value, operation in parts.run(operation, [value]) }
      let apart = seen(last, on: parts)
      expectClose(joined.tensor.values, apart.tensor.values, absolute: 2e-5, relative: 1e-4, "chain \(index)")
    }
  }

  @Test("a parameter that several operations read gets the sum of their gradients")
  func sharedParameter() throws {
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    let bias = randomParameter([16], seed: 3, role: .offset)
    for index in 0..<kernel.values.count { kernel.values.pointer[index] *= 0.1 }
    expectGradients(
      inputs: [randomTensor(shape, seed: 1)], parameters: [kernel, bias], step: 1e-2, relative: 1e-3
    ) { inputs, tape in
      let once = convolve(inputs, kernel: kernel, bias: bias, on: tape)
      return convolve([once], kernel: kernel, bias: bias, on: tape)
    }
  }

  @Test("a shared parameter's gradient is handed over once, when it is whole")
  func visits() {
    let (kernel, other) = (randomParameter([1, 1, 16, 16], seed: 2), randomParameter([1, 1, 16, 16], seed: 3))
    let tape = Tape(.training(seed: 1, step: 0))
    let layers = [kernel, other, kernel].map { Convolution(kernel: $0, bias: nil) }
    let y = layers.reduce(Variable(randomTensor(shape, seed: 1))) { tape.run($1, [$0]) }
    y.setGradient(randomTensor(shape, seed: 5))
    var visited: [String] = []
    tape.backward { visited.append($0.name) }
    #expect(visited == ["p3", "p2"])
  }

  @Test("what the output doesn't need is not computed, and what several read is kept for all")
  func pruning() {
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    let x = Graph.pictures(shape)
    let convolved = Convolution(kernel: kernel, bias: nil)(x)
    _ = Resizing(height: 1000, width: 1000)(convolved)
    // Both the plain and the rectified values are read.
    let both = Convolution(kernel: randomParameter([1, 1, 32, 8], seed: 3), bias: nil)(
      convolved, Activation.relu(convolved))
    let input = randomTensor(shape, seed: 1)
    let y = both.run(of: Variable(input), on: Tape(.inference))
    let plain = convolve([Variable(input)], kernel: kernel, bias: nil, on: Tape(.inference)).tensor
    let rectified = Tensor(plain.shape, values: plain.values.map { max(0, $0) })
    let expected = Reference.convolve(
      Reference.concatenate(plain, rectified), kernel: randomValues(256, seed: 3),
      bias: [Float](repeating: 0, count: 8), size: 1)
    expectClose(y.tensor.values, expected, absolute: 1e-4, relative: 1e-4)
  }

  @Test("frozen layers keep their moving statistics, others gather them")
  func frozenStatistics() throws {
    let (pictures, maps) = simpleScenes(1, width: 32, height: 32)
    let model = try NetworkModel(network("unet", width: 0.125), classes: eight, seed: 1)
    let trainer = try Trainer(model, seed: 1)
    let start = model.safeTensors.arrays
    model.frozenLayers = ["down1.1", "down1.2"]
    try trainer.step(pictures: pictures, labels: maps)
    let after = model.safeTensors.arrays
    for (name, array) in start where !name.hasSuffix(".bias") {
      let isFrozen = name.hasPrefix("down1.")
      #expect((after[name] == array) == isFrozen, "\(name)")
    }
    model.frozenLayers = []
    try trainer.step(pictures: pictures, labels: maps)
    #expect(model.safeTensors.arrays["down1.1.mean"] != start["down1.1.mean"])
  }
}
