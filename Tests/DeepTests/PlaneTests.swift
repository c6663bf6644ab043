import Compute
import Deep
import Foundation
import Storage
import TestSupport
import Testing

/// Operations on planes of bf16 against the plain references on the same rounded values, where the processor has AMX.
@Suite(.enabled(if: Precision.bf16.isAvailable)) struct PlaneTests {
  /// Values that bf16 holds exactly, so that a reference in Float sees the same.
  private func rounded(_ shape: Shape, seed: UInt64) -> Tensor {
    Tensor(shape, values: randomValues(shape.count, seed: seed).map(nearest))
  }

  private func parameter(_ extents: [Int], seed: UInt64, role: Parameter.Role = .kernel) -> Parameter {
    let parameter = randomParameter(extents, seed: seed, role: role)
    let values = array(parameter.values).map(nearest)
    for index in values.indices { parameter.values.pointer[index] = values[index] }
    return parameter
  }

  /// The nearest number of 8 significant bits, ties to even.
  private func nearest(_ x: Float) -> Float {
    let bits = x.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
  }

  /// Runs a graph with both precisions and the same random gradient, and expects all results to agree: every value to
  /// within a share of the largest, or where rounding may let a maximum pass elsewhere, the norm of the difference.
  private func compare(
    _ inputs: [Tensor], parameters: [Parameter] = [], relative: Float, byNorm: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation, _ make: (Node) -> Node
  ) {
    var results: [[(String, [Float])]] = []
    for precision in [Precision.fp32, .bf16] {
      let input = inputs[0]
      for parameter in parameters { parameter.gradient = nil }
      let tape = Tape(.training(seed: 1, step: 0), precision: precision)
      let variable = Variable(input, needsGradient: true)
      let output = make(Graph.pictures(input.shape)).run(of: variable, on: tape)
      output.setGradient(rounded(output.shape, seed: 99))
      let values = output.tensor.values
      tape.backward()
      results.append(
        [("result", values), ("gradient by the input", variable.currentGradient?.values ?? [])]
          + parameters.map { ($0.name, array($0.gradient)) })
    }
    for (plain, planes) in zip(results[0], results[1]) {
      let differences = zip(plain.1, planes.1).map { $1 - $0 }
      func size(_ values: [Float]) -> Float {
        byNorm
          ? Float(dot(values, values).squareRoot()) : values.reduce(0) { $1.isFinite ? max($0, abs($1)) : .infinity }
      }
      #expect(plain.1.count == planes.1.count, "\(plain.0)", sourceLocation: sourceLocation)
      let (error, scale) = (size(differences), size(plain.1))
      // Not a number is never close.
      let isClose = error <= relative * max(scale, 1e-6)
      #expect(isClose, "\(plain.0): \(error) of \(scale)", sourceLocation: sourceLocation)
    }
  }

  /// Widths that tiles of 16 pixels divide and others, single rows and columns, more and fewer than 32 channels.
  static let shapes = [
    Shape(2, 6, 16, 32), Shape(1, 13, 48, 64), Shape(3, 5, 7, 48), Shape(1, 1, 1, 32), Shape(2, 1, 33, 16),
    Shape(1, 40, 3, 96), Shape(2, 17, 64, 8),
  ]

  @Test("convolutions agree with those of Float to the rounding of results", arguments: shapes, [1, 3])
  func convolutions(_ shape: Shape, _ size: Int) {
    let first = Convolution(
      kernel: parameter([size, size, shape.channels, 64], seed: 2), bias: parameter([64], seed: 3, role: .offset))
    // A few outputs, as a head has: stored in Float.
    let head = Convolution(kernel: parameter([1, 1, 64, 5], seed: 4), bias: parameter([5], seed: 5, role: .offset))
    compare([rounded(shape, seed: 1)], parameters: first.parameters, relative: 1 / 128) { first($0) }
    compare([rounded(shape, seed: 1)], parameters: first.parameters + head.parameters, relative: 1 / 64) {
      head(first($0))
    }
  }

  @Test("planes that are half empty agree with those of Float", arguments: [8, 16, 48, 80], [1, 3])
  func halfPlanes(_ channels: Int, _ size: Int) {
    let first = Convolution(
      kernel: parameter([size, size, 32, channels], seed: 2), bias: parameter([channels], seed: 3, role: .offset))
    let second = Convolution(kernel: parameter([size, size, channels, 32], seed: 4), bias: nil)
    for shape in [Shape(2, 6, 16, 32), Shape(1, 5, 7, 32)] {
      compare([rounded(shape, seed: 1)], parameters: first.parameters + second.parameters, relative: 1 / 64) {
        second(first($0))
      }
      // The gradient of what two read is added up.
      compare([rounded(shape, seed: 1)], parameters: first.parameters, relative: 1 / 64) { input in
        let shared = first(input)
        return Sum()(second(MaxPooling()(Upsampling()(shared))), second(shared))
      }
    }
  }

  @Test("what has a form on planes for inference alone agrees with Float", arguments: ActivationFunction.allCases)
  func inference(_ function: ActivationFunction) {
    guard function != .sigmoid else { return }
    for (size, stride, padding, shape) in [
      (3, 1, Padding.symmetric, Shape(2, 6, 20, 48)), (3, 2, .least, Shape(2, 8, 18, 32)),
      (5, 1, .symmetric, Shape(1, 3, 2, 96)), (5, 2, .symmetric, Shape(3, 70, 9, 40)),
      (5, 2, .least, Shape(2, 7, 33, 80)),
    ] {
      let channels = shape.channels
      let normalisation = BatchNormalisation(
        scale: parameter([channels], seed: 2, role: .offset), shift: parameter([channels], seed: 3, role: .offset),
        mean: parameter([channels], seed: 4, role: .statistic),
        variance: parameter([channels], seed: 5, role: .statistic))
      for c in 0..<channels { normalisation.variance.values.pointer[c] += 2 }
      let convolution = DepthwiseConvolution(
        kernel: parameter([size, size, channels, 1], seed: 6), bias: nil, stride: stride, padding: padding)
      let expand = Convolution(kernel: parameter([1, 1, channels, channels], seed: 7), bias: nil)
      let squeeze = SqueezeExcitation(
        reduce: (parameter([1, 1, channels, 8], seed: 8), parameter([8], seed: 9, role: .offset)),
        expand: (parameter([1, 1, 8, channels], seed: 10), parameter([channels], seed: 11, role: .offset)))
      let input = rounded(shape, seed: 1)
      func values(_ precision: Precision) -> [Float] {
        let expanded = Activation(function)(normalisation(expand(Graph.pictures(shape))))
        let convolved = Activation(function)(normalisation(convolution(expanded)))
        let branch = StochasticDepth(rate: 0.5, key: 1)(squeeze(convolved))
        let result = Sum()(branch, convolved, squeeze(convolved))
        return result.run(of: Variable(input), on: Tape(.inference, precision: precision)).tensor.values
      }
      let (plain, planes) = (values(.fp32), values(.bf16))
      let largest = plain.reduce(0) { max($0, abs($1)) }
      expectClose(planes, plain, absolute: largest / 64, "\(function), \(size)x\(size) by \(stride)")
    }
  }

  @Test("kernels with many channels are cut into panels and groups", arguments: [1, 3])
  func manyChannels(_ size: Int) {
    let convolution = Convolution(kernel: parameter([size, size, 288, 320], seed: 2), bias: nil)
    compare([rounded(Shape(2, 4, 16, 288), seed: 1)], parameters: convolution.parameters, relative: 1 / 128) {
      convolution($0)
    }
  }

  @Test("pictures of three channels are read as squares of 3x3", arguments: [Shape(2, 8, 16, 3), Shape(3, 5, 7, 3)])
  func pictures(_ shape: Shape) {
    let first = Convolution(kernel: parameter([3, 3, 3, 32], seed: 2), bias: parameter([32], seed: 3, role: .offset))
    let second = Convolution(kernel: parameter([3, 3, 32, 32], seed: 4), bias: nil)
    compare([rounded(shape, seed: 1)], parameters: first.parameters + second.parameters, relative: 1 / 64) {
      second(first($0))
    }
  }

  @Test("normalised convolutions, concatenation and pooling agree with those of Float", arguments: [32, 48, 64])
  func blocks(_ channels: Int) {
    func normalised(_ inputs: Int, _ seed: UInt64, offset: Float) -> (Convolution, BatchNormalisation) {
      let convolution = Convolution(
        kernel: parameter([3, 3, inputs, channels], seed: seed),
        bias: parameter([channels], seed: seed + 1, role: .offset))
      let normalisation = BatchNormalisation(
        scale: parameter([channels], seed: seed + 2, role: .offset),
        shift: parameter([channels], seed: seed + 3, role: .offset),
        mean: parameter([channels], seed: seed + 4, role: .statistic),
        variance: parameter([channels], seed: seed + 5, role: .statistic))
      for c in 0..<channels { normalisation.shift.values.pointer[c] += offset }
      return (convolution, normalisation)
    }
    let transposed = TransposedConvolution(
      kernel: parameter([2, 2, channels, channels], seed: 30), bias: parameter([channels], seed: 31, role: .offset))
    let shape = Shape(2, 8, 12, channels)
    // Far from zero no rounding lets a rectifier switch; else some values in a thousand do, and gradients differ by as
    // many, which is a twentieth of their norm.
    for (offset, pools, relative) in [(8 as Float, false, 1 / 64 as Float), (0, true, 1 / 10)] {
      let (first, second) = (normalised(channels, 10, offset: offset), normalised(2 * channels, 20, offset: offset))
      let parameters =
        [first.0.parameters[0], second.0.parameters[0]] + first.1.parameters.prefix(2) + second.1.parameters.prefix(2)
        + transposed.parameters
      compare([rounded(shape, seed: 1)], parameters: parameters, relative: relative, byNorm: true) { input in
        let skip = Activation.relu(first.1(first.0(input)))
        let below = pools ? MaxPooling()(skip) : AveragePooling(bins: 4)(skip)
        let risen = pools ? transposed(below) : Resizing(height: 8, width: 12)(transposed(below))
        return Activation.relu(second.1(second.0(risen, skip)))
      }
    }
    compare([rounded(shape, seed: 1)], parameters: transposed.parameters, relative: 1 / 64) { transposed($0) }
    compare([rounded(shape, seed: 1)], relative: 1 / 64) { transposed(MaxPooling()($0)) }
    compare([rounded(shape, seed: 1)], parameters: transposed.parameters, relative: 1 / 32) {
      transposed(Upsampling()(transposed($0)))
    }
  }

  @Test("planes are split and put together as values of Float, to the bit", arguments: [2, 3], [32, 48, 8])
  func interleaving(_ factor: Int, _ channels: Int) {
    let x = rounded(Shape(factor * factor, 2 * factor, 4 * factor, channels), seed: 1)
    compare([x], relative: 0) { SpaceToBatch(factor: factor)($0) }
    compare([x], relative: 0) { BatchToSpace(factor: factor)($0) }
    let kernel = parameter([3, 3, channels, channels], seed: 2)
    compare([x], parameters: [kernel], relative: 1 / 64) { input in
      let convolved = Convolution(kernel: kernel, bias: nil)(SpaceToBatch(factor: factor)(input))
      return BatchToSpace(factor: factor)(convolved)
    }
  }

  @Test("a maximum is taken as a convolution stores, in inference", arguments: [(8, 32), (6, 16), (14, 48), (6, 20)])
  func pooledConvolutions(_ height: Int, _ width: Int) {
    let convolution = Convolution(
      kernel: parameter([3, 3, 32, 64], seed: 2), bias: parameter([64], seed: 3, role: .offset))
    let input = rounded(Shape(3, height, width, 32), seed: 1)
    func values(_ mode: PassMode) -> [Float] {
      let pooled = MaxPooling()(Activation.relu(convolution(Graph.pictures(input.shape))))
      return pooled.run(of: Variable(input), on: Tape(mode, precision: .bf16)).tensor.values
    }
    #expect(values(.inference) == values(.training(seed: 1, step: 0)))
  }

  @Test("dropout zeroes the share that it is told, and the gradient of the same values")
  func dropout() {
    let convolution = Convolution(kernel: parameter([1, 1, 32, 64], seed: 2), bias: nil)
    let input = Tensor(Shape(2, 32, 48, 32), values: [Float](repeating: 1, count: 2 * 32 * 48 * 32))
    func pass(step: UInt64) -> (values: [Float], gradient: [Float]) {
      let tape = Tape(.training(seed: 3, step: step), precision: .bf16)
      let variable = Variable(input, needsGradient: true)
      let dropped = Dropout(rate: 0.25, key: 7)(Activation.relu(convolution(Graph.pictures(input.shape))))
      let output = dropped.run(of: variable, on: tape)
      output.setGradient(Tensor(output.shape, values: [Float](repeating: 1, count: output.shape.count)))
      let values = output.tensor.values
      tape.backward()
      return (values, variable.currentGradient?.values ?? [])
    }
    let (first, again, other) = (pass(step: 1), pass(step: 1), pass(step: 2))
    #expect(first.values == again.values)
    #expect(first.gradient == again.gradient)
    #expect(first.values != other.values)
    // Of the outputs that are positive without dropout, those of one channel are all equal.
    let plain = (0..<64).map { c in
      (0..<32).reduce(Float(0)) { $0 + convolution.parameters[0].values.pointer[$1 * 64 + c] }
    }
    var (kept, all) = (0, 0)
    for (index, value) in first.values.enumerated() where plain[index % 64] > 0.1 {
      all += 1
      kept += value > 0 ? 1 : 0
      #expect(value == 0 || abs(value - plain[index % 64] / 0.75) < 0.02 * plain[index % 64])
    }
    #expect(abs(Double(kept) / Double(all) - 0.75) < 0.01)
  }

  /// At this small step size all of them go down without jumps, in which a rounding would grow.
  @Test(
    "networks follow those of Float for twenty steps of Adam within a percent of the first loss, with any thread count",
    arguments: ["unet-mini", "unet", "vgg-unet", "vgg-pspnet", "vgg-pspnet/8", "fcn8"])
  func networks(_ name: String) throws {
    let (pictures, labels) = simpleScenes(2, width: 96, height: 64)
    func train(_ precision: Precision, threads: Int = 2) throws -> (losses: [Float], model: NetworkModel) {
      let before = Parallel.threadCount
      defer { Parallel.threadCount = before }
      Parallel.threadCount = threads
      let model = NetworkModel(try network(name, width: 0.5, dropout: 0), classes: eight, seed: 3)
      model.precision = precision
      let trainer = try Trainer(model, settings: UpdateSettings(learningRate: 1e-4), seed: 1)
      return (try (0..<20).map { _ in try trainer.step(pictures: pictures, labels: labels) }, model)
    }
    let (plain, planes, again) = (try train(.fp32), try train(.bf16), try train(.bf16, threads: 1))
    #expect(planes.losses == again.losses)
    for (a, b) in zip(planes.model.parameters, again.model.parameters) { #expect(array(a.values) == array(b.values)) }
    for (step, (a, b)) in zip(plain.losses, planes.losses).enumerated() {
      #expect(abs(a - b) < 0.01 * plain.losses[0], "step \(step): \(a) in Float, \(b)")
    }
  }
}
