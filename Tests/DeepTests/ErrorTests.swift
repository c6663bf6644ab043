import Compute
import Deep
import Scenes
import Testing

@Suite struct ErrorTests {
  private func model() throws -> NetworkModel {
    try NetworkModel("unet-mini", settings: NetworkSettings(width: 0.25), seed: 1)
  }

  @Test("unknown names are errors that list the known ones")
  func unknownNames() throws {
    #expect(throws: DeepError.unknown(what: "network", name: "u-net", known: Networks.all.map(\.name))) {
      try NetworkModel("u-net", seed: 1)
    }
    #expect(throws: DeepError.unknown(what: "loss", name: "crossentropy", known: Losses.all.map(\.name))) {
      try Trainer(try model(), loss: "crossentropy", seed: 1)
    }
    #expect(throws: DeepError.unknown(what: "optimizer", name: "adamw", known: Optimizers.all.map(\.name))) {
      try Trainer(try model(), optimizer: OptimizerSettings(name: "adamw"), seed: 1)
    }
  }

  @Test("settings out of bounds name the setting and its value")
  func bounds() throws {
    #expect(throws: DeepError.invalid(setting: "width", value: "0.0", bound: "above 0 and at most 4")) {
      try NetworkModel("unet-mini", settings: NetworkSettings(width: 0), seed: 1)
    }
    #expect(throws: DeepError.invalid(setting: "dropout", value: "1.0", bound: "at least 0 and below 1")) {
      try NetworkModel("unet-mini", settings: NetworkSettings(dropout: 1), seed: 1)
    }
    #expect(throws: DeepError.invalid(setting: "learningRate", value: "-1.0", bound: "finite and at least 0")) {
      try Trainer(try model(), optimizer: OptimizerSettings(learningRate: -1), seed: 1)
    }
  }

  @Test("pictures and categories that don't fit are errors")
  func batches() throws {
    let trainer = try Trainer(try model(), seed: 1)
    let picture = Picture(width: 8, height: 8)
    #expect(throws: DeepError.badBatch(reason: "there are no pictures")) {
      try trainer.step(pictures: [], categories: [])
    }
    #expect(throws: DeepError.badBatch(reason: "pictures of 8x8 and 8x4")) {
      try trainer.step(pictures: [picture, Picture(width: 8, height: 4)], categories: [[], []])
    }
    #expect(throws: DeepError.badBatch(reason: "1 pictures, 2 category maps")) {
      try trainer.step(pictures: [picture], categories: [[], []])
    }
    #expect(throws: DeepError.badBatch(reason: "a picture of 8x8, 63 categories")) {
      try trainer.step(pictures: [picture], categories: [[UInt8](repeating: 1, count: 63)])
    }
    var map = [UInt8](repeating: 1, count: 64)
    map[10] = 8
    #expect(throws: DeepError.badBatch(reason: "category 8 at column 2, row 1")) {
      try trainer.step(pictures: [picture], categories: [map])
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
    #expect(throws: expected) { try NetworkModel(from: stored) }
    #expect(throws: expected) { try model.load(stored) }
    #expect(model.safeTensors == before)
  }

  @Test("a file that names no network, or has settings or preprocessing of another, is refused")
  func checkpoints() throws {
    let stored = try model().safeTensors
    for key in ["network", "settings", "preprocessing"] {
      var changed = stored
      changed.metadata[key] = key == "network" ? nil : "{}"
      #expect(throws: DeepError.self) { try NetworkModel(from: changed) }
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
