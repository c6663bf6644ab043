/// One node of a tree in eight bytes, laid out so that walking down takes no branch.
///
/// Bits 0..<32: how far after an inner node its left child stands (the right one is the next), or a leaf's
/// distribution. Bits 32..<48: the feature that an inner node looks at. Bits 48..<56: it sends pixels of this bin or a
/// lower one left. Bit 63: set in inner nodes.
struct TreeNode: Equatable, Sendable {
  let bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  static func leaf(_ distribution: Int) -> TreeNode { TreeNode(bits: UInt64(UInt32(distribution))) }

  static func inner(leftChildAfter offset: Int, feature: Int, bin: UInt8) -> TreeNode {
    TreeNode(bits: 1 << 63 | UInt64(bin) << 48 | UInt64(UInt16(feature)) << 32 | UInt64(UInt32(offset)))
  }

  var isLeaf: Bool { bits >> 63 == 0 }
  var target: Int { Int(UInt32(truncatingIfNeeded: bits)) }
  var feature: Int { Int(UInt16(truncatingIfNeeded: bits >> 32)) }
  var bin: UInt8 { UInt8(truncatingIfNeeded: bits >> 48) }

  /// How far to go from this node for a pixel with these bins; 0 in a leaf.
  @inline(__always)
  func step(_ bins: UnsafePointer<UInt8>) -> Int {
    // The difference is negative, so its highest bit set, exactly where the pixel goes right.
    let right = (UInt64(bin) &- UInt64(bins[feature])) >> 63
    let inner = UInt64(bitPattern: Int64(bitPattern: bits) >> 63)
    return Int(truncatingIfNeeded: (UInt64(UInt32(truncatingIfNeeded: bits)) &+ right) & inner)
  }
}

/// A grown tree, its root at index 0.
struct Tree: Equatable, Sendable {
  var nodes: [TreeNode] = []
  /// Class probabilities of leaves, [leaves, groups]. The first ones of every tree are those of pure leaves: certainty
  /// of one class, a leaf a class.
  var distributions: [ClassLanes.Shares]
  /// How much each feature lessened the impurity, summed over the splits that used it, weighted by pixels.
  var importances: [Double] = []

  /// A tree without nodes.
  init(_ lanes: ClassLanes) {
    distributions = [ClassLanes.Shares](repeating: .zero, count: lanes.classCount * lanes.groups)
    for pure in 0..<lanes.classCount { distributions[pure * lanes.groups + pure / 8][pure % 8] = 1 }
  }
}
