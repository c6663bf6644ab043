import Compute
import Settings
import Synchronization

/// A random forest that is yet to be fitted (Breiman 2001, doi:10.1023/A:1010933404324), with scikit-learn's defaults.
///
/// Each tree learns from a bootstrap sample. A node is divided by the split of least Gini impurity among
/// `featuresPerSplit` features drawn at random (more, while none of them divides it), until it is pure. Features are
/// cut into 256 quantile bins first. A split's border lies midway between two occupied bins.
///
/// Memory while fitting n pixels of d features, beside the sample: one record of d + 2 bytes, rounded up to a multiple
/// of 32, a pixel; 0.63 of twice that for every thread; 8 bytes a node, of which a fully grown tree has up to 2n.
package struct RandomForest: PixelClassifier, Codable {
  package static let name = "random-forest"
  package static let summary = "random forest on pixel features"
  package static let section = "forest"
  package static let hasChance = true

  static let treeLimit = 10_000

  /// What a pixel counts by its class.
  package enum ClassWeights: String, CaseIterable, Codable, Sendable {
    /// All pixels alike.
    case none
    /// A class of n_c of n pixels, among k classes present, weighs n / (k n_c), as scikit-learn's `balanced`.
    case balanced

    /// The weights of all classes; 1 for those that are absent.
    func weights(of labels: [UInt8], classCount: Int) -> [Float] {
      var counts = [Int](repeating: 0, count: classCount)
      for label in labels { counts[Int(label)] += 1 }
      let present = counts.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
      return counts.map { count in
        self == .none || count == 0 ? 1 : Float(Double(labels.count) / Double(present * count))
      }
    }
  }

  /// How many trees.
  package var trees = 100
  /// How deep a tree grows, its root being depth 0; nil: until leaves are pure.
  package var maxDepth: Int?
  /// How many drawn pixels a leaf has at least.
  package var minLeaf = 1
  /// How many features a node tries; nil: the square root of their number.
  package var featuresPerSplit: Int?
  /// Whether a tree learns from n pixels drawn with replacement, instead of from all.
  package var bootstrap = true
  /// What pixels count by class.
  package var classWeights = ClassWeights.none

  package static let fields: [Field<Self>] = [
    .whole("trees", \.trees, 1...treeLimit, "how many trees"),
    .whole("maxDepth", \.maxDepth, 1...Int.max, "how deep a tree grows; null: until leaves are pure"),
    .whole("minLeaf", \.minLeaf, 1...1 << 30, "how many drawn pixels a leaf has at least"),
    .whole(
      "featuresPerSplit", \.featuresPerSplit, 1...Int.max,
      "how many features a node tries; null: the square root of their number"),
    .flag("bootstrap", \.bootstrap, "whether a tree learns from pixels drawn with replacement instead of from all"),
    .choice("classWeights", \.classWeights, "what pixels count by class"),
  ]

  package init() {}

  package func check(featureCount: Int) throws {
    guard let featuresPerSplit, featuresPerSplit > featureCount else { return }
    throw SettingError.invalid(
      setting: "featuresPerSplit", value: "\(featuresPerSplit)", bound: "1 to \(featureCount)")
  }

  func featuresPerSplit(of count: Int) -> Int {
    featuresPerSplit ?? max(1, Int(Double(count).squareRoot()))
  }

  package func fit(
    _ sample: PixelSample, seed: UInt64, progress: @Sendable (Double) -> Void
  ) throws -> ForestSegmenter {
    ForestSegmenter(
      features: sample.features, settings: self,
      forest: try grow(
        sample.matrix, sample.labels, classCount: sample.classCount, seed: seed, progress: progress))
  }

  /// The records of all pixels and of those that each thread draws, and the trees.
  package func estimatedBytes(pixels: Int, features: Int, classes: Int) -> Int {
    let lanes = ClassLanes(classes)
    let record = BinnedRecords.stride(featureCount: features)
    // Of n draws with replacement, 1 - 1/e pixels are drawn at all.
    let drawn = bootstrap ? pixels * 64 / 100 : pixels
    // On street scenes a fully grown tree has a leaf for every eight drawn pixels, or fewer.
    let deepest = maxDepth.map { 1 << min($0, 40) } ?? .max
    let leaves = max(1, min(drawn / max(8, minLeaf), deepest))
    let tree =
      2 * leaves * MemoryLayout<TreeNode>.size
      + (classes + leaves / 4) * lanes.groups * MemoryLayout<ClassLanes.Shares>.size
    return Self.sampleBytes(pixels: pixels, features: features) + pixels * record
      + Parallel.threadCount * (2 * drawn * record + pixels) + trees * tree
  }

  /// Fits the trees to features [n, d] and labels [n] of 0..<classCount, whatever the features are.
  package func grow(
    _ matrix: FeatureMatrix, _ labels: [UInt8], classCount: Int, seed: UInt64 = 0,
    progress: @Sendable (Double) -> Void = { _ in }
  ) throws -> Forest {
    try checkAll(featureCount: matrix.columns)
    guard matrix.rows <= Int(Int32.max) / 256 * 255 else {
      throw SettingError.invalid(
        setting: "pixels", value: "\(matrix.rows)", bound: "at most \(Int(Int32.max) / 256 * 255)")
    }
    try SampleCheck.check(matrix, labels, classCount: classCount)
    guard let binner = try FeatureBinner.fit(matrix) else {
      preconditionFailure("cuts of finite values ascend")
    }
    let records = BinnedRecords(matrix, labels, binner)
    let lanes = ClassLanes(classCount)
    let weights = classWeights.weights(of: labels, classCount: classCount)
    let spare = Locked<[GrowerBox]>([])
    let done = Atomic<Int>(0)
    let grown = try Parallel.map(trees) { index in
      let grower =
        spare.withLock { $0.popLast() }
        ?? GrowerBox(value: TreeGrower(self, records, lanes: lanes, classWeights: weights))
      defer { spare.withLock { $0.append(grower) } }
      let tree = grower.value.grow(index, seed: seed)
      progress(Double(done.wrappingAdd(1, ordering: .relaxed).newValue) / Double(trees))
      return tree
    }
    return Forest(lanes: lanes, binner: binner, trees: grown)
  }

  /// One thread at a time uses a grower.
  private struct GrowerBox: @unchecked Sendable {
    let value: TreeGrower
  }
}
