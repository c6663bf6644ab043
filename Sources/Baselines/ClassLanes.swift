/// How classes are counted: in vectors of eight lanes, as many as it takes.
///
/// Loops over the vectors are written once, for any number of them, and compiled twice: functions that matter for
/// speed are inlined into a branch that knows there is but one, which has no loop left.
struct ClassLanes: Equatable, Sendable {
  typealias Counts = SIMD8<Int32>
  typealias Shares = SIMD8<Float>

  /// How many classes a class set may have.
  static let allowed = 2...255

  let classCount: Int
  /// Vectors of eight that hold a value a class; lanes after the last class are 0.
  let groups: Int

  init(_ classCount: Int) {
    self.classCount = classCount
    groups = Self.padded(classCount) / 8
  }

  /// The next multiple of eight.
  static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

  /// A value a class as vectors.
  func vectors(_ values: [Float]) -> [Shares] {
    let all = values + [Float](repeating: 0, count: groups * 8 - values.count)
    return (0..<groups).map { Shares(all[$0 * 8..<($0 + 1) * 8]) }
  }

  /// The values of the classes, one after the other, from vectors of any number of rows.
  func values(_ vectors: some Collection<Shares>) -> [Float] {
    vectors.enumerated().flatMap { place, vector in
      let first = place % groups * 8
      return (0..<max(0, min(8, classCount - first))).map { vector[$0] }
    }
  }
}

/// The sum of eight lanes, as a tree of three additions.
@inline(__always)
func sumOfLanes(_ v: SIMD8<Float>) -> Float {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// What one side of a split, or a node, scores: the sum of squares of what its classes weigh over their sum.
///
/// - Parameters:
///   - counts: pixels of each class.
///   - weights: what a pixel of each class counts.
@inline(__always)
func purity(_ counts: ClassLanes.Counts, _ weights: ClassLanes.Shares) -> Float {
  let weighted = ClassLanes.Shares(counts) * weights
  return sumOfLanes(weighted * weighted) / sumOfLanes(weighted)
}

/// The same over several groups of classes.
@inline(__always)
func purity(
  _ groups: Int, _ weights: UnsafePointer<ClassLanes.Shares>, counts: (Int) -> ClassLanes.Counts
) -> Float {
  var (sum, squares) = (ClassLanes.Shares.zero, ClassLanes.Shares.zero)
  for group in 0..<groups {
    let weighted = ClassLanes.Shares(counts(group)) * weights[group]
    sum += weighted
    squares += weighted * weighted
  }
  return sumOfLanes(squares) / sumOfLanes(sum)
}
