/// A way to divide a node: pixels whose `feature` is in bin `bin` or a lower one go left.
struct Split: Equatable {
  var feature: Int
  var bin: UInt8
  /// sum_c L_c^2 / sum_c L_c + the same of the right side. Least Gini impurity is the largest score.
  var score: Float
}

/// Finds the best split of a range of records by Gini impurity, over a few features drawn at random.
///
/// Counts are kept a (bin, class) pair; a small node visits only the bins that occur in it.
struct SplitSearch: ~Copyable {
  typealias Counts = ClassLanes.Counts
  /// Features whose histograms are filled in one pass over the records; the updates of one overlap the others'.
  private static let group = 5
  /// Nodes of fewer records look bins up by what occurs, others scan all bins.
  private static let smallNode = 512
  private static let binSize = FeatureBinner.maximumBins

  /// Drawn pixels of each class that the best split sends left, [groups].
  let left: UnsafeMutablePointer<Counts>
  /// [group, bins, groups].
  private let counts: UnsafeMutablePointer<Counts>
  /// Drawn pixels of each class below the border that is looked at, [groups].
  private let below: UnsafeMutablePointer<Counts>
  private let seen: UnsafeMutablePointer<UInt8>
  private var order: [Int]
  private let groups: Int
  private let featuresPerSplit: Int
  private let minLeaf: Int32
  /// [groups].
  private let classWeights: UnsafePointer<ClassLanes.Shares>

  /// - Parameters:
  ///   - featuresPerSplit: how many features are tried at a node; more only while none of them divides it.
  ///   - minLeaf: drawn pixels that each side must have at least.
  ///   - classWeights: what a pixel of each class counts; outlives this.
  init(
    lanes: ClassLanes, featureCount: Int, featuresPerSplit: Int, minLeaf: Int,
    classWeights: UnsafePointer<ClassLanes.Shares>
  ) {
    func zeros<Value>(_ zero: Value, _ count: Int) -> UnsafeMutablePointer<Value> {
      let values = UnsafeMutablePointer<Value>.allocate(capacity: count)
      values.initialize(repeating: zero, count: count)
      return values
    }
    groups = lanes.groups
    order = Array(0..<featureCount)
    self.featuresPerSplit = featuresPerSplit
    self.minLeaf = Int32(clamping: minLeaf)
    self.classWeights = classWeights
    counts = zeros(.zero, Self.group * Self.binSize * groups)
    left = zeros(.zero, groups)
    below = zeros(.zero, groups)
    seen = zeros(0, Self.binSize)
  }

  deinit {
    counts.deallocate()
    left.deallocate()
    below.deallocate()
    seen.deallocate()
  }

  /// Forgets the order that earlier draws left, so that a tree depends on its own stream alone.
  mutating func reset() {
    for index in order.indices { order[index] = index }
  }

  /// The best split of `count` records, or nil where no feature divides them; what goes left is in `left`.
  mutating func best(
    _ records: UnsafePointer<UInt8>, count: Int, stride: Int, total: UnsafePointer<Counts>,
    drawing random: (Int) -> Int
  ) -> Split? {
    groups == 1
      ? best(records, count, stride, total, random, groups: 1)
      : best(records, count, stride, total, random, groups: groups)
  }

  @inline(__always)
  private mutating func best(
    _ records: UnsafePointer<UInt8>, _ count: Int, _ stride: Int, _ total: UnsafePointer<Counts>,
    _ random: (Int) -> Int, groups: Int
  ) -> Split? {
    let featureCount = order.count
    var best = Split(feature: 0, bin: 0, score: -.infinity)
    var drawn = 0
    while drawn < featureCount {
      if drawn >= featuresPerSplit && best.score > -.infinity { break }
      let wanted = drawn < featuresPerSplit ? min(Self.group, featuresPerSplit - drawn) : 1
      for place in drawn..<drawn + wanted { order.swapAt(place, place + random(featureCount - place)) }
      if count < Self.smallNode {
        for place in drawn..<drawn + wanted {
          searchOccurring(records, count, stride, featureCount, order[place], total, &best, groups: groups)
        }
      } else {
        fill(records, count, stride, featureCount, first: drawn, wanted, lanes: 8 * groups)
        for slot in 0..<wanted { scan(slot, order[drawn + slot], total, &best, groups: groups) }
      }
      drawn += wanted
    }
    return best.score > -.infinity ? best : nil
  }

  /// Adds the records to the histograms of `wanted` features.
  @inline(__always)
  private func fill(
    _ records: UnsafePointer<UInt8>, _ count: Int, _ stride: Int, _ tail: Int, first: Int, _ wanted: Int, lanes: Int
  ) {
    let base = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    let size = Self.binSize * lanes
    guard wanted == Self.group else {
      for slot in 0..<wanted {
        let (feature, histogram) = (order[first + slot], base + slot * size)
        var record = records
        for _ in 0..<count {
          histogram[Int(record[feature]) &* lanes &+ Int(record[tail])] &+= Int32(record[tail + 1])
          record += stride
        }
      }
      return
    }
    let (a, b, c, d, e) = (order[first], order[first + 1], order[first + 2], order[first + 3], order[first + 4])
    var record = records
    for _ in 0..<count {
      let weight = Int32(record[tail + 1])
      let target = base + Int(record[tail])
      target[Int(record[a]) &* lanes] &+= weight
      target[size &+ Int(record[b]) &* lanes] &+= weight
      target[2 &* size &+ Int(record[c]) &* lanes] &+= weight
      target[3 &* size &+ Int(record[d]) &* lanes] &+= weight
      target[4 &* size &+ Int(record[e]) &* lanes] &+= weight
      record += stride
    }
  }

