import Compute
import Deep
import Foundation
import Settings
import Storage
import TestSupport
import Testing

@Suite struct EncoderTests {
  /// VGG16's convolutions: torchvision's numbers, channels in and out at a quarter of the width.
  private let published = [
    (0, 3, 16), (2, 16, 16), (5, 16, 32), (7, 32, 32), (10, 32, 64), (12, 64, 64), (14, 64, 64), (17, 64, 128),
    (19, 128, 128), (21, 128, 128), (24, 128, 128), (26, 128, 128), (28, 128, 128),
  ]

  private func weights() -> SafeTensors {
    var stored = SafeTensors()
    for (number, inputs, outputs) in published {
      let values = randomValues(outputs * inputs * 9, seed: UInt64(number))
      stored.arrays["features.\(number).weight"] = SafeTensors.Array(
        .float32, shape: [outputs, inputs, 3, 3], values: values)
      stored.arrays["features.\(number).bias"] = SafeTensors.Array(
        .float32, shape: [outputs], values: randomValues(outputs, seed: UInt64(100 + number)))
    }
    stored.arrays["classifier.0.bias"] = SafeTensors.Array(.float32, shape: [1], values: [Float(0)])
    return stored
  }

  @Test("published weights go to their layers, extents reordered", arguments: ["vgg-unet", "vgg-pspnet"])
  func loading(_ name: String) throws {
    let model = try NetworkModel(network(name, width: 0.25), classes: eight, seed: 1)
    let before = model.safeTensors.arrays
    let stored = weights()
    try model.loadEncoder(stored)
    let after = model.safeTensors.arrays
    #expect(model.encoderLayers.count == 13)
    for (layer, (number, inputs, outputs)) in zip(model.encoderLayers, published) {
      let own = try #require(after["\(layer).kernel"]?.values(Float.self, as: .float32))
      let theirs = try #require(stored.arrays["features.\(number).weight"]?.values(Float.self, as: .float32))
      for (o, i, r, s) in [(0, 0, 0, 0), (5, 2, 1, 2), (outputs - 1, inputs - 1, 2, 0)] {
        #expect(own[((r * 3 + s) * inputs + i) * outputs + o] == theirs[((o * inputs + i) * 3 + r) * 3 + s])
      }
      #expect(after["\(layer).bias"] == stored.arrays["features.\(number).bias"])
    }
    for (key, array) in before where !key.hasPrefix("encoder.") { #expect(after[key] == array) }
  }

  /// Names and shapes of published files; Fixtures/encoder_names.py made them.
  private func publishedNames() throws -> [String: [String: [Int]]] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/encoder-names.json", withExtension: nil))
    return try JSONDecoder().decode([String: [String: [Int]]].self, from: Data(contentsOf: url))
  }

