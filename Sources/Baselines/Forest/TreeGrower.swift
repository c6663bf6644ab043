import Compute

/// Grows one tree at a time; holds the memory for it, which the next tree reuses.
final class TreeGrower {
  private typealias Counts = ClassLanes.Counts

  private let settings: RandomForest
  private let source: BinnedRecords
  private let lanes: ClassLanes
  /// What a pixel of each class counts, [groups].
  private let classWeights: UnsafeMutablePointer<ClassLanes.Shares>
  /// A node's records lie in the one or the other, by its depth.
  private let buffers: [BinnedRecords]
  private var weights: [UInt8]
  private var search: SplitSearch
  /// Drawn pixels of each class in the node that is being grown, [groups].
  private let counts: UnsafeMutablePointer<Counts>

  /// - Parameter classWeights: what a pixel of each class counts, [classes].
  init(_ settings: RandomForest, _ source: BinnedRecords, lanes: ClassLanes, classWeights: [Float]) {
    self.settings = settings
    self.source = source
    self.lanes = lanes
    buffers = (0..<2).map { _ in BinnedRecords(count: source.count, featureCount: source.featureCount) }
    weights = [UInt8](repeating: 1, count: source.count)
    self.classWeights = .allocate(capacity: lanes.groups)
    self.classWeights.initialize(from: lanes.vectors(classWeights), count: lanes.groups)
    counts = .allocate(capacity: lanes.groups)
    counts.initialize(repeating: .zero, count: lanes.groups)
    search = SplitSearch(
      lanes: lanes, featureCount: source.featureCount,
      featuresPerSplit: settings.featuresPerSplit(of: source.featureCount), minLeaf: settings.minLeaf,
      classWeights: self.classWeights)
  }

  deinit {
    classWeights.deallocate()
    counts.deallocate()
  }

  /// A node that waits to be split or made a leaf.
  private struct Pending {
    var node: Int
    var records: Range<Int>
    var depth: Int
  }

  /// The tree of number `index` in the forest; it depends on the settings, `seed` and `index` alone.
  func grow(_ index: Int, seed: UInt64) -> Tree {
    var stream = RandomStream(seed: seed, UInt64(index))
    search.reset()
    let count = draw(&stream)
    var tree = Tree(lanes)
    tree.importances = [Double](repeating: 0, count: source.featureCount)
    tree.nodes.append(.leaf(0))
    var waiting = [Pending(node: 0, records: 0..<count, depth: 0)]
    // The counts of those that wait, [waiting, groups].
    countClasses(count)
    var waitingCounts = Array(UnsafeBufferPointer(start: counts, count: lanes.groups))
    while let next = waiting.popLast() {
      let first = waitingCounts.count - lanes.groups
      for group in 0..<lanes.groups { counts[group] = waitingCounts[first + group] }
      waitingCounts.removeLast(lanes.groups)
      guard let split = split(next, &stream) else {
        tree.nodes[next.node] = leaf(&tree)
        continue
      }
      let child = tree.nodes.count
      tree.nodes[next.node] = .inner(
        leftChildAfter: child - next.node, feature: split.feature, bin: split.bin)
      tree.nodes.append(.leaf(0))
      tree.nodes.append(.leaf(0))
      // No split raises impurity; where it stays as it was, rounding must not make it rise.
      tree.importances[split.feature] += Double(max(0, split.score - nodeScore()))
      let border = buffers[next.depth & 1].partition(
        next.records, into: buffers[~next.depth & 1], feature: split.feature, bin: split.bin)
      waiting.append(Pending(node: child + 1, records: border..<next.records.upperBound, depth: next.depth + 1))
      for group in 0..<lanes.groups { waitingCounts.append(counts[group] &- search.left[group]) }
      waiting.append(Pending(node: child, records: next.records.lowerBound..<border, depth: next.depth + 1))
      for group in 0..<lanes.groups { waitingCounts.append(search.left[group]) }
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

  private func countClasses(_ count: Int) {
    counts.update(repeating: .zero, count: lanes.groups)
    let lane = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    var tail = buffers[0].bytes + source.featureCount
    for _ in 0..<count {
      lane[Int(tail[0])] += Int32(tail[1])
      tail += source.stride
    }
  }

  /// Drawn pixels of the node, and those of its largest class.
  private var extent: (total: Int32, largest: Int32) {
    var (total, largest) = (Int32.zero, Int32.zero)
    for group in 0..<lanes.groups {
      total &+= counts[group].wrappedSum()
      largest = max(largest, counts[group].max())
    }
    return (total, largest)
  }

  /// The best split of a node, or nil where it is to be a leaf: pure, deep enough, too small, or indivisible.
  private func split(_ node: Pending, _ stream: inout RandomStream) -> Split? {
    let (total, largest) = extent
    if largest == total { return nil }
    if let limit = settings.maxDepth, node.depth >= limit { return nil }
    if Int(total) < 2 * settings.minLeaf { return nil }
    let records = buffers[node.depth & 1].bytes + node.records.lowerBound * source.stride
    return search.best(records, count: node.records.count, stride: source.stride, total: counts) {
      stream.integer(below: $0)
    }
  }

  private func leaf(_ tree: inout Tree) -> TreeNode {
    let total = extent.total
    let lane = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    if let pure = (0..<lanes.classCount).first(where: { lane[$0] == total }) { return .leaf(pure) }
    var sum = ClassLanes.Shares.zero
    for group in 0..<lanes.groups { sum += ClassLanes.Shares(counts[group]) * classWeights[group] }
    let whole = sumOfLanes(sum)
    for group in 0..<lanes.groups {
      tree.distributions.append(ClassLanes.Shares(counts[group]) * classWeights[group] / whole)
    }
    return .leaf(tree.distributions.count / lanes.groups - 1)
  }

  private func nodeScore() -> Float { purity(lanes.groups, classWeights) { counts[$0] } }
}
