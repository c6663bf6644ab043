import Compute
import Deep
import Settings
import TestSupport
import Testing

@Suite struct LossTests {
  /// Losses as Fixtures/operations.py names them.
  static let choices: [String: Choice] = [
    "ce": "ce", "ce smoothed": Choice("ce", ["labelSmoothing": .number(0.1)]), "kl": "kl",
    "kl smoothed": Choice("kl", ["labelSmoothing": .number(0.1)]), "dice": "dice", "ce+dice": "ce+dice",
    "focal-tversky": "focal-tversky",
  ]

  @Test(
    "values and gradients are PyTorch's, with ignored pixels, at gentle and at extreme logits",
    arguments: choices.keys.sorted() + ["ce weighted"])
  func golden(_ name: String) throws {
    let golden = try fixture("operations.safetensors")
    func values(_ key: String) throws -> [Float] {
      try #require(golden.arrays[key]?.values(Float.self, as: .float32), "\(key) is not in the fixture")
    }
    let targets = Targets(classes: try values("classes").map { UInt8($0) })
    for scale in [1, 4, 30] {
      let logits = Tensor(Shape(1, 6, 10, 8), values: try values("logits/\(scale)"))
      let result =
        try Self.choices[name].map {
          try Losses.registry.make($0).evaluate(logits: logits, targets: targets)
        } ?? crossEntropy(logits: logits, targets: targets, classWeights: try values("weights"))
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

  @Test("every loss is finite at the largest logits, its gradient too", arguments: Losses.registry.names)
  func extremes(_ name: String) throws {
    let logits = Tensor(Shape(1, 1, 2, 8), values: [1e4, -1e4, 0, 0, 0, 0, 0, 0, 1e30, -1e30, 0, 0, 0, 0, 0, 0])
    for classes in [[0, 0], [1, 1], [1, 0], [2, 7]] as [[UInt8]] {
      let result = try Losses.registry.make(Choice(name)).evaluate(logits: logits, targets: Targets(classes: classes))
      #expect(result.value.isFinite)
      #expect(result.gradient.values.allSatisfy { $0.isFinite })
    }
  }

  @Test("a batch without a pixel that counts has loss and gradient zero", arguments: Losses.registry.names)
  func nothingCounts(_ name: String) throws {
    let logits = randomTensor(Shape(1, 2, 2, 8), seed: 1)
    let targets = Targets(classes: [UInt8](repeating: Targets.ignored, count: 4))
    let result = try Losses.registry.make(Choice(name)).evaluate(logits: logits, targets: targets)
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

  @Test("focal Tversky's settings are its weights and exponent: all 1/2 and 1 it is dice over present classes")
  func tverskySettings() throws {
    let logits = randomTensor(Shape(1, 8, 8, 8), seed: 1)
    let targets = Targets(classes: (0..<64).map { UInt8($0 % 5) })
    let settings: [String: Setting] = ["fnWeight": .number(0.5), "fpWeight": .number(0.5), "gamma": .whole(1)]
    let result = try Losses.registry.make(Choice("focal-tversky", settings)).evaluate(logits: logits, targets: targets)
    let expected = dice(logits: logits, targets: targets)
    expectClose([result.value], [expected.value], absolute: 1e-5)
    expectClose(result.gradient.values, expected.gradient.values, absolute: 1e-6)
  }

  @Test("cross-entropy asks for the counts of pixels where it weighs classes, a masked class left out")
  func preparing() throws {
    let classes = OutputClasses(count: 3, masked: 1)
    let counts = [10, 1000, 30]
    var weighted = CrossEntropyLoss()
    weighted.classWeights = .inverse
    let model = try NetworkModel(network("unet-mini", width: 0.125), classes: classes, seed: 1)
    let loss = try Trainer(model, loss: weighted, seed: 1, pixelCounts: { counts }).loss
    let logits = randomTensor(Shape(1, 2, 2, 2), seed: 1)
    let targets = Targets(classes: [0, 1, 1, 0])
    let expected = crossEntropy(logits: logits, targets: targets, classWeights: [1.5, 0.5])
    expectClose([loss.evaluate(logits: logits, targets: targets).value], [expected.value], absolute: 1e-6)
    for name in Losses.registry.names {
      let loss = try Losses.registry.make(Choice(name))
      _ = try Trainer(model, loss: loss, seed: 1, pixelCounts: { throw DeepError.badBatch(reason: "counted") })
    }
    #expect(throws: DeepError.badBatch(reason: "counted")) {
      try Trainer(model, loss: weighted, seed: 1, pixelCounts: { throw DeepError.badBatch(reason: "counted") })
    }
  }

  @Test("a target beyond the channels stops the program, in every loss", arguments: Losses.registry.names)
  func targetBeyondChannels(_ name: String) async {
    await #expect(processExitsWith: .failure) { [name] in
      let loss = try Losses.registry.make(Choice(name))
      _ = loss.evaluate(
        logits: Tensor(Shape(1, 1, 1, 8), values: [Float](repeating: 0, count: 8)), targets: Targets(classes: [200]))
    }
  }

  @Test("class weights follow the frequencies; absent classes weigh nothing")
  func weighting() throws {
    #expect(CrossEntropyLoss.ClassWeighting.none.weights(counts: [1, 2]) == nil)
    #expect(CrossEntropyLoss.ClassWeighting.inverse.weights(counts: [0, 0]) == nil)
    expectClose(try #require(CrossEntropyLoss.ClassWeighting.median.weights(counts: [0, 10, 20, 40])), [0, 2, 1, 0.5])
    let inverse = try #require(CrossEntropyLoss.ClassWeighting.inverse.weights(counts: [0, 10, 20, 40]))
    expectClose(inverse, [0, 12.0 / 7, 6.0 / 7, 3.0 / 7], absolute: 1e-6)
  }
}
