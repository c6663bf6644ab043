import Compute
import Foundation
import Scenes
import Storage

/// A fitted random forest. Probabilities are the mean over trees of the class shares in the leaf that a pixel
/// reaches.
package struct ForestSegmenter: PixelSegmenter, Equatable {
  /// What it looks at.
  package let features: PixelFeatures
  /// The hyperparameters it was fitted with.
  package let settings: RandomForest
  package let forest: Forest

  /// How many classes its class set has, those included of which the sample had no pixel.
  package var classCount: Int { forest.classCount }

  /// How many nodes all trees have.
  package var nodeCount: Int { forest.nodeCount }

  /// Each feature's share in the decrease of Gini impurity, mean over trees; sums to 1. Order of `features.names`.
  package var featureImportances: [Double]? { forest.importances }

  package func predict(_ pictures: [Picture]) throws -> [Prediction] {
    pictures.map { picture in
      Prediction(
        width: picture.width, height: picture.height,
        classCount: forest.classCount, probabilities: forest.probabilities(of: features.matrix(of: picture)))
    }
  }

  // MARK: Model files

  /// A file of all trees: nodes of 8 bytes and leaves' distributions, one tree after the other.
  package func save(to file: URL) throws {
    let trees = forest.trees
    var metadata = ["model": RandomForest.name, "features": features.rawValue, "version": "1"]
    metadata["classCount"] = "\(forest.classCount)"
    metadata["settings"] = try ModelReader.json(settings.values)
    let cuts = (0..<features.count).flatMap { feature in
      forest.binner.cuts[feature * FeatureBinner.maximumBins..<(feature + 1) * FeatureBinner.maximumBins]
        .prefix(forest.binner.cutCounts[feature])
    }
    let lanes = forest.lanes
    let leaves = trees.map { lanes.values($0.distributions.dropFirst(lanes.classCount * lanes.groups)) }
    let nodes = trees.flatMap { $0.nodes.map(\.bits) }
    try SafeTensors(
      metadata: metadata,
      arrays: [
        "cuts": .init(.float32, shape: [cuts.count], values: cuts),
        "cut_counts": .init(.int32, shape: [features.count], values: forest.binner.cutCounts.map(Int32.init)),
        "nodes": .init(.int64, shape: [nodes.count], values: nodes.map(Int64.init(bitPattern:))),
        "node_counts": .init(.int32, shape: [trees.count], values: trees.map { Int32($0.nodes.count) }),
        "leaves": .init(
          .float32, shape: [leaves.reduce(0) { $0 + $1.count } / lanes.classCount, lanes.classCount],
          values: leaves.flatMap(\.self)),
        "leaf_counts": .init(
          .int32, shape: [trees.count], values: leaves.map { Int32($0.count / lanes.classCount) }),
        "importances": .init(
          .float64, shape: [trees.count, features.count], values: trees.flatMap(\.importances)),
      ]
    ).write(to: file)
  }

  /// Reads a model file.
  ///
  /// - Throws: `StorageError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one whose
  ///   trees point outside themselves or backwards, or whose numbers don't agree with each other.
  package init(contentsOf file: URL) throws {
    try self.init(SafeTensors(contentsOf: file), file: file.path)
  }

  /// Takes the model out of what `file` holds.
  package init(_ tensors: SafeTensors, file: String) throws {
    let reader = try ModelReader(tensors, file: file, kind: RandomForest.name)
    features = reader.features
    settings = try reader.settings(RandomForest.self)
    let cutCounts = try reader.counts("cut_counts", count: features.count)
    let cuts = try reader.values("cuts", Float.self, .float32, count: cutCounts.reduce(0, +))
    guard let binner = FeatureBinner(cutLists: split(cuts, by: cutCounts)) else {
      throw reader.bad("the cuts of a feature don't ascend, or are more than 255")
    }
    let nodeCounts = try reader.counts("node_counts", count: nil)
    let leafCounts = try reader.counts("leaf_counts", count: nodeCounts.count)
    let nodes = try reader.values("nodes", Int64.self, .int64, count: nodeCounts.reduce(0, +))
    let leaves = try reader.values(
      "leaves", Float.self, .float32, count: leafCounts.reduce(0, +) * reader.classCount)
    let importances = try reader.values(
      "importances", Double.self, .float64, count: nodeCounts.count * features.count)
    guard (1...RandomForest.treeLimit).contains(nodeCounts.count) else {
      throw reader.bad("it has \(nodeCounts.count) trees, not 1 to \(RandomForest.treeLimit)")
    }
    guard leaves.allSatisfy({ (0...1).contains($0) }) else {
      throw reader.bad("it has probabilities outside 0...1")
    }
    let nodeStarts = starts(nodeCounts)
    let leafStarts = starts(leafCounts)
    let (featureCount, classCount) = (features.count, reader.classCount)
    let lanes = ClassLanes(classCount)
    let trees = try Parallel.map(nodeCounts.count) { index in
      var tree = Tree(lanes)
      tree.nodes = nodes[nodeStarts[index]..<nodeStarts[index + 1]].map {
        TreeNode(bits: UInt64(bitPattern: $0))
      }
      for leaf in leafStarts[index]..<leafStarts[index + 1] {
        let shares = Array(leaves[leaf * classCount..<(leaf + 1) * classCount])
        let sum = shares.reduce(0, +)
        guard abs(sum - 1) < 1e-3 else { throw reader.bad("the probabilities of leaf \(leaf) sum to \(sum)") }
        tree.distributions += lanes.vectors(shares)
      }
      guard let decreases = withoutRounding(importances[index * featureCount..<(index + 1) * featureCount]) else {
        throw reader.bad("tree \(index) has importances below 0")
      }
      tree.importances = decreases
      if let reason = tree.fault(featureCount: featureCount, leafCount: tree.distributions.count / lanes.groups) {
        throw reader.bad("tree \(index): \(reason)")
      }
      return tree
    }
    forest = Forest(lanes: lanes, binner: binner, trees: trees)
  }

  package init(features: PixelFeatures, settings: RandomForest, forest: Forest) {
    (self.features, self.settings, self.forest) = (features, settings, forest)
  }
}