  @Test(
    "EfficientNet's and MobileNet's weights are taken under all published names, by whole encoders and by half ones",
    arguments: [
      ("b0, timm", 7), ("b0, torchvision", 7), ("b0, timm", 4), ("b0, torchvision", 4), ("b2, timm", 7),
      ("lite0, timm", 7), ("lite0, port", 7), ("lite0, port", 4), ("lite3, timm", 7),
      ("mobilenet, timm", 7), ("mobilenet, torchvision", 7),
    ])
  func bottlenecks(_ file: String, _ stages: Int) throws {
    let variant = String(file.split(separator: ",")[0])
    var stored = SafeTensors()
    for (name, shape) in try #require(publishedNames()[file]) {
      let values = randomValues(shape.reduce(1, *), seed: RandomStream.key(name))
      stored.arrays[name] = SafeTensors.Array(.float32, shape: shape, values: values)
    }
    let settings: [String: Setting] = ["variant": .text(variant), "stages": .whole(stages)]
    let isMobile = variant == "mobilenet"
    let model = try NetworkModel(
      isMobile ? network("mobilenet-unet") : network("efficientnet-unet", settings), classes: eight, seed: 1)
    let before = model.safeTensors.arrays
    try model.loadEncoder(stored)
    let after = model.safeTensors.arrays
    for (name, array) in before {
      #expect((after[name] == array) == !name.hasPrefix("encoder."), "\(name)")
    }
    // A depthwise kernel, [channels, 1, rows, columns] in files.
    let theirs = [
      "b0, torchvision": "features.2.0.block.1.0.weight", "lite0, port": "_blocks.1._depthwise_conv.weight",
      "mobilenet, torchvision": "features.2.conv.1.0.weight",
    ]
    let name = theirs[file] ?? "blocks.1.0.conv_dw.weight"
    if isMobile || variant.hasSuffix("0") {
      let published = try #require(stored.arrays[name]?.floats)
      let own = try #require(after["encoder.block2.depthwise.kernel"]?.floats)
      for (c, r, s) in [(0, 0, 0), (17, 1, 2), (95, 2, 0)] {
        #expect(own[(r * 3 + s) * 96 + c] == published[(c * 3 + r) * 3 + s])
      }
    }
    stored.arrays["blocks.99.weight"] = stored.arrays.removeValue(forKey: name)
    if isMobile || variant.hasSuffix("0") {
      let expected = DeepError.mismatch(missing: [name], extra: ["blocks.99.weight"], misshapen: [])
      #expect(throws: expected) { try model.loadEncoder(stored) }
    }
  }

  @Test(
    "encoders have as many parameters as timm's",
    arguments: [
      ("b0", 3_634_844), ("b1", 6_160_512), ("b2", 7_267_314), ("b3", 10_187_560), ("b4", 16_863_832),
      ("lite0", 2_998_304), ("lite1", 3_774_624), ("lite2", 4_413_488), ("lite3", 6_496_128), ("lite4", 11_259_376),
    ])
  func efficientNetCounts(_ variant: String, _ count: Int) throws {
    let layers = try network("efficientnet-unet", ["variant": .text(variant)]).layers(
      classes: eight, height: 64, width: 64)
    let encoder = layers.filter { $0.name.hasPrefix("encoder.") }
    #expect(encoder.reduce(0) { $0 + $1.parameters } == count)
  }

  @Test("so has MobileNetV2's")
  func mobileNetCount() throws {
    let layers = try network("mobilenet-unet").layers(classes: eight, height: 64, width: 64)
    #expect(layers.filter { $0.name.hasPrefix("encoder.") }.reduce(0) { $0 + $1.parameters } == 1_843_264)
  }

  @Test("weights stored in half the precision are read as what they stand for")
  func halfPrecision() throws {
    var stored = weights()
    for (name, array) in stored.arrays {
      let values = try #require(array.values(Float.self, as: .float32))
      stored.arrays[name] = SafeTensors.Array(
        .bfloat16, shape: array.shape, values: values.map { UInt16($0.bitPattern >> 16) })
    }
    let model = try NetworkModel(network("vgg-unet", width: 0.25), classes: eight, seed: 1)
    try model.loadEncoder(stored)
    let bias = try #require(model.safeTensors.arrays["encoder.block1.conv1.bias"]?.values(Float.self, as: .float32))
    #expect(bias == stored.arrays["features.0.bias"]?.floats && bias.contains { $0 != 0 })
  }

  @Test("missing, extra and misshapen arrays are listed, and nothing is loaded")
  func mismatches() throws {
    let model = try NetworkModel(network("vgg-unet", width: 0.25), classes: eight, seed: 1)
    let before = model.safeTensors
    var stored = weights()
    stored.arrays["features.99.weight"] = stored.arrays.removeValue(forKey: "features.28.bias")
    stored.arrays["features.2.bias"] = SafeTensors.Array(.float32, shape: [2], values: [Float](repeating: 0, count: 2))
    let expected = DeepError.mismatch(
      missing: ["features.28.bias"], extra: ["features.99.weight"],
      misshapen: ["features.2.bias F32 [2], expected F32 [16]"])
    #expect(throws: expected) { try model.loadEncoder(stored) }
    #expect(model.safeTensors == before)
  }

  /// A network with weights of another seed, as a run stores it.
  private func run(_ name: String, width: Double = 0.125) throws -> SafeTensors {
    try NetworkModel(network(name, width: width), classes: eight, seed: 2).safeTensors
  }

  @Test("an encoder starts from that of another run's network, whatever comes after it and whatever classes it knew")
  func encoderOfRun() throws {
    let model = try NetworkModel(network("vgg-pspnet/8", width: 0.125), classes: OutputClasses(count: 3), seed: 1)
    let (before, stored) = (model.safeTensors.arrays, try run("vgg-unet"))
    #expect(try model.loadEncoder(stored) == "vgg-unet")
    for (name, array) in model.safeTensors.arrays {
      #expect(array == (name.hasPrefix("encoder.") ? stored.arrays[name] : before[name]), "\(name)")
    }
    #expect(try NetworkModel(network("vgg-unet", width: 0.25), classes: eight, seed: 1).loadEncoder(weights()) == nil)
  }

  @Test("a run's encoder that isn't the network's is refused with what differs, and nothing is loaded")
  func otherEncoderOfRun() throws {
    let model = try NetworkModel(network("vgg-pspnet", width: 0.125), classes: eight, seed: 1)
    let before = model.safeTensors
    func refusal(_ stored: SafeTensors) -> String {
      do {
        try model.loadEncoder(stored)
        return ""
      } catch { return "\(error)" }
    }
    var stored = try run("vgg-unet")
    stored.arrays["encoder.block6.kernel"] = stored.arrays.removeValue(forKey: "encoder.block1.conv1.bias")
    stored.arrays["encoder.block1.conv2.bias"] = .init(.float32, shape: [2], values: [Float](repeating: 0, count: 2))
    #expect(
      throws: DeepError.mismatch(
        missing: ["encoder.block1.conv1.bias"], extra: ["encoder.block6.kernel"],
        misshapen: ["encoder.block1.conv2.bias F32 [2], expected F32 [16]"])
    ) { try model.loadEncoder(stored) }
    #expect(throws: DeepError.self) { try model.loadEncoder(run("vgg-unet", width: 0.5)) }
    #expect(
      refusal(try run("unet")) == "encoder.weights is of unet, but must be of a network that has an encoder")
    stored = try run("vgg-unet")
    stored.metadata["preprocessing"] = #"{"deviation":[1,1,1],"mean":[0.5,0.5,0.5]}"#
    #expect(
      refusal(stored) == "encoder.weights is for pictures with means [0.5, 0.5, 0.5] and deviations [1.0, 1.0, 1.0], "
        + "but must be for pictures with means [0.485, 0.456, 0.406] and deviations [0.229, 0.224, 0.225]")
    stored.metadata["preprocessing"] = nil
    #expect(refusal(stored).contains("no preprocessing"))
    #expect(model.safeTensors == before)
  }

  @Test("a network without an encoder refuses encoder weights")
  func noEncoder() throws {
    let model = try NetworkModel(network("unet-mini", width: 0.25), classes: eight, seed: 1)
    #expect(model.encoderLayers.isEmpty)
    #expect(throws: SettingError.self) { try model.loadEncoder(weights()) }
    #expect(throws: SettingError.self) { try model.loadEncoder(run("vgg-unet")) }
  }

  /// Of each parameter its values, its gradient, its values after a step of SGD without momentum, and so on for two steps,
  /// the second at half the rate.
  private func moved(_ settings: UpdateSettings) throws -> [(parameter: String, isKernel: Bool, values: [[Float]])] {
    let model = try NetworkModel(network("vgg-unet", width: 0.125), classes: eight, seed: 1)
    var optimizer = SGD()
    optimizer.momentum = 0
    let trainer = try Trainer(model, optimizer: optimizer, settings: settings, seed: 1)
    let pictures = randomTensor(Shape(1, 32, 32, 3), seed: 2)
    let targets = Targets(classes: (0..<1024).map { UInt8($0 / 100 % 8) })
    let learned = model.parameters.filter { $0.role != .statistic }
    var values = learned.map { [array($0.values)] }
    for share in [1, 0.5] as [Float] {
      trainer.learningRate = settings.learningRate * share
      _ = trainer.gradients(pictures, targets)
      for (index, parameter) in learned.enumerated() { values[index].append(array(parameter.gradient)) }
      _ = trainer.step(pictures, targets)
      for (index, parameter) in learned.enumerated() { values[index].append(array(parameter.values)) }
    }
    return zip(learned, values).map { ($0.name, $0.role == .kernel, $1) }
  }

  @Test("an encoder's learning rate takes the place of the training's for its layers, and follows the same schedule")
  func learningRate() throws {
    let settings = UpdateSettings(learningRate: 0.02, encoderLearningRate: 0.005, weightDecay: 0.1)
    for (name, isKernel, values) in try moved(settings) {
      for (step, share) in ([1, 0.5] as [Float]).enumerated() {
        let rate: Float = share * (name.hasPrefix("encoder.") ? 0.005 : 0.02)
        let kept: Float = isKernel ? 1 - rate * 0.1 : 1
        let expected = zip(values[2 * step], values[2 * step + 1]).map { kept * $0 - rate * $1 }
        expectClose(values[2 * step + 2], expected, absolute: 1e-6, relative: 1e-6, name)
      }
    }
  }

  @Test("an encoder's learning rate that is the training's changes no bit")
  func sameLearningRate() throws {
    let plain = try moved(UpdateSettings(learningRate: 0.02)).flatMap(\.values)
    let same = try moved(UpdateSettings(learningRate: 0.02, encoderLearningRate: 0.02)).flatMap(\.values)
    #expect(plain == same)
  }

  @Test("a training with a learning rate for the encoder goes on to the same bits")
  func resuming() throws {
    let (pictures, maps) = simpleScenes(1, width: 32, height: 32)
    let settings = UpdateSettings(encoderLearningRate: 1e-4)
    func make() throws -> Trainer {
      try Trainer(NetworkModel(network("vgg-unet", width: 0.125), classes: eight, seed: 1), settings: settings, seed: 9)
    }
    let (whole, begun, resumed) = (try make(), try make(), try make())
    for _ in 0..<4 { try whole.step(pictures: pictures, labels: maps) }
    for _ in 0..<2 { try begun.step(pictures: pictures, labels: maps) }
    try resumed.model.load(begun.model.safeTensors)
    try resumed.restore(begun.state)
    for _ in 0..<2 { try resumed.step(pictures: pictures, labels: maps) }
    #expect(resumed.model.safeTensors == whole.model.safeTensors && resumed.state == whole.state)
  }

  @Test("frozen layers stay as they are, and learn again when unfrozen")
  func freezing() throws {
    let (pictures, maps) = simpleScenes(1, width: 32, height: 32)
    let model = try NetworkModel(network("vgg-unet", width: 0.25), classes: eight, seed: 1)
    let trainer = try Trainer(model, seed: 1)
    let start = model.safeTensors.arrays
    model.frozenLayers = Set(model.encoderLayers.prefix(10))
    try trainer.step(pictures: pictures, labels: maps)
    let frozen = model.safeTensors.arrays
    for name in start.keys where name.hasPrefix("encoder.") && name.hasSuffix(".kernel") {
      #expect((frozen[name] == start[name]) == model.frozenLayers.contains(String(name.dropLast(7))), "\(name)")
    }
    model.frozenLayers = []
    try trainer.step(pictures: pictures, labels: maps)
    #expect(model.safeTensors.arrays["encoder.block1.conv1.kernel"] != start["encoder.block1.conv1.kernel"])
  }
}
