import Compute
import Deep
import TestSupport
import Testing

@Suite struct LossTests {
  @Test("cross-entropy is -log p of the truth, averaged over the pixels that count")
  func byHand() {
    let logits = Tensor(Shape(1, 1, 3, 2), values: [0, 0, 1.0986123, 0, 5, -5])
    let result = crossEntropy(logits: logits, targets: Targets(classes: [0, 1, Targets.ignored]))
    // -log 1/2 and -log 1/4.
    expectClose([result.value], [(0.6931472 + 1.3862944) / 2], absolute: 1e-6)
    expectClose(result.gradient.values, [-0.25, 0.25, 0.375, -0.375, 0, 0], absolute: 1e-6)
  }

  @Test("cross-entropy is exact at extreme logits")
  func extremes() {
    let logits = Tensor(Shape(1, 1, 2, 3), values: [1e4, -1e4, 0, 3e38, -3e38, 0])
    let result = crossEntropy(logits: logits, targets: Targets(classes: [1, 0]))
    expectClose([result.value], [1e4], relative: 1e-6)
    expectClose(result.gradient.values, [0.5, -0.5, 0, 0, 0, 0], absolute: 1e-6)
  }

  @Test("a batch without a pixel that counts has loss and gradient zero")
  func nothingCounts() {
    let logits = randomTensor(Shape(1, 2, 2, 8), seed: 1)
    let result = crossEntropy(
      logits: logits, targets: Targets(classes: [UInt8](repeating: Targets.ignored, count: 4)))
    #expect(result.value == 0)
    #expect(result.gradient.values.allSatisfy { $0 == 0 })
  }
}
