import Baselines
import Compute
import Foundation
import Scenes
import Settings
import Storage
import Testing

@Suite struct ClassifiersTests {
  /// What every classifier must hold.
  static let kinds = Classifiers.all

  @Test("a model read back from its file predicts the same and is written as the same bytes", arguments: kinds)
  func savedModels(kind: any PixelClassifier.Type) throws { try savedModel(kind) }

  private func savedModel<Kind: PixelClassifier>(_ kind: Kind.Type) throws {
    let scenes = halves(count: 2)
    let model = try small(kind).fit(PixelSample(scenes: scenes), seed: 1)
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
    let model = try small(kind).fit(PixelSample(scenes: scenes, sampling: RandomPixels(perPicture: 60)), seed: 1)
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

  @Test("files of version 1 hold the same forest, and nodes that point backwards or outside are refused")
  func plainTrees() throws {
    let model = try RandomForest().fit(
      PixelSample(scenes: halves(count: 1), sampling: RandomPixels(perPicture: 60)), seed: 0)
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let good = try plain(SafeTensors(contentsOf: file))
      #expect(try ForestSegmenter(good, file: "plain") == model)
      let nodes = try #require(good.arrays["nodes"]?.values(Int64.self, as: .int64))
      // A child at the node itself (a cycle), one beyond the end, feature 25 of 25, a leaf without its distribution.
      let inner = UInt64(1) << 63
      for node in [inner, inner | 0xffff_ffff, inner | 25 << 32 | 1, 0xffff_fff0] {
        var bad = good
        bad.arrays["nodes"] = .init(.int64, shape: [nodes.count], values: [Int64(bitPattern: node)] + nodes.dropFirst())
        #expect(throws: BaselinesError.self) { try ForestSegmenter(bad, file: "bad") }
      }
    }
  }

  /// A forest's file as version 1 had it: nodes of 8 bytes at their places, a distribution for each leaf of several classes.
  private func plain(_ packed: SafeTensors) throws -> SafeTensors {
    let bytes = try #require(packed.arrays["packed_nodes"]?.values(UInt8.self, as: .uint8))
    let counts = try #require(packed.arrays["node_counts"]?.values(Int32.self, as: .int32)).map(Int.init)
    let leaves = try #require(packed.arrays["leaves"]?.values(Int32.self, as: .int32)).map(Int.init)
    let shares = try #require(packed.arrays["shares"]?.values(Float.self, as: .float32))
    var nodes: [Int64] = []
    var next = 0
    for count in counts {
      var tree = [UInt64](repeating: 0, count: count)
      var (waiting, grown, met): ([Int], UInt64, UInt64) = ([0], 1, 0)
      while let place = waiting.popLast() {
        let (first, second) = (bytes[next], bytes[next + 1])
        next += 2
        if first < 255 {
          tree[place] = 1 << 63 | UInt64(second) << 48 | UInt64(first) << 32 | (grown - UInt64(place))
          waiting += [Int(grown) + 1, Int(grown)]
          grown += 2
        } else {
          tree[place] = second < 255 ? UInt64(second) : 8 + met
          met += second < 255 ? 0 : 1
        }
      }
      nodes += tree.map { Int64(bitPattern: $0) }
    }
    var plain = packed
    plain.metadata["version"] = "1"
    for name in ["packed_nodes", "shares"] { plain.arrays[name] = nil }
    plain.arrays["nodes"] = .init(.int64, shape: [nodes.count], values: nodes)
    plain.arrays["leaves"] = .init(
      .float32, shape: [leaves.count, 8], values: leaves.flatMap { shares[$0 * 8..<($0 + 1) * 8] })
    return plain
  }