  /// Tries all borders between occupied bins of one histogram, and clears it.
  @inline(__always)
  private func scan(
    _ slot: Int, _ feature: Int, _ total: UnsafePointer<Counts>, _ best: inout Split, groups: Int
  ) {
    let histogram = counts + slot * Self.binSize * groups
    var walk = Walk(total, classWeights, below, left, minLeaf, groups: groups)
    for bin in 0..<Self.binSize {
      let here = histogram + bin * groups
      var occupied = here[0]
      for group in 1..<max(1, groups) { occupied |= here[group] }
      if occupied == .zero { continue }
      walk.step(to: bin, here, feature, &best, groups: groups)
    }
  }

  /// The same for one feature of a small node, visiting the bins that occur.
  @inline(__always)
  private func searchOccurring(
    _ records: UnsafePointer<UInt8>, _ count: Int, _ stride: Int, _ tail: Int, _ feature: Int,
    _ total: UnsafePointer<Counts>, _ best: inout Split, groups: Int
  ) {
    let base = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    var record = records
    for _ in 0..<count {
      let bin = Int(record[feature])
      base[bin &* (8 &* groups) &+ Int(record[tail])] &+= Int32(record[tail + 1])
      seen[bin] = 1
      record += stride
    }
    var walk = Walk(total, classWeights, below, left, minLeaf, groups: groups)
    let words = UnsafeMutableRawPointer(seen).assumingMemoryBound(to: UInt64.self)
    for word in 0..<Self.binSize / 8 {
      var bits = UInt64(littleEndian: words[word])
      if bits == 0 { continue }
      words[word] = 0
      while bits != 0 {
        let bin = word << 3 | bits.trailingZeroBitCount >> 3
        bits &= bits &- 1
        walk.step(to: bin, counts + bin * groups, feature, &best, groups: groups)
      }
    }
  }
}

/// A walk over the occupied bins of one feature, from the lowest on.
///
/// The vectors of the first group are kept beside the pointers, as the optimiser keeps only such in registers; where
/// there is but one group, nothing else is looked at.
private struct Walk {
  private let total: UnsafePointer<ClassLanes.Counts>
  private let classWeights: UnsafePointer<ClassLanes.Shares>
  private let minLeaf: Int32
  private let left: UnsafeMutablePointer<ClassLanes.Counts>
  private let bestLeft: UnsafeMutablePointer<ClassLanes.Counts>
  private let onlyTotal: ClassLanes.Counts
  private let onlyWeights: ClassLanes.Shares
  private var onlyLeft = ClassLanes.Counts.zero
  private var previous = -1

  @inline(__always)
  init(
    _ total: UnsafePointer<ClassLanes.Counts>, _ classWeights: UnsafePointer<ClassLanes.Shares>,
    _ left: UnsafeMutablePointer<ClassLanes.Counts>, _ bestLeft: UnsafeMutablePointer<ClassLanes.Counts>,
    _ minLeaf: Int32, groups: Int
  ) {
    (self.total, self.classWeights, self.minLeaf) = (total, classWeights, minLeaf)
    (self.left, self.bestLeft) = (left, bestLeft)
    (onlyTotal, onlyWeights) = (total[0], classWeights[0])
    if groups == 1 { return }
    for group in 0..<groups { left[group] = .zero }
  }

  /// Scores the split between the previous occupied bin and this one, then moves this one's counts to the left side.
  ///
  /// The border lies midway between the two, as scikit-learn puts it midway between two values.
  @inline(__always)
  mutating func step(
    to bin: Int, _ here: UnsafeMutablePointer<ClassLanes.Counts>, _ feature: Int, _ best: inout Split, groups: Int
  ) {
    if previous >= 0 {
      let score = self.score(groups)
      if score > best.score && (minLeaf <= 1 || smallerSide(groups) >= minLeaf) {
        best = Split(feature: feature, bin: UInt8(truncatingIfNeeded: (previous + bin) / 2), score: score)
        if groups == 1 { bestLeft[0] = onlyLeft } else { bestLeft.update(from: left, count: groups) }
      }
    }
    if groups == 1 {
      onlyLeft &+= here[0]
      here[0] = .zero
    } else {
      for group in 0..<groups {
        left[group] &+= here[group]
        here[group] = .zero
      }
    }
    previous = bin
  }

  /// The score of the border above what is on the left side by now.
  @inline(__always)
  private func score(_ groups: Int) -> Float {
    if groups == 1 { return purity(onlyLeft, onlyWeights) + purity(onlyTotal &- onlyLeft, onlyWeights) }
    return purity(groups, classWeights) { left[$0] } + purity(groups, classWeights) { total[$0] &- left[$0] }
  }

  /// Drawn pixels of the smaller side.
  @inline(__always)
  private func smallerSide(_ groups: Int) -> Int32 {
    if groups == 1 { return min(onlyLeft.wrappedSum(), (onlyTotal &- onlyLeft).wrappedSum()) }
    var (here, all) = (Int32.zero, Int32.zero)
    for group in 0..<groups {
      here &+= left[group].wrappedSum()
      all &+= total[group].wrappedSum()
    }
    return min(here, all &- here)
  }
}
