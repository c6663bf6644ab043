import Compute
import Deep
import TestSupport
import Testing

@Suite struct ResizingTests {
  @Test("2x2 maximum equals the plain one", arguments: [3, 16, 20])
  func maximum(_ channels: Int) {
    let x = randomTensor(Shape(2, 6, 4, channels), seed: 1)
    let y = maxPool(Variable(x), on: Tape(.inference)).tensor
    expectClose(
      y.values, Reference.maxPool(x), shape: y.shape.extents, expectedShape: [2, 3, 2, channels])
  }

  @Test("2x2 maximum of an activated variable is that of the activated values")
  func activatedMaximum() {
    let x = randomTensor(Shape(1, 4, 4, 20), seed: 1)
    let (scale, shift) = (randomParameter([20], seed: 5).values, randomParameter([20], seed: 6).values)
    let y = maxPool(Variable(x, activation: ChannelActivation(scale: scale, shift: shift)), on: Tape(.inference))
    let expected = Reference.maxPool(Reference.activate(x, scale: array(scale), shift: array(shift)))
    expectClose(y.tensor.values, expected, absolute: 1e-6)
  }

  @Test("the gradient of a maximum goes to the first of equals only")
  func ties() {
    let x = Tensor(Shape(1, 2, 2, 17), values: [Float](repeating: 3, count: 68))
    let variable = Variable(x, needsGradient: true)
    let tape = Tape(.training(seed: 1, step: 0))
    let y = maxPool(variable, on: tape)
    y.setGradient(Tensor(y.tensor.shape, values: [Float](repeating: 1, count: 17)))
    tape.backward()
    #expect(variable.currentGradient?.values == (0..<68).map { $0 < 17 ? 1 : 0 })
  }

  @Test("gradients of a maximum agree with differences", arguments: [5, 16])
  func gradients(_ channels: Int) {
    let x = randomTensor(Shape(2, 4, 6, channels), seed: 1)
    expectGradients(inputs: [x], step: 1e-4, relative: 2e-2) { variables, tape in maxPool(variables[0], on: tape) }
  }

  static let small = [Shape(2, 3, 2, 16), Shape(1, 1, 1, 16), Shape(2, 4, 7, 16), Shape(2, 23, 25, 16)]

  @Test("convolving an upsampled variable is convolving its repeated pixels, activations applied", arguments: small)
  func upsampling(_ shape: Shape) {
    let (x, beside) = (randomTensor(shape, seed: 1), randomTensor(shape.doubled(channels: 8), seed: 7))
    let (scale, shift) = (randomParameter([16], seed: 5).values, randomParameter([16], seed: 6).values)
    let kernel = randomParameter([3, 3, 24, 16], seed: 2)
    for activation in [nil, ChannelActivation(scale: scale, shift: shift)] {
      let y = convolve(
        [upsample(Variable(x, activation: activation), on: Tape(.inference)), Variable(beside)], kernel: kernel,
        bias: nil, on: Tape(.inference)
      ).tensor
      let seen = activation.map { Reference.activate(x, scale: array($0.scale), shift: array($0.shift)) } ?? x
      let repeated = Tensor(shape.doubled(channels: 16), values: Reference.upsample(seen))
      let expected = Reference.convolve(
        Reference.concatenate(repeated, beside), kernel: array(kernel.values),
        bias: [Float](repeating: 0, count: 16), size: 3)
      // Of the 73,600 values of the largest shape, the worst is off by 1.13e-4, as tiles of 6x6 round.
      expectClose(
        y.values, expected, shape: y.shape.extents, expectedShape: repeated.shape.extents, absolute: 1.5e-4,
        relative: 1e-4)
    }
  }

  @Test("gradients pass through upsampling, beside other readers of the same variable", arguments: small)
  func upsamplingGradient(_ shape: Shape) {
    let kernel = randomParameter([3, 3, 24, 16], seed: 2)
    let inputs = [randomTensor(shape, seed: 1), randomTensor(shape.doubled(channels: 8), seed: 4)]
    expectGradients(inputs: inputs, parameters: [kernel]) { variables, tape in
      convolve([upsample(variables[0], on: tape), variables[1]], kernel: kernel, bias: nil, on: tape)
    }
    let both = randomParameter([3, 3, 32, 16], seed: 3)
    expectGradients(inputs: [inputs[0]], parameters: [both]) { variables, tape in
      convolve([upsample(variables[0], on: tape), upsample(variables[0], on: tape)], kernel: both, bias: nil, on: tape)
    }
  }

