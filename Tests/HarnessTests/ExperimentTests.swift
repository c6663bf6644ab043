import Foundation
import Harness
import Scenes
import TestSupport
import Testing

@Suite("Experiments") struct ExperimentTests {
  private func experiment(_ yaml: String) throws -> Experiment { try Experiment(yaml: yaml, file: "test.yaml") }

  @Test("Any setting given as a list spans the grid, the last key fastest")
  func grid() throws {
    let cells = try experiment("model: unet-mini\ntraining:\n  batch: [2, 4]\nseed: [0, 1, 2]").cellSettings()
    #expect(cells.map { "\($0.training.batch)/\($0.seed)" } == ["2/0", "2/1", "2/2", "4/0", "4/1", "4/2"])
  }

  @Test("Settings that don't bear on a model don't multiply its cells")
  func irrelevant() throws {
    let cells = try experiment(
      "model: [random-forest, unet-mini]\naugmentation: [none, mirror]\nforest:\n  trees: [5, 6]"
    ).cellSettings()
    #expect(cells.count { $0.model == "random-forest" } == 2)
    #expect(cells.count { $0.model == "unet-mini" } == 2)
  }

  @Test("A key may be given by its end where that is unambiguous")
  func shortKeys() throws {
    var experiment = try experiment("name: x")
    try experiment.set("epochs=7")
    try experiment.set("training.batch=[1, 2]")
    let cells = try experiment.cellSettings()
    #expect(cells.map(\.training.epochs) == [7, 7] && cells.map(\.training.batch) == [1, 2])
  }

  @Test("A setting left out has its default, null stands for no bound")
  func defaults() throws {
    let cell = try #require(try experiment("data:\n  train: null\n  test: 3").cellSettings().first)
    #expect(cell.data.train == nil && cell.data.test == 3 && cell.training == CellSettings().training)
  }

  @Test("An experiment written out and read again is the same grid")
  func yamlRoundTrip() throws {
    let first = try experiment(
      "name: a.b-c_1\nabout: \"with \\\"quotes\\\": and\\nlines\"\nseed: [3, 4]\ntraining: {learningRate: 1e-3}")
    let second = try Experiment(yaml: try first.yaml(), file: "x.yaml")
    #expect(try second.cellSettings() == first.cellSettings())
    #expect(second.name == first.name && second.about == first.about && second.axes == first.axes)
  }

  @Test("Conditions are named once each, and make no further cells and no other ones")
  func conditions() throws {
    var experiment = try experiment("model: linear-svc")
    let cells = try experiment.cellSettings()
    try experiment.set("conditions=[clean, fog-3, rain-torrential, fog-3, night-2+rain-1]")
    #expect(experiment.conditions.map(\.name) == ["fog-3", "rain-5", "night-2+rain-1"])
    #expect(try experiment.cellSettings() == cells && experiment.axes.isEmpty)
    let second = try Experiment(yaml: try experiment.yaml(), file: "x.yaml")
    #expect(second.conditions == experiment.conditions)
    try experiment.set("conditions=snow-1")
    #expect(experiment.conditions.map(\.name) == ["snow-1"])
    try experiment.set("conditions=[]")
    #expect(experiment.conditions.isEmpty)
  }

  @Test("Every preset is a valid experiment that opens with what it is", arguments: Presets.all.map(\.name))
  func presets(name: String) throws {
    let preset = try Presets.named(name)
    #expect(preset.yaml.hasPrefix("# ") && preset.yaml.contains("# Costs:"))
    #expect(try !preset.experiment().cellSettings().isEmpty)
    #expect(try preset.experiment().name == name)
  }

  @Test("Cells of other settings or other pictures have other folders, the same pictures elsewhere the same")
  func cellNames() throws {
    var settings = try #require(try experiment("model: unet-mini").cellSettings().first)
    let first = try Cell(settings, axes: [], dataFingerprint: "a")
    #expect(first.name.hasPrefix("unet-mini_ce_none_seed0_"))
    #expect(try Cell(settings, axes: [], dataFingerprint: "b").name != first.name)
    settings.data.root = "/elsewhere"
    #expect(try Cell(settings, axes: [], dataFingerprint: "a").name == first.name)
    settings.training.epochs += 1
    #expect(try Cell(settings, axes: [], dataFingerprint: "a").name != first.name)
  }

  @Test(
    "Bad settings are refused with the key, the value and what would be right",
    arguments: [
      ("epohs: 3", "did you mean 'epochs'"),
      ("training:\n  epochs: ten", "training.epochs is 'ten', but must be a whole number"),
      ("model: unet-mimi", "did you mean 'unet-mini'"), ("loss: cee", "did you mean 'ce'"),
      ("augmentation: miror", "did you mean 'mirror'"), ("training:\n  epochs: 0", "training.epochs is 0"),
      ("training:\n  epochs: 1.5", "whole number"), ("training:\n  batch: []", "at least one value"),
      ("training:\n  batch: [[1]]", "whole number"), ("training:\n  learningRate: -1", "above 0"),
      ("training:\n  learningRate: .nan", "a number"), ("data:\n  size: 256", "WIDTHxHEIGHT"),
      ("data:\n  size: 4x4", "16x16"),
      ("data:\n  train: 0", "1 or more"), ("data:\n  skipBad: maybe", "true or false"),
      ("forest:\n  trees: 0", "forest.trees is 0"), ("features:\n  sampling: some", "random:N"),
      ("training:\n  augmentationPolicy: often", "append:S"), ("features:\n  groups: rgbs", "one of rgb"),
      ("training:\n  schedule: cosinus", "one of constant"),
      ("encoder:\n  weights: nowhere\nmodel: vgg-unet", "nowhere"),
      ("training:\n  optimizer: adamm", "did you mean 'adam'"), ("svc:\n  c: 0", "svc.c is 0"),
      ("seed: -1", "seed is -1"), ("conditions: [fog-3, fgo-3]", "did you mean 'fog-3'"),
      ("conditions: mirror", "no condition 'mirror'"), ("conditions: [rain-6]", "did you mean 'rain-1'"),
      ("conditions: [[fog-3]]", "no condition '[fog-3]'"), ("conditons: [fog-3]", "did you mean 'conditions'"),
      ("select: validatoin", "did you mean 'validation'"),
      ("name: ../up", "name is '../up'"), ("name: ''", "name is ''"), ("- a\n- b", "key: value"),
      ("model: [", "test.yaml"),
      ("training: 3", "there is no setting 'training'"),
      ("data:\n  size: [64x32, 32x32]\nmodel: linear-svc", "one value"),
    ])
  func refused(yaml: String, message: String) throws {
    do {
      let experiment = try experiment(yaml)
      _ = try experiment.cellSettings()
      _ = try experiment.dataSettings()
      Issue.record("accepted: \(yaml)")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
      #expect(ExitStatus(error) == (message == "nowhere" ? .badData : .usage))
    }
  }
}
