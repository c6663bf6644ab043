import Compute
import Deep
import Exports
import Foundation
import Harness
import Logging
import Scenes
import Settings
import Storage
import TestSupport
import Testing

/// Files of ONNX by what is in them; `make interop-onnx` runs them.
@Suite("ONNX", .serialized) struct ONNXTests {
  /// The folder of a run of a network with random weights and statistics.
  private func run(
    _ model: String, _ values: [String: Setting] = [:], size: String = "32x16", in folder: URL
  ) throws -> (folder: URL, model: NetworkModel) {
    let standard: [String: Setting] = [
      "model": .text(model), "data.size": .text(size), "network.width": .number(0.125), "data.train": .whole(2),
      "data.validation": .whole(1), "data.test": .whole(1),
    ]
    let settings = try CellSettings(standard.merging(values) { $1 }, isStored: true)
    let network = NetworkModel(
      try #require(settings.architecture),
      classes: OutputClasses(.cityscapes8, learnsVoid: settings.training.learnsVoid), seed: 1)
    var stream = RandomStream(seed: 2)
    for parameter in network.parameters where parameter.role != .kernel {
      for index in 0..<parameter.count { parameter.values.pointer[index] = stream.uniform(0.5...1.5) }
    }
    let run = folder.appendingPathComponent("\(model)-\(UUID().uuidString)")
    try Files.makeFolder(run)
    try Files.write(try JSONEncoder().encode(settings), to: run.appendingPathComponent("cell.json"))
    try network.safeTensors.write(to: run.appendingPathComponent("best.safetensors"))
    return (run, network)
  }

  private func export(_ run: URL, int8: Bool = false) throws -> ONNXFile {
    let file = run.appendingPathComponent("model.onnx")
    try ONNXExport(run: run).write(to: file, isInt8: int8, progress: ProgressReporter(.quiet))
    return try ONNXFile(file)
  }

  /// Every network, with the settings that change what it is made of.
  private static let networks: [(name: String, settings: [String: Setting])] =
    Networks.registry.all.map { ($0.name, [:]) }
    + [("vgg-pspnet", ["network.outputStride": .whole(8)]), ("vgg-pspnet", ["network.outputStride": .whole(16)])]
    + [("efficientnet-unet", ["network.variant": .text("lite1"), "network.stages": .whole(4)])]

