import Foundation
import Harness
import Scenes
import Settings
import Storage
import Streets
import TestSupport
import Testing

/// What a trained run writes of pictures.
@Suite("Predicting pictures", .serialized) struct PredictingTests {
  private static let yaml = """
    name: tiny
    data: {size: 32x16, train: 4, validation: 2, test: 1}
    training: {epochs: 1, batch: 2}
    network: {width: 0.25}
    forest: {trees: 3}
    """

  /// Trains a model in `folder`.
  private func trained(_ model: String, in folder: URL) throws -> StoredModel {
    let comparison = try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs")) {
      try $0.set("model=\(model)")
    }
    _ = try comparison.run(command: "test")
    return try StoredModel(run: comparison.store.folder(of: comparison.cells[0].name))
  }

  /// Writes a street of 75x41 pixels.
  private func write(_ file: URL) throws {
    try PNG.write(SyntheticStreet(seed: 1).scene(index: 0, width: 75, height: 41).picture, to: file)
  }

  /// Predicts what lies in `in`.
  private func predict(
    _ model: StoredModel, _ folder: URL, to out: String = "out", options: PredictionOptions = PredictionOptions()
  ) throws {
    let out = folder.appendingPathComponent(out)
    try model.predict(
      PictureSelection([folder.appendingPathComponent("in")], out: out), to: out, options: options,
      progress: ProgressReporter(.quiet), logger: silentLogger)
  }

  private func files(_ folder: URL) throws -> [String] {
    let paths = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
    return paths.filter { !folder.appendingPathComponent($0).hasDirectoryPath && $0.contains(".") }.sorted()
  }

  @Test(
    "Models of an experiment are timed together, networks without weights too; a classifier that isn't there is named")
  func frameTimes() throws {
    try withTemporaryFolder { folder in
      let comparison = try makeComparison(Self.yaml, runs: folder.appendingPathComponent("runs")) {
        try $0.set("model=[linear-svc, unet-mini]")
      }
      let store = comparison.store
      func measure() throws -> FrameTimes {
        try FrameTimes(store, rounds: 2, command: "measure", progress: ProgressReporter(.quiet))
      }
      #expect(throws: HarnessError.self) { try measure() }
      _ = try comparison.run(command: "test")
      #expect(try store.frameTimes() == nil)
      let times = try measure()
      #expect(
        Set(times.cells.keys) == Set(comparison.cells.map(\.name)) && times.cells.values.allSatisfy { $0.seconds > 0 })
      #expect(times.environment.command == "measure")
      let (classifier, network) = (comparison.cells[0].name, comparison.cells[1].name)
      #expect(times.cells[classifier]?.trainingSeconds == nil)
      #expect(try #require(times.cells[network]?.trainingSeconds) > 0)
      try store.write(times)
      #expect(try store.frameTimes() == times)
      try FileManager.default.removeItem(at: store.weights(of: network))
      #expect(try #require(measure().cells[network]?.trainingSeconds) > 0)
      try FileManager.default.removeItem(at: store.weights(of: classifier))
      #expect { try measure() } throws: { "\($0)".contains(classifier) }
    }
  }

  @Test("Pictures of any size are predicted at their own", arguments: ["linear-svc", "unet-mini"])
  func sizes(model: String) throws {
    try withTemporaryFolder { folder in
      try write(folder.appendingPathComponent("in/lyon/street.png"))
      try predict(trained(model, in: folder), folder)
      let out = folder.appendingPathComponent("out")
      #expect(
        try files(out)
          == ["lyon/street_labelIds.png", "lyon/street_mask.png", "lyon/street_overlay.png"])
      let labels = try PNG.labels(at: out.appendingPathComponent("lyon/street_labelIds.png"))
      #expect(labels.width == 75 && labels.height == 41)
      #expect(Set(labels.labels).isSubset(of: ClassSet.cityscapes8.classes.map(\.exportValue)))
      #expect(try PNG.picture(at: out.appendingPathComponent("lyon/street_mask.png")).width == 75)
    }
  }

  @Test("A bad picture is left out, and the others are predicted")
  func badPicture() throws {
    try withTemporaryFolder { folder in
      try Files.write("no picture", to: folder.appendingPathComponent("in/a.png"))
      try write(folder.appendingPathComponent("in/b.png"))
      let model = try trained("random-forest", in: folder)
      #expect(throws: HarnessError.badPictures(failed: 1, of: 2)) { try predict(model, folder) }
      #expect(ExitStatus(HarnessError.badPictures(failed: 1, of: 2)) == .badData)
      #expect(
        try files(folder.appendingPathComponent("out")) == ["b_labelIds.png", "b_mask.png", "b_overlay.png"])
    }
  }

  @Test("Probabilities are float32 of height, width and classes, and the likeliest are the classes that are exported")
  func probabilities() throws {
    try withTemporaryFolder { folder in
      try write(folder.appendingPathComponent("in/b.png"))
      let options = PredictionOptions(writesProbabilities: true, writesLegend: true)
      try predict(trained("random-forest", in: folder), folder, options: options)
      let out = folder.appendingPathComponent("out")
      #expect(FileManager.default.fileExists(atPath: out.appendingPathComponent("legend.svg").path))
      let data = try Files.read(out.appendingPathComponent("b_probabilities.npy"))
      let header = 10 + Int(data[8]) + 256 * Int(data[9])
      let text = String(decoding: data[10..<header], as: UTF8.self)
      #expect(text.contains("'<f4'") && text.contains("(41, 75, 8,)") && text.contains("'fortran_order': False"))
      let values = data.dropFirst(header).withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
      let prediction = Prediction(width: 75, height: 41, classCount: 8, probabilities: values)
      for pixel in 0..<75 * 41 { #expect(abs(values[8 * pixel..<8 * pixel + 8].reduce(0, +) - 1) < 1e-4) }
      let exported = prediction.classes.map { ClassSet.cityscapes8.classes[Int($0)].exportValue }
      #expect(try PNG.labels(at: out.appendingPathComponent("b_labelIds.png")).labels == exported)
    }
  }

  @Test("A model without probabilities is refused where they are asked for, before anything is written")
  func noProbabilities() throws {
    try withTemporaryFolder { folder in
      try write(folder.appendingPathComponent("in/b.png"))
      let model = try trained("linear-svc", in: folder)
      #expect(throws: SettingError.self) {
        try predict(model, folder, options: PredictionOptions(writesProbabilities: true, writesLegend: true))
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("out").path))
    }
  }

  @Test("No picture that is to be predicted is written over")
  func overPictures() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "a_mask"] { try write(folder.appendingPathComponent("in/\(name).png")) }
      let model = try trained("linear-svc", in: folder)
      #expect(throws: SettingError.self) { try predict(model, folder, to: "in") }
      #expect(try files(folder.appendingPathComponent("in")) == ["a.png", "a_mask.png"])
    }
  }

  @Test("A legend has the names, colours and exported values of all classes, as XML")
  func legend() throws {
    let classes = try ClassSet(
      name: "own",
      classes: [
        .init("road & rail", RGB(1, 2, 3), exportValue: 7), .init("rest", RGB(4, 5, 6), exportValue: 99),
        .init("void", RGB(0, 0, 0), exportValue: 255),
      ], void: 2, members: [:])
    let svg = classes.legend
    for text in [">road &amp; rail<", ">rest<", ">void<", ">7<", ">99<", ">255<", "rgb(1,2,3)", "rgb(4,5,6)"] {
      #expect(svg.contains(text), "\(text)")
    }
    #expect(svg.components(separatedBy: "<text ").count == 7)
  }
}
