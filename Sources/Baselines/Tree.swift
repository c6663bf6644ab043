import Scenes

/// One node of a tree in eight bytes.
///
/// The children of an inner node stand side by side, after their parent. Bin 255 marks a leaf, as no inner node can
/// send every pixel left.
struct TreeNode: Equatable, Sendable {
  static let leafBin: UInt8 = 255

  /// An inner node's left child, the right one being the next; a leaf's distribution.
  var target: UInt32
  /// The feature that an inner node looks at; 0 in leaves.
  var feature: UInt16
  /// An inner node sends pixels of this bin or a lower one left.
  var bin: UInt8

  var isLeaf: Bool { bin == Self.leafBin }

  static func leaf(_ distribution: Int) -> TreeNode {
    TreeNode(target: UInt32(distribution), feature: 0, bin: leafBin)
  }

  /// The eight bytes of a model file: target, feature, bin, from the lowest bits on.
  var packed: Int64 { Int64(target) | Int64(feature) << 32 | Int64(bin) << 48 }

  init(target: UInt32, feature: UInt16, bin: UInt8) {
    (self.target, self.feature, self.bin) = (target, feature, bin)
  }

  init(packed: Int64) {
    target = UInt32(truncatingIfNeeded: packed)
    feature = UInt16(truncatingIfNeeded: packed >> 32)
    bin = UInt8(truncatingIfNeeded: packed >> 48)
  }
}

/// A grown tree, its root at index 0.
struct Tree: Equatable, Sendable {
  /// Distributions 0..<8 of every tree are those of pure leaves: certainty of one category.
  static let pure: [SIMD8<Float>] = (0..<Category.count).map { category in
    var certain = SIMD8<Float>.zero
    certain[category] = 1
    return certain
  }

  var nodes: [TreeNode] = []
  /// Category probabilities of leaves.
  var distributions: [SIMD8<Float>] = Tree.pure
  /// How much each feature lessened the impurity, summed over the splits that used it, weighted by pixels.
  var importances: [Double] = []
}
