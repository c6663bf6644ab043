import Compute
import Foundation
import Storage

// Model files of forests. A tree is stored as it is grown: its nodes from the root on, everything left of a node before
// what is right of it. An inner node is its feature and its bin, a leaf is 255 and its class, or 255 twice where it holds
// several classes; the shares of these follow in a list of their own, each distribution of the forest once. So a node
// takes 2 bytes, and 4 more where it is a leaf of several classes, a quarter or less of what it takes in memory.

extension ForestSegmenter {
  /// Writes a model file of version 2.
  package func save(to file: URL) throws {
    let trees = forest.trees
    var metadata = ["model": RandomForest.name, "features": features.rawValue, "version": "2"]
    metadata["classCount"] = "\(forest.classCount)"
    metadata["settings"] = try ModelReader.json(settings.values)
    let cuts = (0..<features.count).flatMap { feature in
      forest.binner.cuts[feature * FeatureBinner.maximumBins..<(feature + 1) * FeatureBinner.maximumBins]
        .prefix(forest.binner.cutCounts[feature])
    }
    let lanes = forest.lanes
    var places: [ArraySlice<ClassLanes.Shares>: Int32] = [:]
    var shares: [Float] = []
    let packed = trees.map { $0.packed(lanes) }
    let leaves = zip(trees, packed).flatMap { tree, packed in
      packed.leaves.map { leaf -> Int32 in
        let distribution = tree.distributions[leaf * lanes.groups..<(leaf + 1) * lanes.groups]
        if let place = places[distribution] { return place }
        let place = Int32(places.count)
        places[distribution] = place
        shares += lanes.values(distribution)
        return place
      }
    }
    let nodes = packed.flatMap(\.nodes)
    try SafeTensors(
      metadata: metadata,
      arrays: [
        "cuts": .init(.float32, shape: [cuts.count], values: cuts),
        "cut_counts": .init(.int32, shape: [features.count], values: forest.binner.cutCounts.map(Int32.init)),
        "packed_nodes": .init(.uint8, shape: [nodes.count / 2, 2], values: nodes),
        "node_counts": .init(.int32, shape: [trees.count], values: trees.map { Int32($0.nodes.count) }),
        "leaves": .init(.int32, shape: [leaves.count], values: leaves),
        "leaf_counts": .init(.int32, shape: [trees.count], values: packed.map { Int32($0.leaves.count) }),
        "shares": .init(.float32, shape: [places.count, lanes.classCount], values: shares),
        "importances": .init(
          .float64, shape: [trees.count, features.count], values: trees.flatMap(\.importances)),
      ]
    ).write(to: file)
  }

  /// Reads a model file, also of version 1, which held nodes and distributions as they are in memory.
  ///
  /// - Throws: `StorageError` for a file that is unreadable or cut short, `BaselinesError.badModel` for one whose
  ///   trees point outside themselves or backwards, or whose numbers don't agree with each other.
  package init(contentsOf file: URL) throws {
    try self.init(SafeTensors(contentsOf: file), file: file.path)
  }

  /// Takes the model out of what `file` holds.
  package init(_ tensors: SafeTensors, file: String) throws {
    let reader = try ModelReader(tensors, file: file, kind: RandomForest.name, versions: 1...2)
    let (features, settings) = (reader.features, try reader.settings(RandomForest.self))
    let cutCounts = try reader.counts("cut_counts", count: features.count)
    let cuts = try reader.values("cuts", Float.self, .float32, count: cutCounts.reduce(0, +))
    guard let binner = FeatureBinner(cutLists: split(cuts, by: cutCounts)) else {
      throw reader.bad("the cuts of a feature don't ascend, or are more than 255")
    }
    let nodeCounts = try reader.counts("node_counts", count: nil)
    let leafCounts = try reader.counts("leaf_counts", count: nodeCounts.count)
    guard (1...RandomForest.treeLimit).contains(nodeCounts.count) else {
      throw reader.bad("it has \(nodeCounts.count) trees, not 1 to \(RandomForest.treeLimit)")
    }
    let importances = try reader.values(
      "importances", Double.self, .float64, count: nodeCounts.count * features.count)
    let lanes = ClassLanes(reader.classCount)
    var trees =
      reader.version == 1
      ? try reader.plainTrees(nodeCounts, leafCounts, lanes) : try reader.packedTrees(nodeCounts, leafCounts, lanes)
    for index in trees.indices {
      guard let decreases = withoutRounding(importances[index * features.count..<(index + 1) * features.count]) else {
        throw reader.bad("tree \(index) has importances below 0")
      }
      trees[index].importances = decreases
    }
    self.init(features: features, settings: settings, forest: Forest(lanes: lanes, binner: binner, trees: trees))
  }
}

extension Tree {
  /// What stands for a leaf where an inner node has its feature, and for several classes where a leaf has its class.
  static let packedMark: UInt8 = 255

  /// The nodes, two bytes each, and the places of the distributions of leaves of several classes, both in the order in
  /// which a tree is grown.
  fileprivate func packed(_ lanes: ClassLanes) -> (nodes: [UInt8], leaves: [Int]) {
    var (bytes, leaves) = ([UInt8](), [Int]())
    bytes.reserveCapacity(2 * nodes.count)
    var waiting = [0]
    while let place = waiting.popLast() {
      let node = nodes[place]
      let isPure = node.isLeaf && node.target < lanes.classCount
      bytes.append(node.isLeaf ? Self.packedMark : UInt8(node.feature))
      bytes.append(node.isLeaf ? isPure ? UInt8(node.target) : Self.packedMark : node.bin)
      if !node.isLeaf {
        waiting.append(place + node.target + 1)
        waiting.append(place + node.target)
      } else if !isPure {
        leaves.append(node.target)
      }
    }
    return (bytes, leaves)
  }

