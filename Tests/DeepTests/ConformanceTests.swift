import Compute
import Deep
import Foundation
import Storage
import TestSupport
import Testing

/// What every network must do. Serialized: the thread count is the process's.
@Suite(.serialized) struct ConformanceTests {
  static let names = Networks.registry.names + ["vgg-pspnet/16", "vgg-pspnet/8"]
  private func small(_ name: String) throws -> any Architecture { try network(name, width: 0.125) }

  @Test(
    "parameter counts are those of the published layers",
    arguments: [
      ("unet-mini", 471_784), ("unet", 31_055_752), ("vgg-unet", 25_862_792), ("vgg-pspnet", 17_121_096),
      ("efficientnet-unet", 6_036_084), ("mobilenet-unet", 4_198_424), ("smp-unet", 23_753_288),
      ("vgg-pspnet/16", 17_121_096), ("vgg-pspnet/8", 17_121_096),
    ])
  func parameterCount(_ name: String, _ count: Int) throws {
    let definition = try network(name)
    #expect(definition.parameterCount(classes: eight) == count)
  }

  /// Expected: PyTorch's `FlopCounterMode` on the models of `Benchmarks/torch_models.py`, one picture of 96x64.
  @Test(
    "operations are those that PyTorch counts, and grow with the area",
    arguments: [
      ("unet-mini", 1_372_717_056), ("unet", 9_036_890_112), ("vgg-unet", 9_552_789_504), ("vgg-pspnet", 3_800_743_936),
      ("efficientnet-unet", 450_150_016), ("mobilenet-unet", 424_684_032),
      ("vgg-pspnet/16", 3_849_256_960), ("vgg-pspnet/8", 5_062_524_928),
    ])
  func operations(_ name: String, _ count: Int) throws {
    let definition = try network(name)
    #expect(definition.operations(classes: eight, height: 64, width: 96) == count)
    guard !name.hasPrefix("vgg-pspnet"), name != "efficientnet-unet" else { return }
    #expect(definition.operations(classes: eight, height: 128, width: 192) == 4 * count)
  }

  @Test("layers hold all parameters, read what those before them make, and end at the input's size", arguments: names)
  func layers(_ name: String) throws {
    let definition = try network(name)
    let layers = definition.layers(classes: eight, height: 64, width: 96)
    #expect(layers.reduce(0) { $0 + $1.parameters } == definition.parameterCount(classes: eight))
    let last = try #require(layers.last)
    #expect((last.height, last.width, last.channels) == (64, 96, 8))
    for (place, layer) in layers.enumerated() {
      #expect(layer.sources.allSatisfy { $0 < place })
      let read = layer.sources.isEmpty ? 3 : layer.sources.reduce(0) { $0 + layers[$1].channels }
      #expect(layer.inputChannels == read, "\(layer.name)")
    }
    // Every layer but the last is read by a later one.
    #expect(Set(layers.flatMap(\.sources)) == Set(0..<layers.count - 1))
  }

  @Test("a model counts as its definition does", arguments: names)
  func countsAgree(_ name: String) throws {
    let model = try NetworkModel(small(name), classes: eight, seed: 1)
    #expect(try model.parameterCount == small(name).parameterCount(classes: eight))
    #expect(model.parameterCount == model.safeTensors.arrays.values.reduce(0) { $0 + $1.shape.reduce(1, *) })
  }

  @Test("the estimate of memory holds four values a parameter and grows evenly with the batch", arguments: names)
  func memory(_ name: String) throws {
    let definition = try network(name)
    let bytes = (1...3).map { definition.estimatedTrainingBytes(classes: eight, height: 255, width: 509, batch: $0) }
    #expect(bytes[0] > 16 * definition.parameterCount(classes: eight))
    #expect(bytes[1] > bytes[0])
    #expect(abs((bytes[2] - bytes[1]) - (bytes[1] - bytes[0])) < 16)
    #expect(bytes[0] == definition.estimatedTrainingBytes(classes: eight, height: 256, width: 512, batch: 1))
  }

  @Test("predictions have the pictures' size, whatever it is, and sum to one", arguments: names)
  func anySize(_ name: String) throws {
    let model = try NetworkModel(small(name), classes: eight, seed: 1)
    for (width, height) in [(1, 1), (33, 17), (64, 32)] {
      let predictions = try model.probabilities(of: simpleScenes(2, width: width, height: height).pictures)
      #expect(predictions.count == 2)
      for prediction in predictions {
        let sums = stride(from: 0, to: prediction.count, by: 8).map { prediction[$0..<$0 + 8].reduce(0, +) }
        expectClose(sums, [Float](repeating: 1, count: width * height), absolute: 1e-5)
      }
    }
  }

  @Test(
    "pictures are predicted as with their edges repeated up to what the network needs, to the bit",
    arguments: names)
  func padding(_ name: String) throws {
    let model = try NetworkModel(small(name), classes: eight, seed: 1)
    let pictures = simpleScenes(3, width: 45, height: 19).pictures
    let multiple = type(of: try small(name)).sizeMultiple
    let (width, height) = ((44 / multiple + 1) * multiple, (18 / multiple + 1) * multiple)
    let padded = pictures.map { picture in
      let pixels = (0..<width * height).flatMap { pixel -> ArraySlice<UInt8> in
        let start = 3 * (min(18, pixel / width) * 45 + min(44, pixel % width))
        return picture.pixels[start..<start + 3]
      }
      return ImageData(width: width, height: height, pixels: pixels)
    }
    let cut = try model.probabilities(of: padded).map { whole in
      (0..<19).flatMap { whole[8 * $0 * width..<8 * ($0 * width + 45)] }
    }
    let predictions = try model.probabilities(of: pictures)
    #expect(predictions == cut)
  }

