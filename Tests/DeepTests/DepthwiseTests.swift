import CPixels
import Compute
import Deep
import Storage
import TestSupport
import Testing

/// What EfficientNet is made of against PyTorch; Fixtures/depthwise.py made the values.
@Suite struct DepthwiseTests {
  /// The stream that the fixtures' arrays are drawn from.
  private func uniform(_ count: Int, _ name: String) -> [Float] {
    var stream = RandomStream(seed: 7, RandomStream.key(name))
    return (0..<count).map { _ in stream.uniform(-1...1) }
  }

  private func parameter(_ extents: [Int], _ name: String, _ role: Parameter.Role = .kernel) -> Parameter {
    let values = uniform(extents.reduce(1, *), name)
    let buffer = FloatBuffer(count: values.count)
    for index in values.indices { buffer.pointer[index] = values[index] }
    return Parameter(name: name, extents: extents, role: role, values: buffer)
  }

  private func values(_ key: String, of golden: SafeTensors) throws -> [Float] {
    try #require(golden.arrays[key]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
  }

  /// Runs an operation on the stream's input and gradient, and compares.
  private func expectAgrees(
    _ key: String, _ shape: Shape, _ golden: SafeTensors, _ kernel: Parameter, _ operation: any NetworkOperation
  ) throws {
    let tape = Tape(.training(seed: 0, step: 0))
    let x = Variable(Tensor(shape, values: uniform(shape.count, "\(key)/x")), needsGradient: true)
    let y = tape.run(operation, [x])
    expectClose(y.tensor.values, try values("\(key)/y", of: golden), absolute: 1e-5, relative: 1e-5, key)
    y.setGradient(Tensor(y.shape, values: uniform(y.shape.count, "\(key)/g")))
    tape.backward()
    expectClose(
      x.currentGradient?.values ?? [], try values("\(key)/dx", of: golden), absolute: 1e-5, relative: 1e-5, key)
    expectClose(array(kernel.gradient), try values("\(key)/dk", of: golden), absolute: 1e-5, relative: 1e-5, key)
  }

  @Test("depthwise convolutions of all strides and paddings and their gradients are PyTorch's", arguments: [3, 5])
  func depthwise(_ size: Int) throws {
    let golden = try fixture("depthwise.safetensors")
    for stride in [1, 2] {
      for (padding, name) in [(Padding.symmetric, "symmetric"), (.least, "least")] {
        for (height, width) in [(6, 9), (7, 8)] {
          let key = "depthwise/\(size)/\(stride)/\(name)/\(height)x\(width)"
          let kernel = parameter([size, size, 24, 1], "\(key)/k")
          let operation = DepthwiseConvolution(kernel: kernel, bias: nil, stride: stride, padding: padding)
          try expectAgrees(key, Shape(1, height, width, 24), golden, kernel, operation)
        }
      }
    }
  }

  @Test("strided convolutions of both paddings and their gradients are PyTorch's", arguments: [1, 2])
  func strided(_ stride: Int) throws {
    let golden = try fixture("depthwise.safetensors")
    for (padding, name) in [(Padding.symmetric, "symmetric"), (.least, "least")] {
      let key = "convolution/\(stride)/\(name)"
      let kernel = parameter([3, 3, 3, 16], "\(key)/k")
      let operation = Convolution(kernel: kernel, bias: nil, stride: stride, padding: padding)
      try expectAgrees(key, Shape(2, 6, 9, 3), golden, kernel, operation)
    }
  }

  @Test("large depthwise convolutions, in pieces and through an activation, are what the reference gives")
  func pieces() {
    let shape = Shape(2, 70, 90, 40)
    let x = randomTensor(shape, seed: 1)
    let (scale, shift) = (randomParameter([40], seed: 2).values, randomParameter([40], seed: 3).values)
    let activation = ChannelActivation(.swish, scale: scale, shift: shift)
    let plain = Tensor(
      shape,
      values: x.values.enumerated().map { index, value in
        Reference.apply(.swish, value * scale.pointer[index % 40] + shift.pointer[index % 40])
      })
    for (size, stride) in [(3, 1), (5, 2)] {
      let kernel = randomParameter([size, size, 40, 1], seed: 4)
      let convolution = DepthwiseConvolution(kernel: kernel, bias: nil, stride: stride)
      let y = Tape(.inference).run(convolution, [Variable(x, activation: activation)])
      let expected = Reference.depthwise(plain, kernel: array(kernel.values), size: size, stride: stride)
      expectClose(y.tensor.values, expected, absolute: 1e-5, relative: 1e-5)
      expectGradients(inputs: [plain], parameters: [kernel]) { $1.run(convolution, $0) }
    }
  }

