import Baselines
import Compute
import Foundation
import Scenes
import Storage
import TestSupport
import Testing

@Suite struct RandomForestTests {
  private func plainTree() -> RandomForest {
    var settings = RandomForest()
    (settings.trees, settings.bootstrap) = (1, false)
    return settings
  }

  @Test("one plain tree separates two classes midway between their nearest values")
  func borderLiesMidway() throws {
    let matrix = FeatureMatrix(rows: 4, columns: 1, values: [1, 2, 4, 8])
    let forest = try plainTree().grow(matrix, [1, 1, 5, 5], classCount: 8)
    #expect(forest.nodeCount == 3)
    let seen = forest.classify(FeatureMatrix(rows: 4, columns: 1, values: [-9, 3, 3.001, 99]))
    #expect(seen == [1, 1, 5, 5])
  }

  @Test("a root split that may look at every feature is the best by Gini impurity")
  func rootSplitIsBest() throws {
    for seed in UInt64(0)..<20 {
      var stream = RandomStream(seed: seed)
      let (rows, columns) = (40, 3)
      let values = (0..<rows * columns).map { _ in Float(stream.integer(below: 12)) }
      let labels = (0..<rows).map { _ in UInt8(1 + stream.integer(below: 3)) }
      var settings = plainTree()
      (settings.maxDepth, settings.featuresPerSplit) = (1, columns)
      let matrix = FeatureMatrix(rows: rows, columns: columns, values: values)
      let forest = try settings.grow(matrix, labels, classCount: 8, seed: seed)
      let shares = forest.probabilities(of: matrix)
      // The weighted impurity that the tree's two leaves leave is 1 - sum_c p_c^2, averaged over the rows.
      let left = (0..<rows).reduce(Double(rows)) { sum, row in
        sum - shares[row * 8..<row * 8 + 8].reduce(0) { $0 + Double($1) * Double($1) }
      }
      #expect(abs(left - leastImpurity(values, columns, labels)) < 1e-4)
    }
  }

  /// n times the least weighted Gini impurity of all splits of all features, by trying them.
  private func leastImpurity(_ values: [Float], _ columns: Int, _ labels: [UInt8]) -> Double {
    func impurity(_ side: [UInt8]) -> Double {
      let counts = (0..<UInt8(8)).map { label in Double(side.count { $0 == label }) }
      return Double(side.count) - counts.reduce(0) { $0 + $1 * $1 } / Double(max(1, side.count))
    }
    var least = Double.infinity
    for column in 0..<columns {
      let feature = labels.indices.map { values[$0 * columns + column] }
      for border in Set(feature) where feature.contains(where: { $0 > border }) {
        let left = labels.indices.filter { feature[$0] <= border }.map { labels[$0] }
        let right = labels.indices.filter { feature[$0] > border }.map { labels[$0] }
        least = min(least, impurity(left) + impurity(right))
      }
    }
    return least
  }

  @Test("leaves that can't be divided hold the shares of their labels")
  func leafShares() throws {
    let matrix = FeatureMatrix(rows: 5, columns: 2, values: [0, 7, 0, 7, 0, 7, 0, 7, 1, 7])
    let shares = try plainTree().grow(matrix, [1, 1, 1, 2, 3], classCount: 8).probabilities(of: matrix)
    expectClose(Array(shares[0..<8]), [0, 0.75, 0.25, 0, 0, 0, 0, 0], absolute: 1e-6)
    expectClose(Array(shares[32..<40]), [0, 0, 0, 1, 0, 0, 0, 0], absolute: 1e-6)
  }

  @Test("balanced class weights make a rare class count as much as a frequent one")
  func balancedWeights() throws {
    var settings = plainTree()
    settings.classWeights = .balanced
    let matrix = FeatureMatrix(rows: 5, columns: 1, values: [0, 0, 0, 0, 1])
    let shares = try settings.grow(matrix, [1, 1, 1, 2, 1], classCount: 8).probabilities(of: matrix)
    // Weights 5/(2*4) and 5/(2*1): 3 * 0.625 against 2.5.
    expectClose(Array(shares[1..<3]), [1.875 / 4.375, 2.5 / 4.375], absolute: 1e-6)
  }

  @Test("depth, leaf size and the number of trees are kept")
  func limits() throws {
    let golden = try Golden.load().forest
    var settings = plainTree()
    settings.maxDepth = 3
    #expect(try settings.grow(golden.train, golden.y, classCount: 8).nodeCount <= 15)
    settings.maxDepth = nil
    settings.minLeaf = 100
    #expect(try settings.grow(golden.train, golden.y, classCount: 8).nodeCount <= 9)
    settings.minLeaf = 1
    let shares = try settings.grow(golden.train, golden.y, classCount: 8).classify(golden.train)
    #expect(shares == golden.y)
  }