  @Test("predictions of larger pictures take more memory, but less than training on them", arguments: names)
  func predictionMemory(_ name: String) throws {
    let definition = try small(name)
    func bytes(_ side: Int, _ batch: Int) -> Int {
      definition.estimatedPredictionBytes(classes: eight, height: side, width: 2 * side, batch: batch)
    }
    #expect(bytes(256, 1) < bytes(512, 1) && bytes(256, 1) < bytes(256, 2))
    #expect(
      bytes(256, 2) < definition.estimatedTrainingBytes(classes: eight, height: 256, width: 512, batch: 2))
  }

  @Test("every parameter gets a finite gradient that is not all zero", arguments: names)
  func gradients(_ name: String) throws {
    let model = try NetworkModel(small(name), classes: eight, seed: 1)
    let trainer = try Trainer(model, seed: 1)
    let shape = Shape(2, 64, 64, 3)
    let targets = Targets(classes: (0..<shape.pixels).map { UInt8($0 / 100 % 8) })
    _ = trainer.gradients(randomTensor(shape, seed: 3), targets)
    let names = Set(model.parameters.map(\.name))
    for parameter in model.parameters where parameter.role != .statistic {
      let gradient = array(parameter.gradient)
      #expect(gradient.count == parameter.extents.reduce(1, *), "\(parameter.name)")
      #expect(gradient.allSatisfy { $0.isFinite }, "\(parameter.name)")
      // A bias before a normalisation has no influence.
      let isIdle =
        parameter.name.hasSuffix(".bias") && names.contains(parameter.name.replacing(".bias", with: ".scale"))
      #expect(gradient.contains { $0 != 0 } != isIdle, "\(parameter.name)")
    }
  }

  @Test("it learns one scene by heart", arguments: names)
  func overfits(_ name: String) throws {
    // Networks that predict at a fraction of the resolution get a scene that has a horizon only.
    let isCoarse = type(of: try small(name)).sizeMultiple == 32
    let (pictures, maps) = simpleScenes(1, width: isCoarse ? 64 : 32, height: isCoarse ? 64 : 32, hasBox: !isCoarse)
    let model = try NetworkModel(network(name, width: 0.125, dropout: 0), classes: eight, seed: 1)
    let trainer = try Trainer(model, settings: UpdateSettings(learningRate: 3e-3), seed: 1)
    var loss: Float = .infinity
    // Moving statistics keep 0.99 a step: after 150 steps little of their start is left.
    for _ in 0..<150 { loss = try trainer.step(pictures: pictures, labels: maps) }
    #expect(loss < 0.1, "loss \(loss)")
    let predicted = likeliestClasses(try model.probabilities(of: pictures)[0], 8)
    let right = zip(predicted, maps[0]).count { $0 == $1 }
    #expect(Double(right) / Double(maps[0].count) > 0.9, "\(right) pixels are right")
  }

  @Test("a stored model predicts the same, through a file", arguments: names)
  func storing(_ name: String) throws {
    let (pictures, maps) = simpleScenes(2, width: 40, height: 24)
    let model = try NetworkModel(small(name), classes: eight, seed: 1)
    let trainer = try Trainer(model, seed: 1)
    for _ in 0..<2 { try trainer.step(pictures: pictures, labels: maps) }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try model.safeTensors.write(to: file)
    let loaded = try NetworkModel(from: SafeTensors(contentsOf: file), unnamed: eight)
    #expect(loaded.safeTensors == model.safeTensors)
    let (again, before) = (try loaded.probabilities(of: pictures), try model.probabilities(of: pictures))
    #expect(again == before)
  }

  @Test("the same seed gives the same bits with one and two threads", arguments: names)
  func sameBits(_ name: String) throws {
    let threads = Parallel.threadCount
    defer { Parallel.threadCount = threads }
    let (pictures, maps) = simpleScenes(2, width: 72, height: 56)
    func weights(threads: Int, seed: UInt64) throws -> SafeTensors {
      Parallel.threadCount = threads
      let model = try NetworkModel(small(name), classes: eight, seed: seed)
      let trainer = try Trainer(model, seed: seed)
      for _ in 0..<3 { try trainer.step(pictures: pictures, labels: maps) }
      return model.safeTensors
    }
    let one = try weights(threads: 1, seed: 1)
    let (two, three) = (try weights(threads: 2, seed: 1), try weights(threads: 3, seed: 1))
    let other = try weights(threads: 2, seed: 2)
    #expect(two == one)
    #expect(three == one)
    #expect(other != one)
  }

  @Test("an interrupted training goes on to the same bits", arguments: names)
  func resuming(_ name: String) throws {
    let (pictures, maps) = simpleScenes(1, width: 32, height: 32)
    let whole = try NetworkModel(small(name), classes: eight, seed: 1)
    let trainer = try Trainer(whole, seed: 9)
    for step in 0..<4 {
      if step == 2 { trainer.learningRate = 1e-4 }
      try trainer.step(pictures: pictures, labels: maps)
    }
    let first = try NetworkModel(small(name), classes: eight, seed: 1)
    let begun = try Trainer(first, seed: 9)
    for _ in 0..<2 { try begun.step(pictures: pictures, labels: maps) }
    begun.learningRate = 1e-4
    let second = try NetworkModel(from: first.safeTensors, unnamed: eight)
    let resumed = try Trainer(second, seed: 9)
    try resumed.restore(begun.state)
    #expect(resumed.stepCount == 2)
    for _ in 0..<2 { try resumed.step(pictures: pictures, labels: maps) }
    #expect(second.safeTensors.arrays == whole.safeTensors.arrays)
    #expect(resumed.state == trainer.state)
  }
}