  @Test("activation functions and their slopes are PyTorch's", arguments: ActivationFunction.allCases)
  func functions(_ function: ActivationFunction) throws {
    guard function != .identity else { return }
    let golden = try fixture("depthwise.safetensors")
    let z = try values("functions/z", of: golden)
    let x = Variable(Tensor(Shape(1, 1, z.count, 1), values: z), needsGradient: true)
    let tape = Tape(.training(seed: 0, step: 0))
    let y = tape.run(Activation(function), [x])
    let name = "functions/\(function.rawValue)"
    expectClose(y.tensor.values, try values(name, of: golden), absolute: 1e-7, relative: 1e-6, name)
    expectClose(z.map { Reference.apply(function, $0) }, try values(name, of: golden), absolute: 1e-7, relative: 1e-6)
    y.setGradient(Tensor(y.shape, values: [Float](repeating: 1, count: z.count)))
    tape.backward()
    expectClose(
      x.currentGradient?.values ?? [], try values("\(name)/slope", of: golden), absolute: 1e-6, relative: 1e-5, name)
  }

  @Test("what isn't a number stays none", arguments: ActivationFunction.allCases)
  func notANumber(_ function: ActivationFunction) {
    let x = Variable(Tensor(Shape(1, 1, 1, 3), values: [1, .nan, -1]))
    let y = Tape(.inference).run(Activation(function), [x]).tensor.values
    #expect(!y[0].isNaN && y[1].isNaN && !y[2].isNaN)
  }

  @Test("squeeze and excitation after a frozen normalisation and its gradients are PyTorch's")
  func squeeze() throws {
    let golden = try fixture("depthwise.safetensors")
    let (mean, variance) = (
      parameter([24], "squeeze/mean", .statistic), parameter([24], "squeeze/variance", .statistic)
    )
    for c in 0..<24 { variance.values.pointer[c] += 2 }
    for statistic in [mean, variance] { statistic.isFrozen = true }
    let normalisation = BatchNormalisation(
      scale: parameter([24], "squeeze/scale", .offset), shift: parameter([24], "squeeze/shift", .offset), mean: mean,
      variance: variance, epsilon: 1e-5)
    let squeeze = SqueezeExcitation(
      reduce: (parameter([1, 1, 24, 6], "squeeze/reduce"), parameter([6], "squeeze/bias6", .offset)),
      expand: (parameter([1, 1, 6, 24], "squeeze/expand"), parameter([24], "squeeze/bias24", .offset)))
    let shape = Shape(2, 5, 6, 24)
    let x = Variable(Tensor(shape, values: uniform(shape.count, "squeeze/x")), needsGradient: true)
    let tape = Tape(.training(seed: 0, step: 0))
    let weighed = squeeze(Activation.swish(normalisation(Graph.pictures(shape)))).run(of: x, on: tape)
    expectClose(weighed.tensor.values, try values("squeeze/y", of: golden), absolute: 1e-6, relative: 1e-5)
    weighed.setGradient(Tensor(shape, values: uniform(shape.count, "squeeze/g")))
    tape.backward()
    let gradients =
      [("dx", x.currentGradient?.values ?? [])]
      + zip(
        ["scale", "shift", "reduce", "bias6", "expand", "bias24"],
        [normalisation.scale, normalisation.shift] + squeeze.parameters
      ).map { ("d\($0)", array($1.gradient)) }
    for (name, gradient) in gradients {
      expectClose(gradient, try values("squeeze/\(name)", of: golden), absolute: 1e-5, relative: 1e-4, name)
    }
    #expect(array(mean.values) == uniform(24, "squeeze/mean"), "frozen statistics have moved")
  }

  @Test("stochastic depth leaves out whole pictures, in proportion, the same on the way back; never in inference")
  func stochasticDepth() {
    let shape = Shape(400, 1, 2, 16)
    let x = Variable(Tensor(shape, values: [Float](repeating: 1, count: shape.count)), needsGradient: true)
    let depth = StochasticDepth(rate: 0.3, key: 4)
    let tape = Tape(.training(seed: 1, step: 2))
    let y = seen(tape.run(depth, [x]), on: tape)
    let pictures = stride(from: 0, to: shape.count, by: 32).map { Array(y.tensor.values[$0..<$0 + 32]) }
    let kept = pictures.count { $0 == [Float](repeating: 1 / 0.7, count: 32) }
    #expect(pictures.allSatisfy { Set($0).count == 1 } && (240...320).contains(kept))
    #expect(pictures.count { $0 == [Float](repeating: 0, count: 32) } == 400 - kept)
    let expected = y.tensor.values
    y.setGradient(Tensor(shape, values: [Float](repeating: 1, count: shape.count)))
    tape.backward()
    #expect(x.currentGradient?.values == expected)
    let inference = Tape(.inference)
    #expect(seen(inference.run(depth, [x]), on: inference).tensor.values == x.tensor.values)
  }