  @Test("packed trees without end, with too many nodes, unknown features, classes or distributions are refused")
  func malformedTrees() throws {
    let model = try RandomForest().fit(
      PixelSample(scenes: halves(count: 1), sampling: RandomPixels(perPicture: 60)), seed: 0)
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let good = try SafeTensors(contentsOf: file)
      #expect(try ForestSegmenter(good, file: "good") == model)
      let bytes = try #require(good.arrays["packed_nodes"]?.values(UInt8.self, as: .uint8))
      // The root a leaf, so that its children are left over; of feature 25 of 25; of class 8 of 8; the last leaf an inner
      // node; one of several classes that has no shares.
      for (place, node) in [
        (0, [255, 0]), (0, [25, 0]), (0, [255, 8]), (bytes.count - 2, [0, 0]), (bytes.count - 2, [255, 255]),
      ] {
        var changed = bytes
        changed.replaceSubrange(place..<place + 2, with: node.map(UInt8.init))
        var bad = good
        bad.arrays["packed_nodes"] = .init(.uint8, shape: [bytes.count / 2, 2], values: changed)
        #expect(throws: BaselinesError.self, "\(node) at \(place)") { try ForestSegmenter(bad, file: "bad") }
      }
      var bad = good
      bad.arrays["packed_nodes"] = .init(.uint8, shape: [bytes.count / 2 - 1, 2], values: Array(bytes.dropLast(2)))
      #expect(throws: BaselinesError.self) { try ForestSegmenter(bad, file: "bad") }
    }
  }

  @Test("leaves whose probabilities don't sum to 1, and importances below 0, are refused")
  func malformedLeaves() throws {
    let scene = halves(count: 1)[0]
    var forest = RandomForest()
    // No split leaves so many pixels on either side: a leaf of several classes.
    (forest.trees, forest.minLeaf) = (1, 60)
    let model = try forest.fit(
      PixelSample(scenes: [scene], features: .rgb, sampling: RandomPixels(perPicture: 60)), seed: 0)
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      let good = try SafeTensors(contentsOf: file)
      var bad = good
      bad.arrays["importances"] = .init(.float64, shape: [1, 3], values: [-1, 0, 0] as [Double])
      #expect(throws: BaselinesError.self) { try ForestSegmenter(bad, file: "bad") }
      bad = good
      let shares = try #require(good.arrays["shares"]?.values(Float.self, as: .float32))
      bad.arrays["shares"] = .init(
        .float32, shape: [shares.count / 8, 8], values: [0.5, 0, 0, 0, 0, 0, 0, 0.25] + shares.dropFirst(8))
      #expect(throws: BaselinesError.badModel(file: "bad", reason: "the probabilities of leaf 0 sum to 0.75")) {
        try ForestSegmenter(bad, file: "bad")
      }
      bad = good
      let leaves = try #require(good.arrays["leaves"]?.values(Int32.self, as: .int32))
      bad.arrays["leaves"] = .init(
        .int32, shape: [leaves.count], values: [Int32(shares.count / 8)] + leaves.dropFirst())
      #expect(throws: BaselinesError.self) { try ForestSegmenter(bad, file: "bad") }
    }
  }

  @Test("bad training samples are named", arguments: kinds)
  func badSamples(kind: any PixelClassifier.Type) throws {
    func fit(_ values: [Float], _ labels: [UInt8]) throws {
      let matrix = FeatureMatrix(rows: labels.count, columns: 3, values: values)
      _ = try kind.init().fit(
        PixelSample(features: .rgb, matrix: matrix, labels: labels, classCount: 8), seed: 0)
    }
    #expect(throws: BaselinesError.emptySample) { try fit([], []) }
    #expect(throws: BaselinesError.oneClass(number: 5)) { try fit([1, 2, 0, 3, 4, 0], [5, 5]) }
    #expect(throws: BaselinesError.constantFeatures(count: 3)) { try fit([1, 2, 0, 1, 2, 0], [5, 1]) }
    #expect(throws: BaselinesError.notFinite(row: 1, feature: 0, value: "nan")) {
      try fit([1, 2, 0, .nan, 4, 0], [5, 1])
    }
    #expect(throws: BaselinesError.notFinite(row: 0, feature: 1, value: "inf")) {
      try fit([1, .infinity, 0, 1, 4, 0], [5, 1])
    }
    var allVoid = halves(count: 1)[0]
    allVoid.labels.labels = [UInt8](repeating: 0, count: allVoid.labels.labels.count)
    #expect(throws: BaselinesError.emptySample) {
      _ = try kind.init().fit(PixelSample(scenes: [allVoid]), seed: 0)
    }
  }

  @Test("hyperparameters out of their bounds are named before anything is fitted")
  func badHyperparameters() throws {
    let sample = try PixelSample(scenes: halves(count: 1))
    func refuses<Kind: PixelClassifier>(_ setting: String, _ change: (inout Kind) -> Void) {
      var classifier = Kind()
      change(&classifier)
      do {
        _ = try classifier.fit(sample, seed: 0)
        Issue.record("\(setting) was accepted")
      } catch SettingError.invalid(let named, _, _) {
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
