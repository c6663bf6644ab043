import Compute
import Deep
import Settings
import Storage
import TestSupport
import Testing

@Suite struct InterleavingTests {
  static let cases = [(Shape(2, 4, 6, 8), 2), (Shape(1, 2, 2, 3), 2), (Shape(3, 6, 9, 20), 3), (Shape(1, 3, 5, 8), 1)]

  @Test("pictures are split as the plain form says, and put together again to the bit", arguments: cases)
  func permutation(_ shape: Shape, _ factor: Int) {
    let x = randomTensor(shape, seed: 1)
    let tape = Tape(.inference)
    let split = tape.run(SpaceToBatch(factor: factor), [Variable(x)])
    expectClose(
      split.tensor.values, Reference.spaceToBatch(x, factor: factor), shape: split.shape.extents,
      expectedShape: [
        shape.batch * factor * factor, shape.height / factor, shape.width / factor, shape.channels,
      ])
    let joined = tape.run(BatchToSpace(factor: factor), [split])
    #expect(joined.shape == shape && joined.tensor.values == x.values)
  }

  @Test("an activation is applied on the way, in either direction")
  func activated() {
    let x = randomTensor(Shape(4, 4, 6, 16), seed: 1)
    let (scale, shift) = (randomParameter([16], seed: 5).values, randomParameter([16], seed: 6).values)
    let seen = Reference.activate(x, scale: array(scale), shift: array(shift))
    for operation in [SpaceToBatch(factor: 2), BatchToSpace(factor: 2)] as [any NetworkOperation] {
      let variable = Variable(x, activation: ChannelActivation(scale: scale, shift: shift))
      let result = Tape(.inference).run(operation, [variable]).tensor.values
      expectClose(result, Tape(.inference).run(operation, [Variable(seen)]).tensor.values, absolute: 1e-6)
    }
  }

  @Test("gradients are the other's, and add up")
  func gradients() {
    let x = randomTensor(Shape(4, 4, 6, 5), seed: 1)
    expectGradients(inputs: [x]) { $1.run(SpaceToBatch(factor: 2), $0) }
    expectGradients(inputs: [x]) { $1.run(BatchToSpace(factor: 2), $0) }
    expectGradients(inputs: [x]) { inputs, tape in
      let split = tape.run(SpaceToBatch(factor: 2), inputs)
      return tape.run(Sum(), [tape.run(BatchToSpace(factor: 2), [split]), inputs[0]])
    }
  }

  /// The kernel of 3x3 goes by Winograd with 8 channels and by products with 5.
  @Test("a convolution of split pictures is a dilated one of the whole", arguments: [5, 8], [1, 2, 3])
  func dilation(_ channels: Int, _ factor: Int) {
    let x = randomTensor(Shape(2, 6, 12, channels), seed: 1)
    let kernel = randomParameter([3, 3, channels, 8], seed: 2)
    let tape = Tape(.inference)
    let split = convolve([tape.run(SpaceToBatch(factor: factor), [Variable(x)])], kernel: kernel, bias: nil, on: tape)
    let y = tape.run(BatchToSpace(factor: factor), [split]).tensor.values
    let expected = Reference.convolve(
      x, kernel: array(kernel.values), bias: [Float](repeating: 0, count: 8), size: 3, dilation: factor)
    expectClose(y, expected, absolute: 1e-4, relative: 1e-4)
  }

  @Test("dilated convolutions and their gradients are PyTorch's")
  func golden() throws {
    let golden = try fixture("operations.safetensors")
    func values(_ key: String) throws -> [Float] {
      try #require(golden.arrays["dilated/\(key)"]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
    }
    func parameter(_ key: String, _ extents: [Int], _ role: Parameter.Role) throws -> Parameter {
      let parameter = randomParameter(extents, seed: 1, role: role)
      for (index, value) in try values(key).enumerated() { parameter.values.pointer[index] = value }
      return parameter
    }
    let convolution = Convolution(
      kernel: try parameter("kernel", [3, 3, 8, 16], .kernel), bias: try parameter("bias", [16], .offset))
    let x = Variable(Tensor(Shape(2, 4, 6, 8), values: try values("x")), needsGradient: true)
    let graph = Graph.pictures(x.shape)
    let tape = Tape(.training(seed: 1, step: 0))
    let y = BatchToSpace(factor: 2)(convolution(SpaceToBatch(factor: 2)(graph))).run(of: x, on: tape)
    expectClose(y.tensor.values, try values("y"), absolute: 1e-4, "result")
    y.setGradient(Tensor(y.shape, values: try values("weights")))
    tape.backward()
    expectClose(x.currentGradient?.values ?? [], try values("gradient/x"), absolute: 1e-4, "gradient by the input")
    for (parameter, name) in zip(convolution.parameters, ["kernel", "bias"]) {
      expectClose(array(parameter.gradient), try values("gradient/\(name)"), absolute: 1e-4, "gradient by the \(name)")
    }
  }
}

@Suite struct OutputStrideTests {
  @Test("features are as fine as the output stride says, block 5 dilated where its pooling is left out")
  func layers() throws {
    for (stride, size, dilation) in [(32, 4, 1), (16, 8, 1), (8, 16, 2)] {
      let layers = try network("vgg-pspnet/\(stride)").layers(classes: eight, height: 128, width: 256)
      let merge = try #require(layers.first { $0.name == "merge" })
      #expect(merge.height == size && merge.width == 2 * size && merge.dilation == 1)
      let last = layers.filter { $0.name.hasPrefix("encoder.block5") }
      #expect(last.count == 3 && last.allSatisfy { $0.dilation == dilation })
      #expect(last.allSatisfy { $0.height == (stride == 8 ? 16 : 8) })
    }
  }

  @Test("a stride that is none of the three is refused with the bound")
  func refused() throws {
    #expect(
      throws: SettingError.invalid(setting: "outputStride", value: "4", bound: "one of 8, 16, 32")
    ) { try network("vgg-pspnet/4") }
    #expect(throws: SettingError.self) { try network("vgg-unet/8") }
  }

  @Test("models stored before there were strides are of stride 32, and open")
  func storedBefore() throws {
    let model = try NetworkModel(network("vgg-pspnet", width: 0.125), classes: eight, seed: 1)
    var stored = model.safeTensors
    stored.metadata["settings"] = #"{"width":0.125}"#
    let opened = try NetworkModel(from: stored, unnamed: eight)
    #expect(opened.safeTensors == model.safeTensors)
    let fine = try NetworkModel(network("vgg-pspnet/8", width: 0.125), classes: eight, seed: 1)
    #expect(fine.safeTensors.arrays == stored.arrays && fine.safeTensors.metadata != model.safeTensors.metadata)
  }
}