  @Test("accuracy on held-out data is scikit-learn's, within the chance of the seeds")
  func accuracyOfScikitLearn() throws {
    let golden = try Golden.load().forest
    let accuracies = try (0..<5).map { seed in
      let seen = try RandomForest().grow(golden.train, golden.y, classCount: 8, seed: UInt64(seed)).classify(
        golden.test)
      return Double(zip(seen, golden.yt).count { $0 == $1 }) / Double(golden.yt.count)
    }
    // A mean of 5 seeds has 1/sqrt(5) of scikit-learn's deviation over seeds, its mean of 20 seeds half that: five of
    // their joint deviations, which chance exceeds once in a million.
    let bound = 5 * golden.deviation * (1.0 / 5 + 1.0 / 20).squareRoot()
    #expect(abs(accuracies.reduce(0, +) / 5 - golden.accuracy) < bound, "\(accuracies), \(golden.accuracy)")
  }

  @Test("importances sum to 1, and noise has the least")
  func importances() throws {
    let golden = try Golden.load().forest
    let importances = try RandomForest().grow(golden.train, golden.y, classCount: 8).importances
    #expect(abs(importances.reduce(0, +) - 1) < 1e-9)
    #expect(importances.min() == importances[3])
  }

  @Test("a fitted forest segments pictures, with probabilities that sum to 1")
  func segments() throws {
    let scenes = halves(count: 3)
    var settings = RandomForest()
    settings.trees = 10
    let model = try settings.fit(PixelSample(scenes: Array(scenes[0..<2])), seed: 0)
    let prediction = try model.predict([scenes[2].picture])[0]
    let truth = scenes[2].classes
    let hits = truth.indices.count { truth[$0] == 0 || prediction.classes[$0] == truth[$0] }
    #expect(hits > truth.count * 95 / 100)
    let probabilities = try #require(prediction.probabilities)
    for pixel in truth.indices {
      #expect(abs(probabilities[pixel * 8..<pixel * 8 + 8].reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test("a split that changes nothing has no importance, though rounding lessens its score; its forest is opened again")
  func zeroGain() throws {
    // Both values of the first feature have one pixel of class 1 to twelve of class 2. In single precision the two
    // sides score less than what they come from.
    let groups = [(Float(0), 1, 12), (1, 2, 24)]
    let pixels = groups.flatMap { value, ones, twos in
      [UInt8](repeating: 1, count: ones).map { (value, $0) } + [UInt8](repeating: 2, count: twos).map { (value, $0) }
    }
    let matrix = FeatureMatrix(rows: pixels.count, columns: 3, values: pixels.flatMap { [$0.0, 0, 0] })
    let sample = PixelSample(features: .rgb, matrix: matrix, labels: pixels.map(\.1), classCount: 8)
    let model = try plainTree().fit(sample, seed: 0)
    #expect(model.nodeCount == 3)
    #expect(model.featureImportances == [0, 0, 0])
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      #expect(try ForestSegmenter(contentsOf: file) == model)
    }
  }

  @Test("importances that rounding put below 0, as 0.1.0 wrote them, are read as 0; clearly negative ones are refused")
  func negativeImportances() throws {
    let model = try plainTree().fit(PixelSample(scenes: halves(count: 1), features: .rgb), seed: 0)
    try withFolder { folder in
      let file = folder.appendingPathComponent("model")
      try model.save(to: file)
      var tensors = try SafeTensors(contentsOf: file)
      func importances(_ values: [Double]) throws -> [Double]? {
        tensors.arrays["importances"] = .init(.float64, shape: [1, 3], values: values)
        return try ForestSegmenter(tensors, file: "file").featureImportances
      }
      #expect(try importances([-4e-6, 0, 0]) == [0, 0, 0])
      #expect(try importances([30, -1e-5, 10]) == [0.75, 0, 0.25])
      #expect(try importances([3e6, -2, 1e6]) == [0.75, 0, 0.25])
      let bad: [[Double]] = [[-1, 0, 0], [3e6, -100, 1e6], [.nan, 1, 1], [.infinity, 1, 1], [-.infinity, 1, 1]]
      for values in bad {
        #expect(throws: BaselinesError.self, "\(values)") { try importances(values) }
      }
    }
  }
}
