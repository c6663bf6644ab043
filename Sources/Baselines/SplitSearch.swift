import Scenes

/// A way to divide a node: pixels whose `feature` is in bin `bin` or a lower one go left.
struct Split: Equatable {
  var feature: Int
  var bin: UInt8
  /// sum_c L_c^2 / sum_c L_c + the same of the right side. Least Gini impurity is the largest score.
  var score: Float
  /// Drawn pixels of each category that go left.
  var left: SIMD8<Int32>
}

/// Finds the best split of a range of records by Gini impurity, over a few features drawn at random.
///
/// Counts are kept a (bin, category) pair; a small node visits only the bins that occur in it.
struct SplitSearch: ~Copyable {
  /// Features whose histograms are filled in one pass over the records; the updates of one overlap the others'.
  private static let group = 5
  /// Nodes of fewer records look bins up by what occurs, others scan all bins.
  private static let smallNode = 512
  private static let binSize = FeatureBinner.maximumBins

  private let counts: UnsafeMutablePointer<SIMD8<Int32>>
  private let seen: UnsafeMutablePointer<UInt8>
  private var order: [Int]
  private let featuresPerSplit: Int
  private let minLeaf: Int32
  private let classWeights: SIMD8<Float>

  /// - Parameters:
  ///   - featuresPerSplit: how many features are tried at a node; more only while none of them divides it.
  ///   - minLeaf: drawn pixels that each side must have at least.
  ///   - classWeights: what a pixel of each category counts.
  init(featureCount: Int, featuresPerSplit: Int, minLeaf: Int, classWeights: SIMD8<Float>) {
    order = Array(0..<featureCount)
    self.featuresPerSplit = featuresPerSplit
    self.minLeaf = Int32(clamping: minLeaf)
    self.classWeights = classWeights
    counts = .allocate(capacity: Self.group * Self.binSize)
    counts.initialize(repeating: .zero, count: Self.group * Self.binSize)
    seen = .allocate(capacity: Self.binSize)
    seen.initialize(repeating: 0, count: Self.binSize)
  }

  deinit {
    counts.deallocate()
    seen.deallocate()
  }

  /// Forgets the order that earlier draws left, so that a tree depends on its own stream alone.
  mutating func reset() {
    for index in order.indices { order[index] = index }
  }

  /// The best split of `count` records, or nil where no feature divides them.
  mutating func best(
    _ records: UnsafePointer<UInt8>, count: Int, stride: Int, total: SIMD8<Int32>,
    drawing random: (Int) -> Int
  ) -> Split? {
    let featureCount = order.count
    var best = Split(feature: 0, bin: 0, score: -.infinity, left: .zero)
    var drawn = 0
    while drawn < featureCount {
      if drawn >= featuresPerSplit && best.score > -.infinity { break }
      let wanted = drawn < featuresPerSplit ? min(Self.group, featuresPerSplit - drawn) : 1
      for place in drawn..<drawn + wanted { order.swapAt(place, place + random(featureCount - place)) }
      if count < Self.smallNode {
        for place in drawn..<drawn + wanted {
          searchOccurring(records, count, stride, featureCount, order[place], total, &best)
        }
      } else {
        fill(records, count, stride, featureCount, first: drawn, wanted)
        for slot in 0..<wanted { scan(slot, order[drawn + slot], total, &best) }
      }
      drawn += wanted
    }
    return best.score > -.infinity ? best : nil
  }

  /// Adds the records to the histograms of `wanted` features.
  private func fill(
    _ records: UnsafePointer<UInt8>, _ count: Int, _ stride: Int, _ tail: Int, first: Int, _ wanted: Int
  ) {
    let base = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    let size = Self.binSize * Category.count
    guard wanted == Self.group else {
      for slot in 0..<wanted {
        let (feature, histogram) = (order[first + slot], base + slot * size)
        var record = records
        for _ in 0..<count {
          histogram[Int(record[feature]) << 3 | Int(record[tail])] &+= Int32(record[tail + 1])
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
      target[Int(record[a]) << 3] &+= weight
      target[size + Int(record[b]) << 3] &+= weight
      target[2 * size + Int(record[c]) << 3] &+= weight
      target[3 * size + Int(record[d]) << 3] &+= weight
      target[4 * size + Int(record[e]) << 3] &+= weight
      record += stride
    }
  }

  /// Tries all borders between occupied bins of one histogram, and clears it.
  private func scan(_ slot: Int, _ feature: Int, _ total: SIMD8<Int32>, _ best: inout Split) {
    let histogram = counts + slot * Self.binSize
    var walk = Walk(total, classWeights, minLeaf)
    for bin in 0..<Self.binSize {
      let here = histogram[bin]
      if here == .zero { continue }
      histogram[bin] = .zero
      walk.step(to: bin, here, feature, &best)
    }
  }

  /// The same for one feature of a small node, visiting the bins that occur.
  private func searchOccurring(
    _ records: UnsafePointer<UInt8>, _ count: Int, _ stride: Int, _ tail: Int, _ feature: Int,
    _ total: SIMD8<Int32>, _ best: inout Split
  ) {
    let base = UnsafeMutableRawPointer(counts).assumingMemoryBound(to: Int32.self)
    var record = records
    for _ in 0..<count {
      let bin = Int(record[feature])
      base[bin << 3 | Int(record[tail])] &+= Int32(record[tail + 1])
      seen[bin] = 1
      record += stride
    }
    var walk = Walk(total, classWeights, minLeaf)
    let words = UnsafeMutableRawPointer(seen).assumingMemoryBound(to: UInt64.self)
    for word in 0..<Self.binSize / 8 {
      var bits = UInt64(littleEndian: words[word])
      if bits == 0 { continue }
      words[word] = 0
      while bits != 0 {
        let bin = word << 3 | bits.trailingZeroBitCount >> 3
        bits &= bits &- 1
        let here = counts[bin]
        counts[bin] = .zero
        walk.step(to: bin, here, feature, &best)
      }
    }
  }
}

/// A walk over the occupied bins of one feature, from the lowest on.
private struct Walk {
  private let total: SIMD8<Int32>
  private let classWeights: SIMD8<Float>
  private let minLeaf: Int32
  private var left = SIMD8<Int32>.zero
  private var previous = -1

  @inline(__always)
  init(_ total: SIMD8<Int32>, _ classWeights: SIMD8<Float>, _ minLeaf: Int32) {
    (self.total, self.classWeights, self.minLeaf) = (total, classWeights, minLeaf)
  }

  /// Scores the split between the previous occupied bin and this one, then takes this one to the left side.
  ///
  /// The border lies midway between the two, as scikit-learn puts it midway between two values.
  @inline(__always)
  mutating func step(to bin: Int, _ here: SIMD8<Int32>, _ feature: Int, _ best: inout Split) {
    if previous >= 0 {
      let right = total &- left
      let l = SIMD8<Float>(left) * classWeights
      let r = SIMD8<Float>(right) * classWeights
      let score = sumOfLanes(l * l) / sumOfLanes(l) + sumOfLanes(r * r) / sumOfLanes(r)
      if score > best.score && (minLeaf <= 1 || min(left.wrappedSum(), right.wrappedSum()) >= minLeaf) {
        best = Split(feature: feature, bin: UInt8(truncatingIfNeeded: (previous + bin) / 2), score: score, left: left)
      }
    }
    left &+= here
    previous = bin
  }
}

/// The sum of eight lanes, as a tree of three additions.
@inline(__always)
func sumOfLanes(_ v: SIMD8<Float>) -> Float {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}
