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

  /// Runs a graph of `operations` on both precisions, with the same random gradient.
  private func compare(
    _ inputs: [Tensor], parameters: [Parameter] = [], relative: Float,
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
      let scale = plain.1.reduce(0) { max($0, abs($1)) }
      #expect(plain.1.count == planes.1.count, "\(plain.0)", sourceLocation: sourceLocation)
      let error = zip(plain.1, planes.1).reduce(Float(0)) { $1.1.isFinite ? max($0, abs($1.0 - $1.1)) : .infinity }
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

  @Test("kernels with many channels are cut into panels and groups", arguments: [1, 3])
  func manyChannels(_ size: Int) {
    let convolution = Convolution(kernel: parameter([size, size, 288, 320], seed: 2), bias: nil)
    compare([rounded(Shape(2, 4, 16, 288), seed: 1)], parameters: convolution.parameters, relative: 1 / 128) {
      convolution($0)
    }
  }
}
