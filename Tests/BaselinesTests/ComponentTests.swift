import Baselines
import Compute
import Foundation
import Scenes
import Settings
import Storage
import Testing

@Suite struct ComponentTests {
  @Test("classifiers are chosen by name with their settings, and know their section of an experiment")
  func choices() throws {
    #expect(Classifiers.registry.names.prefix(2) == ["random-forest", "linear-svc"])
    let choice = try Classifiers.registry.choice(
      .section(["name": .text("random-forest"), "trees": .whole(7), "maxDepth": .none, "minLeaf": .whole(1)]))
    #expect(choice == Choice("random-forest", ["trees": .whole(7)]))
    let forest = try #require(try Classifiers.registry.make(choice) as? RandomForest)
    #expect(forest.trees == 7 && forest.classWeights == .none)
    let svc = try LinearSVC(["c": .number(0.5), "featureMap": .text("products")])
    #expect(svc.c == 0.5 && svc.featureMap == .products)
    #expect(RandomForest.section == "forest" && LinearSVC.section == "svc")
    #expect(throws: SettingError.self) { try Classifiers.named("random-forrest") }
    #expect(throws: SettingError.self) { try RandomForest(["seed": .whole(1)]) }
  }

  @Test("a model is opened by its classifier's name", arguments: ClassifiersTests.kinds)
  func openByName(kind: any PixelClassifier.Type) throws {
    func fit<Kind: PixelClassifier>(_ kind: Kind.Type) throws -> any PixelSegmenter {
      try small(kind).fit(PixelSample(scenes: halves(count: 1), features: .rgb), seed: 0)
    }
    let picture = halves(count: 2)[1].picture
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      let model = try fit(kind)
      try model.save(to: file)
      let opened = try Classifiers.named(kind.name).open(file)
      #expect(try opened.predict([picture]) == model.predict([picture]))
      #expect(opened.featureImportances == model.featureImportances)
    }
  }

  @Test("settings that a model file lacks have their defaults; unknown ones are named")
  func settingsOfFiles() throws {
    let sample = try PixelSample(scenes: halves(count: 1), features: .rgb)
    let model = try LinearSVC().fit(sample, seed: 0)
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      var tensors = try SafeTensors(contentsOf: file)
      tensors.metadata["settings"] = #"{"c":0.5,"seed":3}"#
      let settings = try SVCSegmenter(tensors, file: "older").settings
      #expect(settings.c == 0.5 && settings.maxIterations == LinearSVC().maxIterations)
      tensors.metadata["settings"] = #"{"c":1,"shrinking":true}"#
      let error = #expect(throws: BaselinesError.self) { try SVCSegmenter(tensors, file: "newer") }
      #expect("\(try #require(error))".contains("shrinking"))
    }
  }

  @Test("an SVC says which classes did not converge, in its file too; one that did says nothing")
  func notConverged() throws {
    let golden = try GoldenClasses.load(12)
    let sample = PixelSample(features: .rgb, matrix: golden.train, labels: golden.y, classCount: 12)
    #expect(try LinearSVC().fit(sample, seed: 0).notes == [])
    var settings = LinearSVC()
    settings.maxIterations = 2
    let model = try settings.fit(sample, seed: 0)
    let missed = zip(model.model.classes, model.model.outcomes).filter { !$0.1.converged }.map { Int($0.0) }
    #expect(!missed.isEmpty)
    #expect(model.notes == [.notConverged(classes: missed, iterations: 2)])
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      #expect(try LinearSVC.open(file).notes == model.notes)
    }
  }

  @Test("estimates hold the largest parts: Hessians of eight classes at most, trees and records")
  func estimates() {
    var svc = LinearSVC()
    let plain = svc.estimatedBytes(pixels: 100_000, features: 73, classes: 8)
    let sampleBytes = 100_000 * 73 * 4
    #expect(plain > sampleBytes && plain < 2 * sampleBytes + 100_000_000)
    svc.featureMap = .products
    // 2,775 expanded features: 62 MB a Hessian.
    let hessian = 2775 * 2775 * 8
    let few = svc.estimatedBytes(pixels: 10_000, features: 73, classes: 8)
    let threads = max(2, Parallel.threadCount)
    #expect(few > 9 * hessian && few < (12 + 2 * threads) * hessian)
    #expect(svc.estimatedBytes(pixels: 10_000, features: 73, classes: 255) == few)
    let forest = RandomForest()
    let bytes = forest.estimatedBytes(pixels: 746_126, features: 25, classes: 8)
    // 100 trees of 110,000 nodes, the sample, its records, and those that two threads or more draw.
    let (nodes, perPixel) = (100 * 110_000 * 8, 100 + 32 + 2 * 40)
    #expect(bytes > nodes + 746_126 * perPixel)
    #expect(bytes > forest.estimatedBytes(pixels: 373_063, features: 25, classes: 8))
  }
}
