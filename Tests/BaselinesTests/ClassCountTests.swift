import Baselines
import Compute
import Foundation
import Scenes
import Storage
import TestSupport
import Testing

@Suite struct ClassCountTests {
  static let counts = [2, 3, 8, 12, 19, 20, 40]

  @Test(
    "a forest of any number of classes is as accurate as scikit-learn's, within the chance of the seeds",
    arguments: counts)
  func forestAccuracy(classCount: Int) throws {
    let golden = try GoldenClasses.load(classCount)
    let accuracies = try (0..<5).map { seed in
      var settings = RandomForest()
      settings.trees = 50
      let seen = try settings.grow(golden.train, golden.y, classCount: classCount, seed: UInt64(seed)).classify(
        golden.test)
      return Double(zip(seen, golden.yt).count { $0 == $1 }) / Double(golden.yt.count)
    }
    // As in `accuracyOfScikitLearn`.
    let bound = 5 * golden.forestDeviation * (1.0 / 5 + 1.0 / 20).squareRoot()
    #expect(abs(accuracies.reduce(0, +) / 5 - golden.forestAccuracy) < bound, "\(accuracies)")
  }

  @Test(
    "the planes of any number of classes, their objectives and their predictions are scikit-learn's", arguments: counts)
  func planes(classCount: Int) throws {
    let golden = try GoldenClasses.load(classCount)
    var settings = LinearSVC()
    settings.tolerance = 1e-6
    let model = try settings.solve(golden.train, golden.y, classCount: classCount)
    #expect(model.classes == Set(golden.y).sorted())
    #expect(!model.outcomes.contains { !$0.converged })
    for column in model.classes.indices {
      let weights = (0..<4).map { model.weights[$0 * model.lanes + column] }
      expectClose(weights, golden.weights[column], absolute: 2e-4, "class \(model.classes[column])")
    }
    expectClose(model.outcomes.map(\.objective), golden.objectives, relative: 1e-5)
    // Two planes that are as high as each other to the last digits may be ranked either way.
    let same = zip(model.classify(golden.test), golden.svcPrediction).count { $0 == $1 }
    #expect(same >= golden.svcPrediction.count - 2)
  }

  @Test(
    "both models of any number of classes come back from their files as they were", arguments: counts,
    ClassifiersTests.kinds)
  func savedModels(classCount: Int, kind: any PixelClassifier.Type) throws {
    try savedModel(kind, GoldenClasses.load(classCount))
  }

  private func savedModel<Kind: PixelClassifier>(_ kind: Kind.Type, _ golden: GoldenClasses) throws {
    let sample = PixelSample(
      features: .rgb, matrix: golden.train, labels: golden.y, classCount: golden.classes)
    let model = try small(kind).fit(sample, seed: 1)
    let picture = halves(count: 1)[0].picture
    try withFolder { folder in
      let (first, second) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      try model.save(to: first)
      let read = try Kind.Fitted(contentsOf: first)
      #expect(read.classCount == golden.classes)
      let prediction = try read.predict([picture])
      #expect(try prediction == model.predict([picture]))
      #expect(prediction[0].classCount.map { $0 == golden.classes } ?? true)
      #expect(prediction[0].classes.allSatisfy { golden.y.contains($0) })
      try read.save(to: second)
      #expect(try Data(contentsOf: first) == Data(contentsOf: second))
      for count in ["1", "256", "", "x"] {
        var bad = try SafeTensors(contentsOf: first)
        bad.metadata["classCount"] = count
        try bad.write(to: second)
        #expect(throws: BaselinesError.self) { try Kind.Fitted(contentsOf: second) }
      }
    }
  }

  @Test("probabilities of any number of classes are the shares in the leaves, by a plain count", arguments: counts)
  func shares(classCount: Int) throws {
    let golden = try GoldenClasses.load(classCount)
    var settings = RandomForest()
    (settings.trees, settings.bootstrap, settings.maxDepth, settings.featuresPerSplit) = (1, false, 1, 3)
    let shares = try settings.grow(golden.train, golden.y, classCount: classCount).probabilities(of: golden.train)
    // One split makes two kinds of rows; each kind's shares are those of its own labels.
    let rows = golden.y.indices.map { Array(shares[$0 * classCount..<($0 + 1) * classCount]) }
    let kinds = Set(rows)
    #expect(kinds.count == 2)
    for kind in kinds {
      let labels = rows.indices.filter { rows[$0] == kind }.map { golden.y[$0] }
      let counted = (0..<classCount).map { label in
        Float(labels.count { Int($0) == label }) / Float(labels.count)
      }
      expectClose(kind, counted, absolute: 1e-6)
    }
  }

  @Test("models of eight classes that 0.1.0 stored open, and predict what they did then")
  func earlierFiles() throws {
    let runs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("HarnessTests/Fixtures/runs-0.1.0/tiny")
    let scenes = ["altmark_000015_003000", "dunhaven_000016_003275"]
    func check<Kind: PixelClassifier>(_ kind: Kind.Type, _ run: String) throws {
      let folder = runs.appendingPathComponent(run)
      let model = try Kind.Fitted(contentsOf: folder.appendingPathComponent("best.safetensors"))
      #expect(model.classCount == 8)
      for scene in scenes {
        let picture = try PNG.picture(at: runs.appendingPathComponent("panel/\(scene)_picture.png"))
        let stored = try PNG.labels(
          at: folder.appendingPathComponent("predictions/\(scene)_labelIds.png"))
        let then = Scene(name: scene, picture: picture, labels: stored, labelTable: .cityscapes).classes
        #expect(try model.predict([picture])[0].classes == then, "\(run), \(scene)")
      }
    }
    try check(RandomForest.self, "random-forest_seed0_aff0c2a6")
    try check(LinearSVC.self, "linear-svc_seed0_ea1e5dae")
  }
}
