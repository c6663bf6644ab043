/// A node of a tree as other programs know them.
package enum ForestNode: Equatable {
  /// Pixels whose feature is at most `threshold` go to the node `left`, others to `right`, both counted within the tree.
  case inner(feature: Int, threshold: Float, left: Int, right: Int)
  /// The probability of each class.
  case leaf([Float])
}

extension Forest {
  package var treeCount: Int { trees.count }

  /// The nodes of a tree, its root first.
  package func nodes(ofTree number: Int) -> [ForestNode] {
    let tree = trees[number]
    return tree.nodes.enumerated().map { place, node in
      guard !node.isLeaf else {
        let first = node.target * lanes.groups
        return .leaf(lanes.values(tree.distributions[first..<first + lanes.groups]))
      }
      let cut = binner.cuts[node.feature * FeatureBinner.maximumBins + Int(node.bin)]
      // Beyond a feature's last cut lies infinity.
      return .inner(
        feature: node.feature, threshold: min(cut, .greatestFiniteMagnitude), left: place + node.target,
        right: place + node.target + 1)
    }
  }
}
