import Compute
import Deep
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Batches cut into shards")
struct ShardTests {
  static let names = Networks.registry.names

  private struct Training {
    let network: String
    var shards = 4
    var precision = Precision.fp32
    var clipNorm: Float = 0
    /// Nil for the network's own.
    var dropout: Double?
    /// How many pictures each batch has; the last ones leave ranks without any.
    var batches = [4, 4, 3, 1]

    private static let side = 32

    private func picture(_ number: Int) -> (ImageData, [UInt8]) {
      var random = RandomStream(seed: 5, UInt64(number))
      let pixels = (0..<Self.side * Self.side * 3).map { _ in UInt8(random.integer(below: 256)) }
      let labels = (0..<Self.side * Self.side).map { _ in
        let label = random.integer(below: 4 + number % 3)
        return UInt8(min(label, 3))
      }
      return (ImageData(width: Self.side, height: Self.side, pixels: pixels), labels)
    }

    /// The losses on rank 0, and weights and optimizer memory on each rank.
    func run(ranks: Int) throws -> (losses: [Float], weights: [SafeTensors], states: [SafeTensors]) {
      let training = self
      let results = try ThreadCommunicator.run(ranks) { try training.run(on: $0) }
      return (results[0].losses, results.map(\.weights), results.map(\.state))
    }

    func run(
      on communicator: any Communicator
    ) throws -> (losses: [Float], weights: SafeTensors, state: SafeTensors) {
      let model = NetworkModel(
        try DeepTests.network(network, width: 0.125, dropout: dropout), classes: OutputClasses(count: 4, masked: 0),
        seed: 3)
      model.precision = precision
      let trainer = try Trainer(
        model, settings: UpdateSettings(learningRate: 1e-3, clipNorm: clipNorm), seed: 7, shards: shards,
        communicator: communicator)
      var (losses, first): ([Float], Int) = ([], 0)
      for count in batches {
        let own = trainer.cut(count).pictures(ofRank: communicator.rank).map { picture(first + $0) }
        losses.append(try trainer.step(pictures: own.map(\.0), labels: own.map(\.1), of: count))
        first += count
      }
      return (losses, model.safeTensors, trainer.state)
    }
  }

  @Test("One, two, three and four ranks give the same bits", arguments: names)
  func sameBits(_ name: String) throws {
    let training = Training(network: name)
    let alone = try training.run(ranks: 1)
    for ranks in 2...4 {
      let (losses, weights, states) = try training.run(ranks: ranks)
      #expect(losses == alone.losses)
      #expect(weights.allSatisfy { $0 == alone.weights[0] }, "\(ranks) ranks")
      #expect(states.allSatisfy { $0 == alone.states[0] }, "\(ranks) ranks")
    }
  }

