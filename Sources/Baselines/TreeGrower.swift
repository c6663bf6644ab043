import Compute
import Scenes

/// Grows one tree at a time; holds the memory for it, which the next tree reuses.
final class TreeGrower {
  private let settings: RandomForest
  private let source: BinnedRecords
  private let classWeights: SIMD8<Float>
  /// A node's records lie in the one or the other, by its depth.
  private let buffers: [BinnedRecords]
  private var weights: [UInt8]
  private var search: SplitSearch

  init(_ settings: RandomForest, _ source: BinnedRecords, classWeights: SIMD8<Float>) {
    self.settings = settings
    self.source = source
    self.classWeights = classWeights
    buffers = (0..<2).map { _ in BinnedRecords(count: source.count, featureCount: source.featureCount) }
    weights = [UInt8](repeating: 1, count: source.count)
    search = SplitSearch(
      featureCount: source.featureCount, featuresPerSplit: settings.featuresPerSplit(of: source.featureCount),
      minLeaf: settings.minLeaf, classWeights: classWeights)
  }

  /// A node that waits to be split or made a leaf.
  private struct Pending {
    var node: Int
    var records: Range<Int>
    var depth: Int
    var counts: SIMD8<Int32>
  }

  /// The tree of number `index` in the forest; it depends on the settings' seed and `index` alone.
  func grow(_ index: Int) -> Tree {
    var stream = RandomStream(seed: settings.seed, UInt64(index))
    search.reset()
    let count = draw(&stream)
    var tree = Tree()
    tree.importances = [Double](repeating: 0, count: source.featureCount)
    tree.nodes.append(.leaf(0))
    var waiting = [Pending(node: 0, records: 0..<count, depth: 0, counts: countCategories(count))]
    while let next = waiting.popLast() {
      guard let split = split(next, &stream) else {
        tree.nodes[next.node] = leaf(next.counts, &tree)
        continue
      }
      let child = tree.nodes.count
      tree.nodes[next.node] = .inner(
        leftChildAfter: child - next.node, feature: split.feature, bin: split.bin)
      tree.nodes.append(.leaf(0))
      tree.nodes.append(.leaf(0))
      tree.importances[split.feature] += Double(split.score - impurityScore(next.counts))
      let border = buffers[next.depth & 1].partition(
        next.records, into: buffers[~next.depth & 1], feature: split.feature, bin: split.bin)
      waiting.append(
        Pending(
          node: child + 1, records: border..<next.records.upperBound, depth: next.depth + 1,
          counts: next.counts &- split.left))
      waiting.append(
        Pending(
          node: child, records: next.records.lowerBound..<border, depth: next.depth + 1, counts: split.left))
    }
    return tree
  }

  /// Draws the tree's pixels into the first buffer.
  private func draw(_ stream: inout RandomStream) -> Int {
    let count = source.count
    return weights.withUnsafeMutableBufferPointer { weights in
      guard let base = weights.baseAddress else { return 0 }
      if settings.bootstrap {
        base.update(repeating: 0, count: count)
        for _ in 0..<count {
          let row = stream.integer(below: count)
          // More than 255 draws of one pixel happen to nobody; a tiny sample must not overflow all the same.
          if base[row] < .max { base[row] += 1 }
        }
      }
      return buffers[0].gather(source, weights: base)
    }
  }

  private func countCategories(_ count: Int) -> SIMD8<Int32> {
    var counts = [Int32](repeating: 0, count: Category.count)
    var tail = buffers[0].bytes + source.featureCount
    for _ in 0..<count {
      counts[Int(tail[0])] += Int32(tail[1])
      tail += source.stride
    }
    return SIMD8(counts)
  }

  /// The best split of a node, or nil where it is to be a leaf: pure, deep enough, too small, or indivisible.
  private func split(_ node: Pending, _ stream: inout RandomStream) -> Split? {
    let total = node.counts.wrappedSum()
    if node.counts.max() == total { return nil }
    if let limit = settings.maxDepth, node.depth >= limit { return nil }
    if Int(total) < 2 * settings.minLeaf { return nil }
    let records = buffers[node.depth & 1].bytes + node.records.lowerBound * source.stride
    return search.best(records, count: node.records.count, stride: source.stride, total: node.counts) {
      stream.integer(below: $0)
    }
  }

  private func leaf(_ counts: SIMD8<Int32>, _ tree: inout Tree) -> TreeNode {
    let total = counts.wrappedSum()
    if let category = (0..<Category.count).first(where: { counts[$0] == total }) { return .leaf(category) }
    let weighted = SIMD8<Float>(counts) * classWeights
    tree.distributions.append(weighted / sumOfLanes(weighted))
    return .leaf(tree.distributions.count - 1)
  }

  private func impurityScore(_ counts: SIMD8<Int32>) -> Float {
    let weighted = SIMD8<Float>(counts) * classWeights
    return sumOfLanes(weighted * weighted) / sumOfLanes(weighted)
  }
}
