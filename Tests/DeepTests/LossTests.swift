import Compute
import Deep
import TestSupport
import Testing

@Suite struct LossTests {
  /// A loss with its settings, as Fixtures/operations.py names it.
  private func evaluate(_ name: String, _ logits: Tensor, _ targets: Targets, weights: [Float]) throws -> LossResult {
    switch name {
    case "ce": crossEntropy(logits: logits, targets: targets)
    case "ce smoothed": crossEntropy(logits: logits, targets: targets, labelSmoothing: 0.1)
    case "ce weighted": crossEntropy(logits: logits, targets: targets, classWeights: weights)
    case "kl": divergence(logits: logits, targets: targets)
    case "kl smoothed": divergence(logits: logits, targets: targets, labelSmoothing: 0.1)
    case "dice": dice(logits: logits, targets: targets)
    case "ce+dice": crossEntropyAndDice(logits: logits, targets: targets)
    case "focal-tversky": focalTversky(logits: logits, targets: targets)
    default: throw DeepError.unknown(what: "loss", name: name, known: [])
    }
  }

  @Test(
    "values and gradients are PyTorch's, with ignored pixels, at gentle and at extreme logits",
    arguments: ["ce", "ce smoothed", "ce weighted", "kl", "kl smoothed", "dice", "ce+dice", "focal-tversky"])
  func golden(_ name: String) throws {
    let golden = try fixture("operations.safetensors")
    func values(_ key: String) throws -> [Float] {
      try #require(golden.arrays[key]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
    }
    let targets = Targets(classes: try values("classes").map { UInt8($0) })
    for scale in [1, 4, 30] {
      let logits = Tensor(Shape(1, 6, 10, 8), values: try values("logits/\(scale)"))
      let result = try evaluate(name, logits, targets, weights: try values("weights"))
      expectClose([result.value], try values("\(name)/\(scale)/value"), absolute: 1e-5, relative: 1e-5, name)
      expectClose(
        result.gradient.values, try values("\(name)/\(scale)/gradient"), absolute: 1e-6, relative: 1e-3,
        "gradient of \(name) at \(scale)")
    }
  }

  @Test("cross-entropy is -log p of the truth, averaged over the pixels that count")
  func byHand() {
    let logits = Tensor(Shape(1, 1, 3, 2), values: [0, 0, 1.0986123, 0, 5, -5])
    let result = crossEntropy(logits: logits, targets: Targets(classes: [0, 1, Targets.ignored]))
    // -log 1/2 and -log 1/4.
    expectClose([result.value], [(0.6931472 + 1.3862944) / 2], absolute: 1e-6)
    expectClose(result.gradient.values, [-0.25, 0.25, 0.375, -0.375, 0, 0], absolute: 1e-6)
  }

  @Test("every loss is finite at the largest logits, its gradient too", arguments: Losses.all.map(\.name))
  func extremes(_ name: String) throws {
    let logits = Tensor(Shape(1, 1, 2, 8), values: [1e4, -1e4, 0, 0, 0, 0, 0, 0, 1e30, -1e30, 0, 0, 0, 0, 0, 0])
    for classes in [[0, 0], [1, 1], [1, 0], [2, 7]] as [[UInt8]] {
      let result = try evaluate(name, logits, Targets(classes: classes), weights: [])
      #expect(result.value.isFinite)
      #expect(result.gradient.values.allSatisfy { $0.isFinite })
    }
  }

  @Test("a batch without a pixel that counts has loss and gradient zero", arguments: Losses.all.map(\.name))
  func nothingCounts(_ name: String) throws {
    let logits = randomTensor(Shape(1, 2, 2, 8), seed: 1)
    let targets = Targets(classes: [UInt8](repeating: Targets.ignored, count: 4))
    let result = try evaluate(name, logits, targets, weights: [])
    #expect(result.value == 0)
    #expect(result.gradient.values.allSatisfy { $0 == 0 })
  }

  @Test("on one-hot targets divergence and cross-entropy differ by the clipping only")
  func divergenceIsEntropy() {
    let logits = randomTensor(Shape(1, 8, 8, 8), seed: 1)
    let targets = Targets(classes: (0..<64).map { UInt8($0 % 8) })
    let (a, b) = (divergence(logits: logits, targets: targets), crossEntropy(logits: logits, targets: targets))
    expectClose([a.value], [b.value], absolute: 1.2e-5)
    expectClose(a.gradient.values, b.gradient.values, absolute: 1e-6)
    #expect(a.value != b.value)
  }

  @Test("class weights follow the frequencies; absent classes weigh nothing")
  func weighting() throws {
    #expect(ClassWeighting.none.weights(counts: [1, 2]) == nil)
    #expect(ClassWeighting.inverse.weights(counts: [0, 0]) == nil)
    expectClose(try #require(ClassWeighting.median.weights(counts: [0, 10, 20, 40])), [0, 2, 1, 0.5])
    let inverse = try #require(ClassWeighting.inverse.weights(counts: [0, 10, 20, 40]))
    expectClose(inverse, [0, 12.0 / 7, 6.0 / 7, 3.0 / 7], absolute: 1e-6)
  }
}
