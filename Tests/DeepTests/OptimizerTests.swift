import Compute
import Deep
import Settings
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// The kernel and bias of a network's head before and after one step, with their gradients.
  private func step(_ optimizer: any Optimizer, _ settings: UpdateSettings, steps: Int = 1) throws -> [(
    before: [Float], gradient: [Float], after: [Float]
  )] {
    let model = try NetworkModel(network("unet-mini", width: 0.25, dropout: 0), classes: eight, seed: 1)
    let trainer = try Trainer(model, optimizer: optimizer, settings: settings, seed: 1)
    let x = randomTensor(Shape(1, 8, 8, 3), seed: 2)
    let targets = Targets(classes: (0..<64).map { UInt8($0 % 8) })
    let head = model.parameters.suffix(2)
    let before = head.map { array($0.values) }
    _ = trainer.gradients(x, targets)
    let gradients = head.map { array($0.gradient) }
    for _ in 0..<steps { _ = trainer.step(x, targets) }
    return zip(zip(before, gradients), head).map { ($0.0, $0.1, array($1.values)) }
  }

  @Test("the first step of SGD is the gradient times the rate")
  func gradientDescent() throws {
    for (before, gradient, after) in try step(SGD(), UpdateSettings(learningRate: 0.5)) {
      expectClose(after, zip(before, gradient).map { $0 - 0.5 * $1 }, absolute: 1e-6)
    }
  }

  @Test("the first step of Adam is the rate in the gradient's direction")
  func adam() throws {
    for (before, gradient, after) in try step(Adam(), UpdateSettings(learningRate: 0.01)) {
      expectClose(after, zip(before, gradient).map { $0 - 0.01 * $1 / (abs($1) + 1e-8) }, absolute: 1e-6)
    }
  }

  @Test("decay shrinks kernels, not biases")
  func decay() throws {
    let parts = try step(SGD(), UpdateSettings(learningRate: 0.5, weightDecay: 0.1))
    for (index, (before, gradient, after)) in parts.enumerated() {
      let keep: Float = index == 0 ? 0.95 : 1
      expectClose(after, zip(before, gradient).map { keep * $0 - 0.5 * $1 }, absolute: 1e-6)
    }
  }

  @Test("clipping brings the norm of all gradients down to the bound, and leaves smaller ones")
  func clipping() throws {
    let plain = try step(SGD(), UpdateSettings(learningRate: 1))
    let unclipped = try step(SGD(), UpdateSettings(learningRate: 1, clipNorm: 1e6))
    #expect(unclipped.map(\.after) == plain.map(\.after))
    let clipped = try step(SGD(), UpdateSettings(learningRate: 1, clipNorm: 1e-3))
    let moved = clipped.flatMap { zip($0.before, $0.after).map { $1 - $0 } }
    let gradient = plain.flatMap(\.gradient)
    let (length, whole) = (dot(moved, moved).squareRoot(), dot(gradient, gradient).squareRoot())
    #expect(length < 1e-3 * 1.01)
    // Float steps of about 1e-5 on weights of about 0.1 keep three digits.
    expectClose([dot(moved, gradient) / (length * whole)], [-1], absolute: 1e-3)
  }

  @Test("momentum keeps its share of the last movement")
  func momentum() throws {
    let one = try step(SGD(), UpdateSettings(learningRate: 1e-4), steps: 1)
    let two = try step(SGD(), UpdateSettings(learningRate: 1e-4), steps: 2)
    // With so small a rate the gradient hardly changes: the second movement is 1.9 times the first.
    for (first, second) in zip(one, two) {
      let (a, b) = (zip(first.before, first.after).map { $1 - $0 }, zip(second.before, second.after).map { $1 - $0 })
      expectClose([dot(b, a) / dot(a, a)], [2.9], absolute: 0.02)
    }
  }
}