extension Tree {
  /// What makes walking down the tree unsafe, or nil. Children that come after their parents make no cycle.
  func fault(featureCount: Int, leafCount: Int) -> String? {
    if nodes.isEmpty { return "it has no nodes" }
    for (index, node) in nodes.enumerated() {
      if node.isLeaf {
        guard node.bits == UInt64(node.target), node.target < leafCount else {
          return "leaf \(index) of bits \(node.bits) has none of \(leafCount) distributions"
        }
      } else {
        guard node.target >= 1, index + node.target + 1 < nodes.count else {
          return "node \(index) of \(nodes.count) has a child \(node.target) further on"
        }
        guard node.feature < featureCount else {
          return "node \(index) looks at feature \(node.feature) of \(featureCount)"
        }
      }
    }
    return nil
  }
}

/// Decreases of impurity with 0 for those a little below; nil where one is clearly negative, or not finite.
///
/// Up to 0.1.0 a split that changed nothing could lessen its feature's sum by the rounding of scores in single
/// precision: some 2^-24 of the tree's pixels, so less than one half for millions, and for many such splits a
/// hundred-thousandth of what the others gained.
private func withoutRounding(_ decreases: ArraySlice<Double>) -> [Double]? {
  let gained = decreases.reduce(0) { $0 + max(0, $1) }
  guard gained.isFinite, decreases.allSatisfy({ $0 >= -(0.5 + 1e-5 * gained) }) else { return nil }
  return decreases.map { max(0, $0) }
}

private func starts(_ counts: [Int]) -> [Int] { counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) } }

private func split(_ values: [Float], by counts: [Int]) -> [[Float]] {
  let starts = starts(counts)
  return counts.indices.map { Array(values[starts[$0]..<starts[$0 + 1]]) }
}