  @Test(
    "So they do in bf16", .enabled(if: Precision.bf16.isAvailable),
    arguments: ["unet", "vgg-unet", "efficientnet-unet"])
  func sameBitsMixed(_ name: String) throws {
    let training = Training(network: name, precision: .bf16)
    let alone = try training.run(ranks: 1)
    for ranks in [2, 4] { #expect(try training.run(ranks: ranks).weights.allSatisfy { $0 == alone.weights[0] }) }
  }

  @Test("So they do where gradients are clipped, and with shards that ranks don't share evenly")
  func sameBitsClipped() throws {
    for training in [
      Training(network: "vgg-unet", clipNorm: 0.1), Training(network: "vgg-unet", shards: 3),
      Training(network: "unet-mini", shards: 7, batches: [8, 8, 2]),
    ] {
      let alone = try training.run(ranks: 1)
      for ranks in 2...3 { #expect(try training.run(ranks: ranks).weights.allSatisfy { $0 == alone.weights[0] }) }
    }
  }

  @Test("One shard gives the bits of a batch that isn't cut, on two ranks too")
  func oneShard() throws {
    let training = Training(network: "vgg-unet", shards: 1)
    let alone = try training.run(on: SingleProcess())
    #expect(try training.run(ranks: 2).weights.allSatisfy { $0 == alone.weights })
  }

  @Test("A batch has the same loss and gradients, cut or not, up to rounding", arguments: ["vgg-unet", "vgg-pspnet"])
  func sameSums(_ name: String) throws {
    func gradients(shards: Int) throws -> (loss: Float, moments: [Float], statistics: [Float]) {
      // Adam's mean is a tenth of the gradient after one step.
      let training = Training(network: name, shards: shards, dropout: 0, batches: [4])
      let (losses, weights, state) = try training.run(on: SingleProcess())
      func values(_ arrays: [String: SafeTensors.Array], _ ends: [String]) -> [Float] {
        arrays.keys.sorted().filter { key in ends.contains { key.hasSuffix($0) } }.flatMap {
          arrays[$0]?.values(Float.self, as: .float32) ?? []
        }
      }
      return (losses[0], values(state.arrays, [".mean"]), values(weights.arrays, [".mean", ".variance"]))
    }
    let whole = try gradients(shards: 1)
    let scale = whole.moments.map(\.magnitude).max() ?? 0
    #expect(scale > 0 && !whole.statistics.isEmpty)
    for shards in [2, 4] {
      let cut = try gradients(shards: shards)
      expectClose([cut.loss], [whole.loss], relative: 1e-4)
      expectClose(cut.moments, whole.moments, absolute: 1e-3 * scale)
      expectClose(cut.statistics, whole.statistics, absolute: 1e-5, relative: 1e-4)
    }
  }

  @Test("Without normalisation and dropout, loss and gradients are those of the shards by themselves")
  func sumOfShards() throws {
    let (pictures, labels) = simpleScenes(4, width: 32, height: 32)
    func model() throws -> NetworkModel {
      NetworkModel(try network("unet-mini", width: 0.5, dropout: 0), classes: eight, seed: 3)
    }
    let whole = try Trainer(try model(), seed: 7, shards: 4)
    let loss = try whole.step(pictures: pictures, labels: labels)
    var (losses, gradients): ([Float], [[[Float]]]) = ([], [])
    for shard in 0..<4 {
      let apart = try model()
      // Only the step by the gradient is of interest: it leaves a tenth of it in Adam's mean.
      let trainer = try Trainer(apart, seed: 7)
      losses.append(try trainer.step(pictures: [pictures[shard]], labels: [labels[shard]]))
      gradients.append(apart.parameters.map { means(of: trainer, $0) })
    }
    // Each pixel counts, so that each shard weighs a quarter, which changes no digit.
    let quarters = losses.map { 0.25 * Double($0) }
    #expect(loss == Float((quarters[0] + quarters[1]) + (quarters[2] + quarters[3])))
    for (place, parameter) in whole.model.parameters.enumerated() {
      let parts = gradients.map { $0[place] }
      let expected = parts[0].indices.map { index in
        let values = parts.map { $0[index] * 0.25 }
        return (values[0] + values[1]) + (values[2] + values[3])
      }
      // A tenth of a sum is not quite the sum of tenths.
      let largest = expected.map(\.magnitude).max() ?? 0
      expectClose(means(of: whole, parameter), expected, absolute: 2e-7 * largest, relative: 1e-6, parameter.name)
    }
  }

  /// What Adam keeps of a parameter's gradient.
  private func means(of trainer: Trainer, _ parameter: Parameter) -> [Float] {
    trainer.state.arrays["\(parameter.name).mean"]?.values(Float.self, as: .float32) ?? []
  }

  @Test("Batches are cut evenly, and each shard is on one rank")
  func cuts() {
    for pictures in 1...9 {
      for shards in 1...6 {
        for ranks in 1...7 {
          let cut = BatchCut(pictures: pictures, shards: shards, ranks: ranks)
          #expect((0..<cut.shards).flatMap(cut.pictures(of:)) == Array(0..<pictures))
          #expect((0..<cut.shards).allSatisfy { !cut.pictures(of: $0).isEmpty })
          #expect((0..<ranks).flatMap(cut.shards(of:)) == Array(0..<cut.shards))
          #expect((0..<ranks).flatMap(cut.pictures(ofRank:)) == Array(0..<pictures))
          #expect(cut.shards(of: 0).contains(0))
        }
      }
    }
  }
}
