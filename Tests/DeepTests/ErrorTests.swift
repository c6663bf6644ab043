import Compute
import Deep
import Settings
import Storage
import Testing

@Suite struct ErrorTests {
  private func model() throws -> NetworkModel {
    try NetworkModel(network("unet-mini", width: 0.25), classes: eight, seed: 1)
  }

  @Test("unknown names are errors that list the known ones")
  func unknownNames() throws {
    #expect(throws: SettingError.unknown(kind: "network", name: "u-net", known: Networks.registry.names)) {
      try Networks.registry.make("u-net")
    }
    #expect(throws: SettingError.unknown(kind: "loss", name: "crossentropy", known: Losses.registry.names)) {
      try Losses.registry.make("crossentropy")
    }
    #expect(throws: SettingError.unknown(kind: "optimizer", name: "adan", known: Optimizers.registry.names)) {
      try Optimizers.registry.make("adan")
    }
    #expect(throws: SettingError.unknown(kind: "schedule", name: "step", known: Schedules.registry.names)) {
      try Schedules.registry.make("step")
    }
  }

  @Test("settings out of bounds name the setting and its value")
  func bounds() throws {
    #expect(throws: SettingError.invalid(setting: "width", value: "0", bound: "above 0, at most 4")) {
      try network("unet", width: 0)
    }
    #expect(throws: SettingError.invalid(setting: "dropout", value: "1", bound: "0 or more, below 1")) {
      try network("unet-mini", dropout: 1)
    }
    #expect(throws: SettingError.invalid(setting: "learningRate", value: "-1", bound: "above 0, at most 10")) {
      try UpdateSettings(["learningRate": .whole(-1)])
    }
    #expect(throws: SettingError.invalid(setting: "beta1", value: "1", bound: "0 or more, below 1")) {
      try Optimizers.registry.make(Choice("adam", ["beta1": .whole(1)]))
    }
    #expect(throws: SettingError.invalid(setting: "gamma", value: "0", bound: "above 0, at most 10")) {
      try Losses.registry.make(Choice("focal-tversky", ["gamma": .whole(0)]))
    }
  }

  @Test("a setting that a component doesn't have is an error that names it")
  func unknownSettings() throws {
    #expect(throws: SettingError.unknown(kind: "setting", name: "labelSmoothing", known: [])) {
      try Losses.registry.make(Choice("dice", ["labelSmoothing": .number(0.1)]))
    }
    #expect(throws: SettingError.unknown(kind: "setting", name: "dropout", known: ["width"])) {
      try Networks.registry.make(Choice("unet", ["dropout": .number(0.1)]))
    }
  }

  @Test("pictures and labels that don't fit are errors")
  func batches() throws {
    let trainer = try Trainer(try model(), seed: 1)
    let picture = ImageData(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192))
    #expect(throws: DeepError.badBatch(reason: "there are no pictures")) {
      try trainer.step(pictures: [], labels: [])
    }
    #expect(throws: DeepError.badBatch(reason: "pictures of 8x8 and 8x4")) {
      try trainer.step(
        pictures: [picture, ImageData(width: 8, height: 4, pixels: [UInt8](repeating: 0, count: 96))], labels: [[], []])
    }
    #expect(throws: DeepError.badBatch(reason: "1 pictures, 2 label maps")) {
      try trainer.step(pictures: [picture], labels: [[], []])
    }
    #expect(throws: DeepError.badBatch(reason: "a picture of 8x8, 63 labels")) {
      try trainer.step(pictures: [picture], labels: [[UInt8](repeating: 1, count: 63)])
    }
    var map = [UInt8](repeating: 1, count: 64)
    map[10] = 8
    #expect(throws: DeepError.badBatch(reason: "class 8 of 8 at column 2, row 1")) {
      try trainer.step(pictures: [picture], labels: [map])
    }
    #expect(trainer.stepCount == 0)
  }

  @Test("weights that are not the network's are an error that lists them, and change nothing")
  func mismatches() throws {
    let model = try model()
    var stored = model.safeTensors
    stored.arrays["extra.kernel"] = stored.arrays.removeValue(forKey: "head.bias")
    stored.arrays["head.kernel"] = SafeTensors.Array(.float32, shape: [2], values: [Float](repeating: 0, count: 2))
    let expected = DeepError.mismatch(
      missing: ["head.bias"], extra: ["extra.kernel"],
      misshapen: ["head.kernel F32 [2], expected F32 [1, 1, 16, 8]"])
    let before = model.safeTensors
    #expect(throws: expected) { try NetworkModel(from: stored, unnamed: eight) }
    #expect(throws: expected) { try model.load(stored) }
    #expect(model.safeTensors == before)
  }

  @Test("of many arrays that are missing a few are named, and the others counted")
  func manyMissing() {
    let names = (1...7).map { "block\($0).kernel" }
    #expect(
      "\(DeepError.mismatch(missing: names, extra: ["head.bias"], misshapen: []))"
        == "missing: block1.kernel, block2.kernel, block3.kernel, block4.kernel and 3 more; not known: head.bias")
  }

  @Test("a file that names no network, or has settings or preprocessing of another, is refused")
  func checkpoints() throws {
    let stored = try model().safeTensors
    for key in ["network", "settings", "preprocessing"] {
      var changed = stored
      changed.metadata[key] = key == "network" ? nil : "{}"
      #expect(throws: DeepError.self) { try NetworkModel(from: changed, unnamed: eight) }
    }
  }

  @Test("a training's state for another optimizer or without its step is refused")
  func states() throws {
    let trainer = try Trainer(try model(), seed: 1)
    var other = trainer.state
    other.metadata["optimizer"] = "sgd"
    #expect(throws: DeepError.badCheckpoint(reason: "its optimizer is sgd, not adam")) { try trainer.restore(other) }
    var stepless = trainer.state
    stepless.arrays["step"] = nil
    #expect(throws: DeepError.badCheckpoint(reason: "step, updates or learning rate is missing")) {
      try trainer.restore(stepless)
    }
  }
}
