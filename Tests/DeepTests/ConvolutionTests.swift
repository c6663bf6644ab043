import Compute
import Deep
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let shapes = [
    Shape(1, 1, 1, 16), Shape(2, 2, 3, 16), Shape(1, 5, 7, 32), Shape(2, 8, 12, 16), Shape(3, 9, 4, 48),
    Shape(1, 37, 41, 16), large,
  ]
  /// Large enough for tiles of 6x6, and not a multiple of them.
  static let large = Shape(2, 47, 38, 16)

  @Test("large pictures are cut into larger tiles, small ones and those that fit them badly aren't")
  func tiles() {
    #expect(winogradTile(for: Shape(1, 256, 512, 16)) == 6)
    #expect(winogradTile(for: Self.large) == 6)
    #expect(winogradTile(for: Shape(2, 16, 32, 16)) == 4)
    #expect(winogradTile(for: Shape(8, 8, 8, 16)) == 4)
    #expect(winogradTile(for: Shape(1, 5, 7, 16)) == 2)
  }

  @Test("Winograd's 3x3 convolution equals the direct sum at any size", arguments: shapes)
  func winograd(_ shape: Shape) {
    let x = randomTensor(shape, seed: 1)
    let kernel = randomParameter([3, 3, shape.channels, 32], seed: 2)
    let bias = randomParameter([32], seed: 3)
    let y = convolve([Variable(x)], kernel: kernel, bias: bias, on: Tape(.inference)).tensor
    let expected = Reference.convolve(x, kernel: array(kernel.values), bias: array(bias.values), size: 3)
    expectClose(
      y.values, expected, shape: y.shape.extents, expectedShape: shape.extents.dropLast() + [32], absolute: 1e-4,
      relative: 1e-4)
  }

  /// Kernels so wide that parts of them are transformed apart, whose last parts are narrower than the others. Outputs
  /// are sums of up to 4536 products, about 20 in size.
  static let wideKernels = [(504, 16), (16, 504), (200, 328)]

  @Test("wide kernels give the direct sum, transformed at once or in parts", arguments: wideKernels)
  func wide(_ inputs: Int, _ outputs: Int) {
    for shape in [Shape(1, 3, 5, inputs), Shape(2, 9, 11, inputs), Shape(2, 74, 71, inputs)] {
      // The direct sum takes long.
      if inputs * outputs > 10_000, shape.pixels > 1000 { continue }
      let x = randomTensor(shape, seed: 1)
      let kernel = randomParameter([3, 3, inputs, outputs], seed: 2)
      let bias = randomParameter([outputs], seed: 3)
      let expected = Reference.convolve(x, kernel: array(kernel.values), bias: array(bias.values), size: 3)
      for mode in [PassMode.inference, .training(seed: 0, step: 0)] {
        let y = convolve([Variable(x)], kernel: kernel, bias: bias, on: Tape(mode)).tensor
        expectClose(
          y.values, expected, shape: y.shape.extents, expectedShape: shape.with(channels: outputs).extents,
          absolute: 4e-3, relative: 1e-4)
      }
    }
  }

  @Test("gradients of wide convolutions agree with differences", arguments: wideKernels)
  func wideGradients(_ inputs: Int, _ outputs: Int) {
    for shape in [Shape(1, 3, 5, inputs), Shape(2, 9, 11, inputs), Shape(1, 74, 71, inputs)] {
      let kernel = randomParameter([3, 3, inputs, outputs], seed: 2)
      expectGradients(inputs: [randomTensor(shape, seed: 1)], parameters: [kernel]) { variables, tape in
        convolve(variables, kernel: kernel, bias: nil, on: tape)
      }
    }
  }

  @Test("Convolution by products of matrices equals the direct sum", arguments: [(1, 3, 8), (3, 3, 16), (5, 7, 2)])
  func general(_ size: Int, _ inputs: Int, _ outputs: Int) {
    let shape = Shape(2, 6, 5, inputs)
    let x = randomTensor(shape, seed: 1)
    let kernel = randomParameter([size, size, inputs, outputs], seed: 2)
    let bias = randomParameter([outputs], seed: 3)
    let y = convolve([Variable(x)], kernel: kernel, bias: bias, on: Tape(.inference)).tensor
    let expected = Reference.convolve(x, kernel: array(kernel.values), bias: array(bias.values), size: size)
    expectClose(
      y.values, expected, shape: y.shape.extents, expectedShape: shape.extents.dropLast() + [outputs],
      absolute: 1e-5, relative: 1e-5)
  }

  @Test("Convolving two variables is convolving their concatenation, activations applied", arguments: [1, 3])
  func concatenated(_ size: Int) {
    let shape = Shape(2, 7, 6, 16)
    let (a, b) = (randomTensor(shape, seed: 1), randomTensor(Shape(2, 7, 6, 32), seed: 2))
    let (scale, shift) = (randomParameter([32], seed: 5).values, randomParameter([32], seed: 6).values)
    let kernel = randomParameter([size, size, 48, 16], seed: 3)
    let y = convolve(
      [Variable(a), Variable(b, activation: ChannelActivation(scale: scale, shift: shift))], kernel: kernel, bias: nil,
      on: Tape(.inference)
    ).tensor
    let x = Reference.concatenate(a, Reference.activate(b, scale: array(scale), shift: array(shift)))
    let expected = Reference.convolve(
      x, kernel: array(kernel.values), bias: [Float](repeating: 0, count: 16), size: size)
    expectClose(y.values, expected, absolute: 1e-4, relative: 1e-4)
  }

  @Test("a rectifier after a convolution keeps what is positive")
  func rectified() {
    let x = randomTensor(Shape(1, 6, 6, 16), seed: 1)
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    let plain = convolve([Variable(x)], kernel: kernel, bias: nil, on: Tape(.inference)).tensor.values
    let rectified = convolve([Variable(x)], kernel: kernel, bias: nil, .rectifier, on: Tape(.inference)).tensor.values
    #expect(plain.map { max(0, $0) } == rectified)
    #expect(plain.contains { $0 < 0 })
  }

  @Test("gradients of convolutions agree with differences", arguments: [(3, 16), (1, 16), (3, 3), (5, 2), (1, 3)])
  func gradients(_ size: Int, _ inputs: Int) {
    for shape in [Shape(2, 5, 7, inputs), Shape(1, 8, 4, inputs), Self.large.with(channels: inputs)] {
      let kernel = randomParameter([size, size, inputs, 16], seed: 2)
      let bias = randomParameter([16], seed: 3, role: .offset)
      expectGradients(inputs: [randomTensor(shape, seed: 1)], parameters: [kernel, bias]) { variables, tape in
        convolve(variables, kernel: kernel, bias: bias, on: tape)
      }
    }
  }

  @Test("gradients pass through a rectifier where its output is positive")
  func rectifierGradient() {
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    let bias = randomParameter([16], seed: 3, role: .offset)
    expectGradients(
      inputs: [randomTensor(Shape(1, 6, 6, 16), seed: 1)], parameters: [kernel, bias], step: 1e-3, relative: 2e-2
    ) { variables, tape in convolve(variables, kernel: kernel, bias: bias, .rectifier, on: tape) }
  }

  @Test("gradients of several readers of a variable add up, and go to each part of a concatenation", arguments: [1, 3])
  func shared(_ size: Int) {
    let kernel = randomParameter([size, size, 64, 16], seed: 2)
    let inputs = [randomTensor(Shape(1, 6, 6, 16), seed: 1), randomTensor(Shape(1, 6, 6, 32), seed: 4)]
    expectGradients(inputs: inputs, parameters: [kernel]) { variables, tape in
      convolve([variables[0], variables[1], variables[0]], kernel: kernel, bias: nil, on: tape)
    }
  }

  @Test("dropout keeps its share, keeps the mean, differs between steps and follows its seed")
  func dropout() throws {
    let x = Tensor(Shape(1, 64, 64, 16), values: [Float](repeating: 1, count: 64 * 64 * 16))
    let kernel = randomParameter([1, 1, 16, 16], seed: 2)
    for index in 0..<256 { kernel.values.pointer[index] = index % 17 == 0 ? 1 : 0 }
    func run(_ step: UInt64) -> [Float] {
      let tape = Tape(.training(seed: 4, step: step))
      return convolve([Variable(x)], kernel: kernel, bias: nil, .rectifierAndDropout(rate: 0.2, key: 1), on: tape)
        .tensor.values
    }
    let values = run(0)
    let dropped = Float(values.count { $0 == 0 }) / Float(values.count)
    #expect(abs(dropped - 0.2) < 0.006)
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 1.25) < 1e-6 })
    #expect(values == run(0))
    #expect(values != run(1))
    let whole = convolve(
      [Variable(x)], kernel: kernel, bias: nil, .rectifierAndDropout(rate: 0.2, key: 1), on: Tape(.inference))
    #expect(whole.tensor.values == x.values)
  }

  @Test("gradients pass what dropout kept")
  func dropoutGradient() {
    let kernel = randomParameter([3, 3, 16, 16], seed: 2)
    expectGradients(
      inputs: [randomTensor(Shape(1, 6, 6, 16), seed: 1)], parameters: [kernel], step: 1e-3, relative: 2e-2
    ) { variables, tape in
      convolve(variables, kernel: kernel, bias: nil, .rectifierAndDropout(rate: 0.3, key: 7), on: tape)
    }
  }
}
