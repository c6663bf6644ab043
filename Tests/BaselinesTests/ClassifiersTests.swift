import Baselines
import Compute
import Foundation
import Scenes
import Testing

@Suite struct ClassifiersTests {
  private static let kinds: [any PixelClassifier.Type] = [RandomForest.self, LinearSVC.self]

  /// A classifier that is fitted in a moment.
  private func small<Kind: PixelClassifier>(_ kind: Kind.Type) -> Kind {
    var classifier = kind.init()
    classifier.seed = 1
    if var forest = classifier as? RandomForest {
      forest.trees = 5
      classifier = forest as? Kind ?? classifier
    }
    return classifier
  }

  @Test("a model read back from its file predicts the same and is written as the same bytes", arguments: kinds)
  func savedModels(kind: any PixelClassifier.Type) throws { try savedModel(kind) }

  private func savedModel<Kind: PixelClassifier>(_ kind: Kind.Type) throws {
    let scenes = halves(count: 2)
    let model = try small(kind).fit(PixelSample(scenes: scenes)) { _ in }
    try withFolder { folder in
      let (first, second) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      try model.save(to: first)
      let read = try Kind.Fitted(contentsOf: first)
      #expect(try read.predict([scenes[1].picture]) == model.predict([scenes[1].picture]))
      try read.save(to: second)
      #expect(try Data(contentsOf: first) == Data(contentsOf: second))
      for other in Self.kinds where other.name != kind.name {
        #expect(throws: BaselinesError.self) { try open(first, as: other) }
      }
    }
  }

  private func open<Kind: PixelClassifier>(_ file: URL, as kind: Kind.Type) throws {
    _ = try Kind.Fitted(contentsOf: file)
  }

  @Test("a model file cut short anywhere, or with bytes changed, is an error or a usable model", arguments: kinds)
  func damagedModels(kind: any PixelClassifier.Type) throws { try damagedModel(kind) }

  private func damagedModel<Kind: PixelClassifier>(_ kind: Kind.Type) throws {
    let scenes = halves(count: 1)
    let model = try small(kind).fit(PixelSample(scenes: scenes, sampling: .random(perPicture: 60))) { _ in }
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let whole = try Data(contentsOf: file)
      for length in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
        try whole.prefix(length).write(to: file)
        #expect(throws: (any Error).self, "\(length) of \(whole.count) bytes") { try Kind.Fitted(contentsOf: file) }
      }
      var stream = RandomStream(seed: 5)
      for _ in 0..<300 {
        var damaged = whole
        damaged[stream.integer(below: whole.count)] = UInt8(stream.integer(below: 256))
        try damaged.write(to: file)
        if let read = try? Kind.Fitted(contentsOf: file) { _ = try read.predict([scenes[0].picture]) }
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

  @Test("leaves whose probabilities don't sum to 1, and importances below 0, are refused")
  func malformedLeaves() throws {
    let scene = halves(count: 1)[0]
    var forest = RandomForest()
    (forest.trees, forest.maxDepth) = (1, 1)
    // One split, of noise alone: leaves of several categories.
    let model = try forest.fit(PixelSample(scenes: [scene], features: .rgb, sampling: .random(perPicture: 9)))
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let good = try SafeTensors(contentsOf: file)
      var bad = good
      bad.arrays["importances"] = .init(.float64, shape: [1, 3], values: [-1, 0, 0] as [Double])
      #expect(throws: BaselinesError.self) { try FittedForest(bad, file: "bad") }
      bad = good
      bad.arrays["leaf_counts"] = .init(.int32, shape: [1], values: [1] as [Int32])
      bad.arrays["leaves"] = .init(.float32, shape: [1, 8], values: [0.5, 0, 0, 0, 0, 0, 0, 0.25] as [Float])
      #expect(throws: BaselinesError.badModel(file: "bad", reason: "the probabilities of leaf 0 sum to 0.75")) {
        try FittedForest(bad, file: "bad")
      }
    }
  }

  @Test("bad training samples are named", arguments: kinds)
  func badSamples(kind: any PixelClassifier.Type) throws {
    func fit(_ values: [Float], _ categories: [UInt8]) throws {
      let matrix = FeatureMatrix(rows: categories.count, columns: 2, values: values)
      if kind == RandomForest.self {
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
      _ = try kind.init().fit(PixelSample(scenes: [allVoid])) { _ in }
    }
  }

  @Test("hyperparameters out of their bounds are named before anything is fitted")
  func badHyperparameters() throws {
    let sample = try PixelSample(scenes: halves(count: 1))
    func refuses<Kind: PixelClassifier>(_ setting: String, _ change: (inout Kind) -> Void) {
      var classifier = Kind()
      change(&classifier)
      do {
        _ = try classifier.fit(sample) { _ in }
        Issue.record("\(setting) was accepted")
      } catch BaselinesError.invalid(let named, _, _) {
        #expect(named == setting)
      } catch {
        Issue.record(error)
      }
    }
    refuses("trees") { (forest: inout RandomForest) in forest.trees = 0 }
    refuses("maxDepth") { (forest: inout RandomForest) in forest.maxDepth = 0 }
    refuses("minLeaf") { (forest: inout RandomForest) in forest.minLeaf = 0 }
    refuses("featuresPerSplit") { (forest: inout RandomForest) in forest.featuresPerSplit = 26 }
    refuses("c") { (svc: inout LinearSVC) in svc.c = 0 }
    refuses("c") { (svc: inout LinearSVC) in svc.c = .nan }
    refuses("tolerance") { (svc: inout LinearSVC) in svc.tolerance = 0 }
    refuses("tolerance") { (svc: inout LinearSVC) in svc.tolerance = 1 }
    refuses("maxIterations") { (svc: inout LinearSVC) in svc.maxIterations = 0 }
  }
}
