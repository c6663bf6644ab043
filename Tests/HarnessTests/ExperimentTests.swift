import Foundation
import Harness
import Scenes
import Settings
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

  @Test("Further grids change some settings, and what several grids hold is one cell")
  func furtherGrids() throws {
    let yaml = """
      model: [linear-svc, unet, vgg-unet]
      seed: [0, 1]
      also:
        - model: vgg-unet
          loss: [ce, kl]
        - model: unet
          seed: 7
          epochs: 3
        - {}
      """
    let experiment = try Experiment(yaml: yaml, file: "e.yaml")
    #expect(experiment.axes == ["model", "loss", "training.epochs", "seed"])
    let cells = try experiment.cellSettings().map { "\($0.model) \($0.loss) \($0.seed) \($0.training.epochs)" }
    #expect(
      cells == [
        "linear-svc ce 0 40", "linear-svc ce 1 40", "unet ce 0 40", "unet ce 1 40", "vgg-unet ce 0 40",
        "vgg-unet ce 1 40", "vgg-unet kl 0 40", "vgg-unet kl 1 40", "unet ce 7 3",
      ])
    let again = try Experiment(yaml: experiment.yaml(), file: "again.yaml")
    #expect(try again.cellSettings() == experiment.cellSettings() && again.also == experiment.also)
  }

  @Test(
    "A further grid is checked like the first",
    arguments: [
      "also: 3", "also: [3]", "also: [{losss: kl}]", "also: [{also: [{loss: kl}]}]", "also: [{epochs: many}]",
      "also: [{epochs: 1, training: {epochs: 2}}]", "also: [{conditions: [fog]}]",
      "model: [unet, vgg-unet]\nalso: [{seed: [\(Array(0..<9_999).map(String.init).joined(separator: ","))]}]",
    ])
  func malformedGrids(_ yaml: String) {
    #expect(throws: SettingError.self) { try Experiment(yaml: yaml, file: "e.yaml").cellSettings() }
  }

  @Test("What an experiment is may be said in several languages, and is stored in all of them")
  func abouts() throws {
    for yaml in ["about: {en: Losses., fr: Fonctions de perte.}", "about:\n  fr: Fonctions de perte.\n  en: Losses."] {
      let first = try Experiment(yaml: "name: a\n\(yaml)", file: "a.yaml")
      for experiment in [first, try Experiment(yaml: first.yaml(), file: "b.yaml")] {
        #expect(experiment.about == "Losses." && experiment.about(in: "fr") == "Fonctions de perte.")
        #expect(experiment.about(in: "de") == "Losses.")
      }
    }
    #expect(try Experiment(yaml: "name: a\nabout: {fr: Pertes.}", file: "a.yaml").about(in: "en") == "Pertes.")
    #expect(try Experiment(yaml: "name: a\nabout: Losses.", file: "a.yaml").about(in: "fr") == "Losses.")
  }

  @Test("All grids are about the same pictures")
  func oneData() throws {
    let experiment = try Experiment(yaml: "also: [{data: {size: 64x32}}]", file: "e.yaml")
    #expect(throws: SettingError.self) { try experiment.dataSettings() }
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
    #expect(cell.data.train == nil && cell.data.test == 3 && cell.training == TrainingSettings())
  }

  @Test("An experiment written out and read again is the same grid")
  func yamlRoundTrip() throws {
    let first = try experiment(
      "name: a.b-c_1\nabout: \"with \\\"quotes\\\": and\\nlines\"\nseed: [3, 4]\ntraining: {learningRate: 1e-3}")
    let second = try Experiment(yaml: try first.yaml(), file: "x.yaml")
    #expect(try second.cellSettings() == first.cellSettings())
    #expect(second.name == first.name && second.about == first.about && second.axes == first.axes)
  }

  @Test("Ten lines of aliases that stand for a thousand million values are refused, as values and as keys")
  func aliases() {
    var yaml = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      yaml += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", ") + "]\n"
    }
    #expect(throws: SettingError.self) { try experiment(yaml) }
    #expect(throws: SettingError.self) { try experiment(yaml + "{*a9: 1}") }
  }

  @Test("Signs of aliases within words and texts are no aliases")
  func signs() throws {
    #expect(try experiment("about: R&D of *R* and *D*, a & b").about == "R&D of *R* and *D*, a & b")
  }

  private static let texts: [String] = [
    "5", "1e3", "true", "null", "~", "", " a ", "a: b", "a #b", "- a", "[a]", "'", "\"\\", "a\nb", "*a", "!x", "é€",
    "a:",
    "/a/b.c-d_e:f", "\u{0}", "\u{7F}", "\u{85}", "\u{1F600}", "---", "...",
  ]

  @Test("A text survives writing out, whatever it holds", arguments: texts)
  func survivesWriting(text: String) throws {
    var first = try experiment("name: x")
    try first.set("data.root", to: .list([.text(text), .text("b")]))
    let second = try Experiment(yaml: first.yaml(), file: "x.yaml")
    #expect(try second.cellSettings().map(\.data.root) == [text, "b"])
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
    #expect(preset.summary.hasSuffix(".") && !preset.summary.contains("\n"))
    #expect(try preset.experiment().name == name)
    // The weights that some start from are the user's.
    try withTemporaryFolder { folder in
      var yaml = preset.yaml
      for file in ["vgg16.safetensors", "lite0.safetensors"] {
        let path = folder.appendingPathComponent(file)
        try Data().write(to: path)
        yaml = yaml.replacing("weights: \(file)", with: "weights: \(path.path)")
      }
      #expect(try !Experiment(yaml: yaml, file: name).cellSettings().isEmpty)
    }
  }

  @Test("Cells of other settings or other pictures have other folders, the same pictures elsewhere the same")
  func cellNames() throws {
    let settings = try #require(try experiment("model: unet-mini").cellSettings().first)
    func name(_ settings: CellSettings, _ data: String, weights: String? = nil) throws -> String {
      try Cell(settings, axes: [], contents: Cell.Contents(data: data, weights: weights)).name
    }
    let first = try name(settings, "a")
    #expect(first.hasPrefix("unet-mini_ce_none_seed0_"))
    #expect(try name(settings, "b") != first)
    #expect(try name(settings.with("data.root", .text("/elsewhere")), "a") == first)
    #expect(try name(settings.with("training.epochs", .whole(41)), "a") != first)
    // What equals the default is no difference, so that a setting that a later version adds makes no other cell.
    #expect(try name(settings.with("training.epochs", .whole(40)), "a") == first)
  }

  /// Experiments that would take long, much memory or an overflow, and a part of what they are refused with.
  private static let excessive: [(yaml: String, message: String)] = {
    let seeds = (0..<200).map(String.init).joined(separator: ", ")
    let batches = (1...51).map(String.init).joined(separator: ", ")
    return [
      ("data:\n  size: 9223372036854775807x16", "WIDTHxHEIGHT"), ("data:\n  size: 65536x65536", "WIDTHxHEIGHT"),
      ("seed: 99999999999999999999", "a whole number"), ("seed: 1\nseed: 2", "seed"),
      ("epochs: 1\ntraining: {epochs: 2}", "training.epochs is given twice"),
      ("a: &x [1]\nseed: *x", "alias *x"), ("seed: &x [*x]", "alias *x"), ("seed: *x", "undefined alias"),
      (String(repeating: "[", count: 20) + String(repeating: "]", count: 20), "nested"),
      (String(repeating: "[", count: 100_000), "test.yaml"),
      (String(repeating: "x", count: 1 << 19) + ": 1", "test.yaml"),
      (String(repeating: "x", count: 1000) + ": 1", "there is no setting"),
      (String(repeating: "# \n", count: 1 << 19), "bytes"),
      ("seed: [\(seeds)]\nbatch: [\(batches)]", "over 10000 combinations"),
    ]
  }()

  @Test("What would take too much is refused at once", arguments: excessive.indices)
  func refusesExcess(index: Int) throws {
    let (yaml, message) = Self.excessive[index]
    do {
      let experiment = try experiment(yaml)
      _ = try experiment.cellSettings()
      Issue.record("accepted: \(yaml.prefix(100))")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
      #expect(ExitStatus(error) == .usage)
    }
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
      ("forest:\n  trees: 0", "forest.trees is 0"), ("features:\n  sampling: some", "Known: all, random, balanced"),
      ("training:\n  augmentationPolicy: often", "Known: probability, append"),
      ("features:\n  groups: rgbs", "one of rgb"),
      ("training:\n  schedule: cosinus", "did you mean 'cosine'"),
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