  @Test("softmax sums to one, also at extreme logits")
  func softmaxExtremes() {
    let p = softmax(Tensor(Shape(1, 1, 2, 3), values: [1e4, -1e4, 1e4, 0, 0.6931472, -1e30])).values
    expectClose(p, [0.5, 0, 0.5, 1.0 / 3, 2.0 / 3, 0], absolute: 1e-6)
  }

  @Test("the softmax of any number of classes equals the plain one, up to extreme logits", arguments: 2...21)
  func softmaxInLanes(channels: Int) {
    for scale in [1, 30, 1e4, 1e30] as [Float] {
      let shape = Shape(1, 9, 11, channels)
      let x = randomTensor(shape, seed: 2).values.map { $0 * scale }
      let plain = stride(from: 0, to: x.count, by: channels).flatMap { start in
        [Float](unsafeUninitializedCapacity: channels) { buffer, count in
          guard let p = buffer.baseAddress else { return }
          plainSoftmax(Array(x[start..<start + channels]), channels, into: p)
          count = channels
        }
      }
      expectClose(softmax(Tensor(shape, values: x)).values, plain, absolute: 3e-7, relative: 1e-6)
    }
  }
}

extension Shape {
  fileprivate func doubled(channels: Int) -> Shape { Shape(batch, 2 * height, 2 * width, channels) }
}

/// Values of PyTorch, from Fixtures/operations.py.
@Suite struct ResizingGoldenTests {
  @Test("bilinear resizing and averages over bins equal PyTorch's")
  func golden() throws {
    let golden = try fixture("operations.safetensors")
    func values(_ key: String) throws -> [Float] {
      try #require(golden.arrays[key]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
    }
    let x = Tensor(Shape(2, 5, 7, 3), values: try values("x"))
    for (height, width) in [(9, 7), (3, 20), (1, 1), (40, 56)] {
      let y = resize(Variable(x), height: height, width: width, on: Tape(.inference)).tensor
      let key = "resize/\(height)x\(width)"
      expectClose(
        y.values, try values(key), shape: y.shape.extents, expectedShape: golden.arrays[key]?.shape, absolute: 1e-5, key
      )
    }
    for bins in [1, 2, 3, 6] {
      let y = averagePool(Variable(x), bins: bins, on: Tape(.inference)).tensor
      let key = "pool/\(bins)"
      expectClose(
        y.values, try values(key), shape: y.shape.extents, expectedShape: golden.arrays[key]?.shape, absolute: 1e-5, key
      )
    }
  }

  @Test("gradients of resizing and of averages agree with differences")
  func gradients() {
    let x = randomTensor(Shape(2, 5, 7, 3), seed: 1)
    expectGradients(inputs: [x]) { variables, tape in resize(variables[0], height: 9, width: 4, on: tape) }
    expectGradients(inputs: [x]) { variables, tape in resize(variables[0], height: 3, width: 16, on: tape) }
    for bins in [1, 3, 6] {
      expectGradients(inputs: [x]) { variables, tape in averagePool(variables[0], bins: bins, on: tape) }
    }
  }
}

@Suite struct TransposedConvolutionTests {
  @Test("each input pixel becomes a square of four products", arguments: [(3, 5), (16, 32), (16, 56)])
  func byPixel(_ inputs: Int, _ outputs: Int) {
    // More lines than are done at once.
    let shape = Shape(2, 9, 4, inputs)
    let x = randomTensor(shape, seed: 1)
    let kernel = randomParameter([2, 2, inputs, outputs], seed: 2)
    let bias = randomParameter([outputs], seed: 3)
    let (scale, shift) = (randomParameter([inputs], seed: 5).values, randomParameter([inputs], seed: 6).values)
    for activation in [nil, ChannelActivation(scale: scale, shift: shift)] {
      let y = transposedConvolve(
        Variable(x, activation: activation), kernel: kernel, bias: bias, on: Tape(.inference)
      ).tensor
      let seen = activation.map { Reference.activate(x, scale: array($0.scale), shift: array($0.shift)) } ?? x
      expectClose(
        y.values, Reference.transposedConvolve(seen, kernel: array(kernel.values), bias: array(bias.values)),
        shape: y.shape.extents, expectedShape: [2, 18, 8, outputs], absolute: 1e-5, relative: 1e-5)
    }
  }

  @Test("its gradients agree with differences", arguments: [(3, 16), (16, 16), (72, 40)])
  func gradients(_ inputs: Int, _ outputs: Int) {
    let kernel = randomParameter([2, 2, inputs, outputs], seed: 2)
    let bias = randomParameter([outputs], seed: 3, role: .offset)
    expectGradients(inputs: [randomTensor(Shape(2, 9, 4, inputs), seed: 1)], parameters: [kernel, bias]) {
      transposedConvolve($0[0], kernel: kernel, bias: bias, on: $1)
    }
  }
}
