import Deep
import Exports
import Foundation
import Harness
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// What PyTorch makes of the files is tested by `make interop-torch`.
@Suite("PyTorch") struct TorchTests {
  private static let variants: [String: [String: Setting]] = [
    "lite": ["model": .text("efficientnet-unet"), "network.variant": .text("lite0"), "network.stages": .whole(4)],
    "dilated": ["model": .text("vgg-pspnet"), "network.outputStride": .whole(8)],
  ]
  static let names = Networks.registry.names + variants.keys.sorted()

  /// A run of a small network that learned nothing.
  private static func run(_ name: String, in folder: URL) throws -> (settings: CellSettings, model: NetworkModel) {
    var values = variants[name] ?? ["model": .text(name)]
    values["network.width"] = .number(0.125)
    let settings = try CellSettings(values)
    let model = NetworkModel(
      try #require(settings.architecture), classes: OutputClasses(.cityscapes8, learnsVoid: false), seed: 3)
    try StoredModel.store(model, settings, .cityscapes8, in: folder)
    return (settings, model)
  }

  @Test("Every network goes to PyTorch and comes back as it was", arguments: names) func andBack(name: String) throws {
    try withTemporaryFolder { folder in
      let (settings, model) = try Self.run(name, in: folder.appendingPathComponent("run"))
      let files = try TorchExport(run: folder.appendingPathComponent("run")).write(
        to: folder.appendingPathComponent("torch"))
      #expect(try SafeTensors(contentsOf: files[0]).arrays.count == model.parameters.count)
      let text = try String(contentsOf: files[1], encoding: .utf8)
      #expect(text.contains("class Network(nn.Module):") && text.contains("(\"sky\", (70, 130, 180), 23),"))
      #expect(text.contains("MULTIPLE = \(type(of: model.architecture).sizeMultiple) "))
      let again = folder.appendingPathComponent("again")
      try TorchImport(files[0]).store(settings, in: again)
      let stored = try StoredModel(run: again)
      #expect(stored.network?.safeTensors == model.safeTensors)
      #expect(stored.classes == .cityscapes8)
    }
  }

  @Test("Kernels are outputs, inputs, rows, columns; transposed ones inputs, outputs; encoders have published names")
  func orders() throws {
    try withTemporaryFolder { folder in
      let (_, model) = try Self.run("vgg-unet", in: folder)
      let weights = try TorchExport(run: folder).weights.arrays
      func own(_ name: String) throws -> (values: [Float], extents: [Int]) {
        let parameter = try #require(model.parameters.first { $0.name == name })
        return (try #require(parameter.array.floats), parameter.extents)
      }
      for (name, theirs, isTransposed) in [
        ("encoder.block2.conv1.kernel", "features.5.weight", false), ("rise4.kernel", "rise.0.weight", true),
        ("up4.1.kernel", "up.0.0.0.weight", false), ("head.kernel", "head.weight", false),
      ] {
        let (values, extents) = try own(name)
        let array = try #require(weights[theirs], "\(theirs)")
        let (rows, columns, inputs, outputs) = (extents[0], extents[1], extents[2], extents[3])
        #expect(array.shape == (isTransposed ? [inputs, outputs, rows, columns] : [outputs, inputs, rows, columns]))
        let found = try #require(array.floats)
        // The last but one input, the second output, in the lower left corner.
        let (i, o, r) = (inputs - 2, 1, rows - 1)
        let place = isTransposed ? i * outputs + o : o * inputs + i
        #expect(found[(place * rows + r) * columns] == values[(r * columns * inputs + i) * outputs + o])
      }
      #expect(weights["up.0.0.1.running_var"]?.floats == (try own("up4.1.variance").values))
    }
  }

  @Test("A file with other layers is refused with the first that differs, and with the network that it is")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let run = folder.appendingPathComponent("run")
      let (settings, _) = try Self.run("smp-unet", in: run)
      var weights = try TorchExport(run: run).weights
      let file = folder.appendingPathComponent("model.safetensors")
      func refusal(of settings: CellSettings) throws -> String {
        try weights.write(to: file)
        let target = folder.appendingPathComponent("target")
        let error = try #require(throws: DeepError.self) { try TorchImport(file).store(settings, in: target) }
        #expect(!FileManager.default.fileExists(atPath: target.path))
        return "\(error)"
      }
      let other = try CellSettings(["model": .text("vgg-unet"), "network.width": .number(0.125)])
      #expect(try refusal(of: other).contains("it lacks rise.0.weight [64, 64, 2, 2], but has decoder.blocks.0.conv1"))
      let wider = try CellSettings(["model": .text("smp-unet")])
      #expect(
        try refusal(of: wider).contains("its encoder.features.0.weight is F32 [16, 3, 3, 3], not F32 [64, 3, 3, 3]"))
      weights.arrays["decoder.blocks.9.conv1.0.weight"] = SafeTensors.Array(.float32, shape: [1], values: [Float(1)])
      #expect(try refusal(of: settings).contains("its decoder.blocks.9.conv1.0.weight [1] is no layer of it"))
      weights.arrays["decoder.blocks.9.conv1.0.weight"] = nil
      weights.arrays["segmentation_head.0.bias"] = SafeTensors.Array(
        .float32, shape: [8], values: [Float](repeating: .nan, count: 8))
      #expect(try refusal(of: settings).contains("no numbers"))
      // A pickled file, and a folder that holds a run.
      try Data([0x50, 0x4B, 3, 4, 0]).write(to: file)
      #expect(throws: DeepError.self) { try TorchImport(file) }
      try TorchExport(run: run).weights.write(to: file)
      #expect(throws: HarnessError.self) { try TorchImport(file).store(settings, in: run) }
      let classifier = try CellSettings(["model": .text("random-forest")])
      #expect(throws: SettingError.self) { try TorchImport(file).store(classifier, in: folder) }
    }
  }
}
