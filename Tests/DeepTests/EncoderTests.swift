import Compute
import Deep
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

  @Test("a network without an encoder refuses encoder weights")
  func noEncoder() throws {
    let model = try NetworkModel(network("unet-mini", width: 0.25), classes: eight, seed: 1)
    #expect(model.encoderLayers.isEmpty)
    #expect(throws: SettingError.self) { try model.loadEncoder(weights()) }
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