  @Test("Every network is written whole, for pictures brought to a size and for any, in Float and in int8")
  func networks() throws {
    try withTemporaryFolder { folder in
      for (name, settings) in Self.networks {
        for size in ["native", "40x24"] {
          let (run, model) = try run(name, settings, size: size, in: folder)
          let file = try export(run)
          file.expectWhole()
          #expect(file.name == name && file.formatVersion == 8 && file.operatorSets == ["": 17])
          #expect(
            file.inputs == [.init(name: "pictures", element: 2, extents: ["pictures", "height", "width", "3"])])
          #expect(
            file.outputs == [
              .init(name: "classes", element: 2, extents: ["pictures", "height", "width"]),
              .init(name: "probabilities", element: 1, extents: ["pictures", "8", "height", "width"]),
            ])
          // Each kernel is in it once.
          let kernels = model.parameters.filter { $0.role == .kernel }
          #expect(
            file.tensors.filter { $0.key.hasSuffix("/kernel") }.values.reduce(0) { $0 + $1.bytes.count }
              == 4 * kernels.reduce(0) { $0 + $1.count }, "\(name)")
          guard size != "native" else { continue }
          let rounded = try export(run, int8: true)
          rounded.expectWhole()
          #expect(rounded.nodes("Conv").count == file.nodes("Conv").count)
          #expect(rounded.metadata["numbers"] == "int8, ranges from 2 training pictures")
        }
      }
    }
  }

  @Test("Kernels have the normalisation after them in them, and ONNX's order of extents")
  func folding() throws {
    try withTemporaryFolder { folder in
      let (run, model) = try run("unet", in: folder)
      let file = try export(run)
      let parameters = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0) })
      func values(_ name: String) throws -> [Float] {
        let parameter = try #require(parameters["down2.1.\(name)"])
        return (0..<parameter.count).map { parameter.values.pointer[$0] }
      }
      let (kernel, bias, scale, shift) = try (values("kernel"), values("bias"), values("scale"), values("shift"))
      let (mean, variance) = try (values("mean"), values("variance"))
      let (stored, offsets) = try (
        #require(file.tensors["down2.1/kernel"]), #require(file.tensors["down2.1/bias"]?.values(Float.self))
      )
      let (outputs, inputs) = (scale.count, kernel.count / 9 / scale.count)
      #expect(stored.extents == [outputs, inputs, 3, 3])
      let folded = stored.values(Float.self)
      for o in 0..<outputs {
        let slope = scale[o] / (variance[o] + 1e-3).squareRoot()
        #expect(abs(offsets[o] - (slope * (bias[o] - mean[o]) + shift[o])) < 1e-5)
        for i in 0..<inputs {
          for place in 0..<9 {
            #expect(
              abs(folded[(o * inputs + i) * 9 + place] - slope * kernel[(place * inputs + i) * outputs + o]) < 1e-6)
          }
        }
      }
      #expect(file.nodes("BatchNormalization").isEmpty)
    }
  }

  @Test("A transposed convolution is one of four times the channels: rows, columns, channels")
  func transposed() throws {
    try withTemporaryFolder { folder in
      let (run, model) = try run("unet", in: folder)
      let file = try export(run)
      let kernel = try #require(model.parameters.first { $0.name == "rise1.kernel" })
      let (inner, outputs) = (kernel.extents[2], kernel.extents[3])
      let stored = try #require(file.tensors["rise1/kernel"])
      #expect(stored.extents == [4 * outputs, inner, 1, 1])
      let values = stored.values(Float.self)
      for place in 0..<4 {
        for (o, i) in [(0, 0), (outputs - 1, 1), (3, inner - 1)] {
          #expect(values[(place * outputs + o) * inner + i] == kernel.values.pointer[(place * inner + i) * outputs + o])
        }
      }
    }
  }

  @Test("Convolutions of stride 2 have their zeros on both sides, or in the lite networks after the picture")
  func padding() throws {
    try withTemporaryFolder { folder in
      for (variant, padding) in [("b0", [1, 1, 0, 0]), ("lite0", [0, 0, 1, 1])] {
        let settings: [String: Setting] = ["network.variant": .text(variant), "network.stages": .whole(2)]
        let file = try export(run("efficientnet-unet", settings, in: folder).folder)
        let stem = try #require(file.nodes("Conv").first { $0.name == "encoder.stem/Conv" })
        #expect(try stem.integers("pads") == padding && stem.integers("strides") == [2, 2])
      }
    }
  }

  @Test("At output stride 8 the last block's convolutions are dilated, and nothing is split")
  func dilation() throws {
    try withTemporaryFolder { folder in
      let file = try export(run("vgg-pspnet", ["network.outputStride": .whole(8)], in: folder).folder)
      let dilated = try file.nodes("Conv").filter { try $0.integers("dilations") == [2, 2] }
      #expect(dilated.map(\.name) == (1...3).map { "encoder.block5.conv\($0)/Conv" })
      for node in dilated { #expect(try node.integers("pads") == [2, 2, 2, 2]) }
    }
  }

  @Test("In int8 each row of a kernel has its own scale, and is off by half of it at most")
  func int8() throws {
    try withTemporaryFolder { folder in
      let (run, _) = try run("unet-mini", in: folder)
      let (float, rounded) = try (export(run), export(run, int8: true))
      for (name, tensor) in float.tensors where name.hasSuffix("/kernel") {
        let stored = try #require(rounded.tensors[name])
        let scales = try #require(rounded.tensors["\(name).scale"]?.values(Float.self))
        #expect(stored.element == 3 && stored.extents == tensor.extents && scales.count == tensor.extents[0])
        let (values, whole) = (tensor.values(Float.self), stored.values(Int8.self))
        let columns = values.count / scales.count
        for index in values.indices {
          let scale = scales[index / columns]
          #expect(abs(Float(whole[index]) * scale - values[index]) <= scale * 0.50001)
        }
      }
      // What follows a convolution at once is rounded with it.
      let rounders = Dictionary(grouping: rounded.nodes("QuantizeLinear")) { $0.inputs[0] }
      for node in rounded.nodes("Relu") { #expect(rounders[node.inputs[0]] == nil && rounders[node.outputs[0]] != nil) }
    }
  }

  @Test("The file says its classes, where it comes from and what it was made of")
  func metadata() throws {
    try withTemporaryFolder { folder in
      let (run, _) = try run("unet-mini", ["training.precision": .text("bf16")], in: folder)
      let metadata = try export(run).metadata
      let classes = try #require(
        JSONSerialization.jsonObject(with: Data((metadata["classes"] ?? "").utf8)) as? [[String: Any]])
      #expect(classes.compactMap { $0["name"] as? String } == ClassSet.cityscapes8.names)
      #expect(classes[1]["colour"] as? [Int] == [128, 64, 128] && classes[1]["exportValue"] as? Int == 7)
      #expect(metadata["run"] == run.lastPathComponent && metadata["model"] == "unet-mini")
      // Weights are Float whatever a run computed with.
      #expect(metadata["trainedIn"] == "bf16" && metadata["numbers"] == "fp32" && metadata["size"] == "32x16")
      #expect(metadata["void"] == "void" && metadata["settings"]?.contains("\"network.width\":0.125") == true)
    }
  }

  @Test("Void that isn't learned is never the largest; where it is learned, nothing is taken away")
  func masking() throws {
    try withTemporaryFolder { folder in
      for learns in [false, true] {
        let file = try export(run("unet-mini", ["training.learnsVoid": .flag(learns)], in: folder).folder)
        let offsets = file.tensors["finish/never"]?.values(Float.self)
        #expect(offsets == (learns ? nil : [-Float.greatestFiniteMagnitude] + [Float](repeating: 0, count: 7)))
      }
    }
  }

  /// The cells of an experiment with tiny pictures, run.
  private func fitted(_ yaml: String, in folder: URL) throws -> Comparison {
    let experiment = try Experiment(
      yaml: """
        name: tiny
        data: {size: 32x16, train: 2, validation: 1, test: 1}
        forest: {trees: 2}
        \(yaml)
        """, file: "tiny.yaml")
    let comparison = try Comparison(
      experiment, runs: folder.appendingPathComponent(UUID().uuidString), progress: ProgressReporter(.quiet),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    _ = try comparison.run(command: "test")
    return comparison
  }

  @Test("Pixel classifiers are written, those without probabilities with classes alone")
  func classifiers() throws {
    try withTemporaryFolder { folder in
      for yaml in [
        "model: [random-forest, gaussian-nb]\nfeatures: {groups: [rgb, filters]}",
        "model: {name: linear-svc, featureMap: products}\nfeatures: {groups: rgb}",
      ] {
        let comparison = try fitted(yaml, in: folder)
        for cell in comparison.cells {
          let (model, run) = (cell.settings.model, comparison.store.folder(of: cell.name))
          let file = try export(run)
          file.expectWhole()
          #expect(file.outputs.map(\.name) == ["classes"] + (model == "linear-svc" ? [] : ["probabilities"]))
          #expect(file.operatorSets["ai.onnx.ml"] == (model == "random-forest" ? 1 : nil))
          #expect(file.metadata["weights"] != nil && file.metadata["data"]?.hasPrefix("synthetic-") == true)
        }
      }
    }
  }

  @Test("Features that ONNX can't express are refused with the reason, and int8 without a network")
  func classifierRefusals() throws {
    try withTemporaryFolder { folder in
      let comparison = try fitted("model: gaussian-nb\nfeatures: {groups: [rgb, context]}", in: folder)
      let runs = comparison.cells.map { ($0.settings.features.groups, comparison.store.folder(of: $0.name)) }
      for (groups, run) in runs {
        if groups == .context {
          let error = #expect(throws: ONNXError.self) { try export(run) }
          #expect("\(String(describing: error))".contains("context"))
        } else {
          #expect(throws: SettingError.self) { try export(run, int8: true) }
        }
        #expect(!FileManager.default.fileExists(atPath: run.appendingPathComponent("model.onnx").path))
      }
    }
  }

  @Test("What isn't the folder of a trained run is refused, and nothing is written")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      let (run, _) = try run("unet-mini", in: folder)
      try FileManager.default.removeItem(at: run.appendingPathComponent("best.safetensors"))
      for place in [folder, run] {
        #expect(throws: HarnessError.self) {
          try ONNXExport(run: place).write(to: file, isInt8: false, progress: ProgressReporter(.quiet))
        }
      }
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }
}