  @Test("a sum reads its inputs through their activations")
  func gatedSum() {
    let shape = Shape(2, 3, 4, 16)
    let (a, b) = (randomTensor(shape, seed: 1), randomTensor(shape, seed: 2))
    expectGradients(inputs: [a, b], step: 1e-2, relative: 1e-2) { inputs, tape in
      let depth = tape.run(StochasticDepth(rate: 0.5, key: 1), [inputs[0]])
      return tape.run(Sum(), [depth, inputs[1]])
    }
  }

  @Test("vectors of sixteen and of eight give the same bits, and of four nearly the same values")
  func lanes() throws {
    let lanes = [16, 8].filter { $0 <= pixels_lanes() } as [Int32]
    var shape = pixels_depthwise(
      height: 9, width: 37, rows: 5, columns: 19, channels: 108, size: 5, stride: 2, above: 2, left: 2)
    let (values, outputs) = (9 * 37 * 108, 5 * 19 * 108)
    let x = randomTensor(Shape(1, 9, 37, 108), seed: 1).values
    let g = randomTensor(Shape(1, 5, 19, 108), seed: 2).values
    let (kernel, scale, shift, gate) = (
      randomValues(25 * 108, seed: 3), randomValues(108, seed: 4), randomValues(108, seed: 5),
      randomValues(108, seed: 6)
    )
    func all(_ lanes: Int32, _ function: ActivationFunction) -> [[Float]] {
      let kind = pixels_function(UInt32(ActivationFunction.allCases.firstIndex(of: function) ?? 0))
      var results = [
        values, outputs, values, 25 * 108, values, 2 * 108, 108, values,
      ].map {
        [Float](repeating: 0, count: $0)
      }
      results[7] = x
      results[4] = x
      var scratch = [Float](repeating: 0, count: Int(pixels_depthwise_scratch(&shape)))
      scale.withUnsafeBufferPointer { scale in
        shift.withUnsafeBufferPointer { shift in
          gate.withUnsafeBufferPointer { gate in
            var a = pixels_activation(
              function: kind, scale: scale.baseAddress, shift: shift.baseAddress, gate: gate.baseAddress)
            pixels_activate(lanes, 9 * 37, 108, x, &a, &results[0])
            pixels_depthwise_forward(lanes, &shape, 0, 5, x, &a, kernel, kernel, kind, &results[1], &scratch)
            pixels_depthwise_input_gradient(lanes, &shape, 0, 9, g, kernel, false, &results[2], &scratch)
            pixels_depthwise_kernel_gradient(lanes, &shape, 0, 5, x, &a, g, &results[3], &scratch)
            pixels_gradient(lanes, 9 * 37, 108, &results[4], x, &a, scale.baseAddress, shift.baseAddress)
            pixels_gradient_sums(lanes, 9 * 37, 108, x, x, &a, &results[5])
            pixels_sums(lanes, 9 * 37, 108, x, x, &a, &results[6])
            pixels_scale(lanes, 9 * 37, 108, &results[7], scale.baseAddress, shift.baseAddress)
          }
        }
      }
      var (means, squares) = (results[6], results[6])
      pixels_moments(lanes, 9 * 37, 108, x, &means, &squares)
      var probabilities = x
      var (tops, sums) = ([Float](repeating: 0, count: 9 * 37), [Float](repeating: 0, count: 9 * 37))
      pixels_softmax(lanes, 9 * 37, 108, x, &probabilities, &tops, &sums)
      return results + [means, squares, probabilities, tops, sums]
    }
    for function in ActivationFunction.allCases {
      let plain = all(4, function)
      let wide = lanes.map { all($0, function) }
      for (place, values) in wide.joined().enumerated() {
        let expected = plain[place % plain.count]
        expectClose(values, expected, absolute: 1e-4, relative: 1e-4, "\(function), result \(place)")
      }
      if wide.count == 2 { #expect(wide[0] == wide[1], "\(function)") }
    }
  }
}
