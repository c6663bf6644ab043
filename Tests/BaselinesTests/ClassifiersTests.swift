import Baselines
import Compute
import Foundation
import Scenes
import Testing

@Suite struct ClassifiersTests {
  private func small(_ classifier: Classifier) throws -> any PixelClassifier {
    try classifier.make(classifier.name == "random-forest" ? ["trees": "5"] : [:], 1)
  }

  @Test("classifiers are found by name, and an unknown name lists the known ones")
  func registry() throws {
    #expect(Classifiers.all.map(\.name) == ["random-forest", "linear-svc"])
    #expect(throws: BaselinesError.unknownClassifier(name: "svm", known: ["random-forest", "linear-svc"])) {
      try Classifiers.named("svm")
    }
  }

  @Test("settings given as text change the defaults; unknown ones and unreadable values are refused")
  func settings() throws {
    let forest = try Classifiers.named("random-forest")
    let made = try forest.make(["trees": "12", "maxDepth": "none", "bootstrap": "false"], 9) as? RandomForest
    #expect(made?.trees == 12 && made?.maxDepth == nil && made?.bootstrap == false && made?.seed == 9)
    #expect(forest.hyperparameters.first { $0.name == "trees" }?.standard == "100")
    #expect(throws: BaselinesError.self) { try forest.make(["tres": "12"], 0) }
    for (key, value) in [("trees", "ten"), ("maxDepth", "deep"), ("classWeights", "some"), ("bootstrap", "1")] {
      #expect(throws: BaselinesError.self) { try forest.make([key: value], 0) }
    }
  }

  @Test("a model read back from its file predicts the same and is written as the same bytes", arguments: [0, 1])
  func savedModels(index: Int) throws {
    let classifier = Classifiers.all[index]
    let scenes = halves(count: 2)
    let model = try small(classifier).fit(PixelSample(scenes: scenes)) { _ in }
    try withFolder { folder in
      let (first, second) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      try model.save(to: first)
      let read = try Classifiers.load(contentsOf: first)
      #expect(try read.predict([scenes[1].picture]) == model.predict([scenes[1].picture]))
      try read.save(to: second)
      #expect(try Data(contentsOf: first) == Data(contentsOf: second))
      for other in Classifiers.all where other.name != classifier.name {
        #expect(throws: BaselinesError.self) { try other.load(first) }
      }
    }
  }

  @Test("a model file cut short anywhere, or with bytes changed, is an error or a usable model", arguments: [0, 1])
  func damagedModels(index: Int) throws {
    let classifier = Classifiers.all[index]
    let scenes = halves(count: 1)
    let model = try small(classifier).fit(PixelSample(scenes: scenes, sampling: .random(perPicture: 60))) { _ in }
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let whole = try Data(contentsOf: file)
      for length in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
        try whole.prefix(length).write(to: file)
        #expect(throws: (any Error).self, "\(length) of \(whole.count) bytes") { try classifier.load(file) }
      }
      var stream = RandomStream(seed: 5)
      for _ in 0..<300 {
        var damaged = whole
        damaged[stream.integer(below: whole.count)] = UInt8(stream.integer(below: 256))
        try damaged.write(to: file)
        if let read = try? classifier.load(file) { _ = try read.predict([scenes[0].picture]) }
      }
    }
  }

  @Test("nodes that point backwards, outside the tree or at unknown features are refused")
  func malformedTrees() throws {
    let model = try RandomForest().fit(PixelSample(scenes: halves(count: 1), sampling: .random(perPicture: 60)))
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let good = try SafeTensors(contentsOf: file)
      let nodes = try #require(good.arrays["nodes"]?.values(Int64.self, as: .int64))
      // A child at the node itself (a cycle), one beyond the end, feature 25 of 25, a leaf without its distribution.
      let inner = UInt64(1) << 63
      for node in [inner, inner | 0xffff_ffff, inner | 25 << 32 | 1, 0xffff_fff0] {
        var bad = good
        bad.arrays["nodes"] = .init(.int64, shape: [nodes.count], values: [Int64(bitPattern: node)] + nodes.dropFirst())
        try bad.write(to: file)
        #expect(throws: BaselinesError.self) { try FittedForest(contentsOf: file) }
      }
    }
  }

  @Test("bad training samples and bad hyperparameters are named", arguments: [0, 1])
  func badSamples(index: Int) throws {
    let classifier = Classifiers.all[index]
    func fit(_ values: [Float], _ categories: [UInt8]) throws {
      let matrix = FeatureMatrix(rows: categories.count, columns: 2, values: values)
      if classifier.name == "random-forest" {
        _ = try RandomForest().grow(matrix, categories)
      } else {
        _ = try LinearSVC().solve(matrix, categories)
      }
    }
    #expect(throws: BaselinesError.emptySample) { try fit([], []) }
    #expect(throws: BaselinesError.oneCategory(name: "sky")) { try fit([1, 2, 3, 4], [5, 5]) }
    #expect(throws: BaselinesError.constantFeatures(count: 2)) { try fit([1, 2, 1, 2], [5, 1]) }
    #expect(throws: BaselinesError.notFinite(row: 1, feature: 0, value: "nan")) { try fit([1, 2, .nan, 4], [5, 1]) }
    #expect(throws: BaselinesError.notFinite(row: 0, feature: 1, value: "inf")) {
      try fit([1, .infinity, 1, 4], [5, 1])
    }
    var allVoid = halves(count: 1)[0]
    allVoid.labels.labels = [UInt8](repeating: 0, count: allVoid.labels.labels.count)
    #expect(throws: BaselinesError.emptySample) {
      _ = try classifier.make([:], 0).fit(PixelSample(scenes: [allVoid])) { _ in }
    }
    let bad: [(String, String)] =
      classifier.name == "random-forest"
      ? [("trees", "0"), ("maxDepth", "0"), ("minLeaf", "0"), ("featuresPerSplit", "26")]
      : [("c", "0"), ("c", "nan"), ("tolerance", "0"), ("tolerance", "1"), ("maxIterations", "0")]
    let sample = try PixelSample(scenes: halves(count: 1))
    for (name, value) in bad {
      #expect(throws: BaselinesError.self, "\(name) \(value)") {
        _ = try classifier.make([name: value], 0).fit(sample) { _ in }
      }
    }
  }
}
