import Compute
import Deep
import Foundation
import Settings
import Storage
import Testing

/// Models that earlier versions stored.
@Suite struct StoredModelTests {
  @Test("networks stored by 0.1.0 open and predict")
  func version010() throws {
    let runs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("HarnessTests/Fixtures/runs-0.1.0/tiny")
    let cells = try FileManager.default.contentsOfDirectory(at: runs, includingPropertiesForKeys: nil)
    let networks = cells.filter { $0.lastPathComponent.hasPrefix("unet-mini") }
    #expect(!networks.isEmpty)
    for folder in networks {
      let stored = try SafeTensors(contentsOf: folder.appendingPathComponent("best.safetensors"))
      let model = try NetworkModel(from: stored, unnamed: OutputClasses(count: 8, masked: 0))
      #expect(model.architecture.name == "unet-mini")
      #expect(model.safeTensors.arrays == stored.arrays)
      #expect(model.safeTensors.metadata["settings"] == stored.metadata["settings"])
      let probabilities = try model.probabilities(of: simpleScenes(1, width: 16, height: 16).pictures)[0]
      #expect(probabilities.allSatisfy { $0.isFinite } && probabilities[0] == 0)
    }
  }

  @Test("settings of 0.1.0, which always held dropout, are read; others that the network doesn't have are named")
  func oldSettings() throws {
    let model = try NetworkModel(network("unet", width: 0.125), classes: eight, seed: 1)
    var stored = model.safeTensors
    stored.metadata["settings"] = #"{"dropout":0.20000000298023224,"width":0.125}"#
    #expect(try NetworkModel(from: stored, unnamed: eight).safeTensors == model.safeTensors)
    stored.metadata["settings"] = #"{"depth":3,"width":0.125}"#
    #expect(throws: SettingError.unknown(kind: "setting", name: "depth", known: ["width"])) {
      try NetworkModel(from: stored, unnamed: eight)
    }
  }
}
