import Compute
import Scenes
import Synchronization

/// What a pixel counts by its category.
public enum ClassWeighting: String, CaseIterable, Codable, Sendable {
  /// All pixels alike.
  case none
  /// A category of n_c of n pixels, among k categories present, weighs n / (k n_c), as scikit-learn's `balanced`.
  case balanced

  /// The weights of the eight categories; 1 for those that are absent.
  func weights(of categories: [UInt8]) -> [Float] {
    var counts = [Int](repeating: 0, count: Category.count)
    for category in categories { counts[Int(category)] += 1 }
    let present = counts.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    return counts.map { count in
      self == .none || count == 0 ? 1 : Float(Double(categories.count) / Double(present * count))
    }
  }
}

/// A random forest that is yet to be fitted (Breiman 2001, doi:10.1023/A:1010933404324), with scikit-learn's defaults.
///
/// Each tree learns from a bootstrap sample. A node is divided by the split of least Gini impurity among
/// `featuresPerSplit` features drawn at random (more, while none of them divides it), until it is pure. Features are
/// cut into 256 quantile bins first. A split's border lies midway between two occupied bins.
///
/// Memory while fitting n pixels of d features, beside the sample: one record of d + 2 bytes, rounded up to a multiple
/// of 32, a pixel; 0.63 of twice that for every thread; 8 bytes a node, of which a fully grown tree has up to 2n.
public struct RandomForest: PixelClassifier {
  public static let name = "random-forest"
  public static let summary = "random forest on pixel features"

  static let treeLimit = 10_000

  /// How many trees; 1...10,000.
  public var trees = 100
  /// How deep a tree grows, its root being depth 0; nil: until leaves are pure. At least 1.
  public var maxDepth: Int?
  /// How many drawn pixels a leaf has at least. At least 1.
  public var minLeaf = 1
  /// How many features a node tries; nil: the square root of their number. At least 1 and at most their number.
  public var featuresPerSplit: Int?
  /// Whether a tree learns from n pixels drawn with replacement, instead of from all.
  public var bootstrap = true
  /// What pixels count by category.
  public var classWeights = ClassWeighting.none
  /// The same seed gives the same forest, whatever the thread count.
  public var seed: UInt64 = 0

  public init() {}

  /// - Throws: `BaselinesError.invalid`.
  public func check(featureCount: Int) throws {
    func require(_ holds: Bool, _ setting: String, _ value: Int, _ bound: String) throws {
      if !holds { throw BaselinesError.invalid(setting: setting, value: "\(value)", bound: bound) }
    }
    try require((1...Self.treeLimit).contains(trees), "trees", trees, "1 to \(Self.treeLimit)")
    if let maxDepth { try require(maxDepth >= 1, "maxDepth", maxDepth, "at least 1") }
    try require((1...1 << 30).contains(minLeaf), "minLeaf", minLeaf, "1 to \(1 << 30)")
    if let featuresPerSplit {
      try require(
        (1...featureCount).contains(featuresPerSplit), "featuresPerSplit", featuresPerSplit, "1 to \(featureCount)")
    }
  }

  func featuresPerSplit(of count: Int) -> Int {
    featuresPerSplit ?? max(1, Int(Double(count).squareRoot()))
  }

  /// Fits a forest to `sample`.
  ///
  /// - Parameter progress: told the fraction of trees that are done, from any thread.
  /// - Throws: `BaselinesError`: bad hyperparameters, or a sample that is empty, of one category, constant, or not
  ///   finite.
  public func fit(_ sample: PixelSample, progress: @Sendable (Double) -> Void = { _ in }) throws -> FittedForest {
    FittedForest(
      features: sample.features, settings: self,
      forest: try grow(sample.matrix, sample.categories, progress: progress))
  }

  /// Fits the trees to features [n, d] and categories [n], whatever the features are.
  package func grow(
    _ matrix: FeatureMatrix, _ categories: [UInt8], progress: @Sendable (Double) -> Void = { _ in }
  ) throws -> Forest {
    try check(featureCount: matrix.columns)
    guard matrix.rows <= Int(Int32.max) / 256 * 255 else {
      throw BaselinesError.invalid(
        setting: "pixels", value: "\(matrix.rows)", bound: "at most \(Int(Int32.max) / 256 * 255)")
    }
    try SampleCheck.check(matrix, categories)
    guard let binner = try FeatureBinner.fit(matrix) else {
      preconditionFailure("cuts of finite values ascend")
    }
    let records = BinnedRecords(matrix, categories, binner)
    let weights = SIMD8(classWeights.weights(of: categories))
    let spare = Locked<[GrowerBox]>([])
    let done = Atomic<Int>(0)
    let grown = try Parallel.map(trees) { index in
      let grower =
        spare.withLock { $0.popLast() } ?? GrowerBox(value: TreeGrower(self, records, classWeights: weights))
      defer { spare.withLock { $0.append(grower) } }
      let tree = grower.value.grow(index)
      progress(Double(done.wrappingAdd(1, ordering: .relaxed).newValue) / Double(trees))
      return tree
    }
    return Forest(binner: binner, trees: grown)
  }

  /// One thread at a time uses a grower.
  private struct GrowerBox: @unchecked Sendable {
    let value: TreeGrower
  }
}