  /// Grows the tree again that `bytes` were packed from.
  ///
  /// - Parameters:
  ///   - bytes: two a node.
  ///   - leafCount: how many distributions of several classes it has.
  /// - Returns: what is wrong with them; nil where nothing is.
  fileprivate mutating func unpack(_ bytes: ArraySlice<UInt8>, leafCount: Int, featureCount: Int, _ lanes: ClassLanes)
    -> String?
  {
    let count = bytes.count / 2
    nodes = [TreeNode](repeating: .leaf(0), count: count)
    // How many nodes have a place, and how many leaves of several classes were met.
    var (grown, met) = (1, 0)
    var waiting = [0]
    for index in 0..<count {
      guard let place = waiting.popLast() else { return "it ends before node \(index) of \(count)" }
      let (first, second) = (bytes[bytes.startIndex + 2 * index], bytes[bytes.startIndex + 2 * index + 1])
      if first != Self.packedMark {
        guard Int(first) < featureCount else { return "node \(index) looks at feature \(first) of \(featureCount)" }
        guard grown + 2 <= count else { return "node \(index) of \(count) has children beyond the last" }
        nodes[place] = .inner(leftChildAfter: grown - place, feature: Int(first), bin: second)
        waiting.append(grown + 1)
        waiting.append(grown)
        grown += 2
      } else if second == Self.packedMark {
        nodes[place] = .leaf(lanes.classCount + met)
        met += 1
      } else {
        guard Int(second) < lanes.classCount else {
          return "leaf \(index) is of class \(second) of \(lanes.classCount)"
        }
        nodes[place] = .leaf(Int(second))
      }
    }
    guard count > 0, waiting.isEmpty else { return count == 0 ? "it has no nodes" : "it has no end" }
    return met == leafCount ? nil : "it has \(met) leaves of several classes, not \(leafCount)"
  }

  /// What makes walking down the tree unsafe, or nil. Children that come after their parents make no cycle.
  fileprivate func fault(featureCount: Int, leafCount: Int) -> String? {
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

extension ModelReader {
  /// The trees of version 2.
  fileprivate func packedTrees(_ nodeCounts: [Int], _ leafCounts: [Int], _ lanes: ClassLanes) throws -> [Tree] {
    let nodes = try values("packed_nodes", UInt8.self, .uint8, count: 2 * nodeCounts.reduce(0, +))
    let leaves = try counts("leaves", count: leafCounts.reduce(0, +))
    let shares = try values("shares", Float.self, .float32, count: nil)
    guard shares.count % classCount == 0 else {
      throw bad("shares has \(shares.count) values for \(classCount) classes")
    }
    let distributions = try (0..<shares.count / classCount).map { try distribution($0, of: shares, lanes) }
    let (nodeStarts, leafStarts, featureCount) = (starts(nodeCounts), starts(leafCounts), features.count)
    return try Parallel.map(nodeCounts.count) { index in
      var tree = Tree(lanes)
      let reason = tree.unpack(
        nodes[2 * nodeStarts[index]..<2 * nodeStarts[index + 1]], leafCount: leafCounts[index],
        featureCount: featureCount, lanes)
      if let reason { throw bad("tree \(index): \(reason)") }
      for leaf in leaves[leafStarts[index]..<leafStarts[index + 1]] {
        guard leaf < distributions.count else {
          throw bad("tree \(index) has a leaf of distribution \(leaf) of \(distributions.count)")
        }
        tree.distributions += distributions[leaf]
      }
      return tree
    }
  }

  /// The trees of version 1.
  fileprivate func plainTrees(_ nodeCounts: [Int], _ leafCounts: [Int], _ lanes: ClassLanes) throws -> [Tree] {
    let nodes = try values("nodes", Int64.self, .int64, count: nodeCounts.reduce(0, +))
    let leaves = try values("leaves", Float.self, .float32, count: leafCounts.reduce(0, +) * classCount)
    let (nodeStarts, leafStarts, featureCount) = (starts(nodeCounts), starts(leafCounts), features.count)
    return try Parallel.map(nodeCounts.count) { index in
      var tree = Tree(lanes)
      tree.nodes = nodes[nodeStarts[index]..<nodeStarts[index + 1]].map {
        TreeNode(bits: UInt64(bitPattern: $0))
      }
      for leaf in leafStarts[index]..<leafStarts[index + 1] {
        tree.distributions += try distribution(leaf, of: leaves, lanes)
      }
      if let reason = tree.fault(featureCount: featureCount, leafCount: tree.distributions.count / lanes.groups) {
        throw bad("tree \(index): \(reason)")
      }
      return tree
    }
  }

  /// The class probabilities in a row of [leaves, classes].
  private func distribution(_ leaf: Int, of shares: [Float], _ lanes: ClassLanes) throws -> [ClassLanes.Shares] {
    let own = Array(shares[leaf * classCount..<(leaf + 1) * classCount])
    guard own.allSatisfy({ (0...1).contains($0) }) else { throw bad("it has probabilities outside 0...1") }
    let sum = own.reduce(0, +)
    guard abs(sum - 1) < 1e-3 else { throw bad("the probabilities of leaf \(leaf) sum to \(sum)") }
    return lanes.vectors(own)
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
