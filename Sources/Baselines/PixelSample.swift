import Compute
import Scenes

/// Which pixels of a picture a classifier learns from. Pixels of void truth are never among them.
public enum PixelSampling: Equatable, Codable, Sendable {
  /// Every pixel.
  case all
  /// A random sample without replacement of at most so many pixels a picture, so that memory is bounded.
  case random(perPicture: Int)
  /// At most so many pixels a picture, stratified by category with equal shares: each category of the picture gets an
  /// equal part of them, as far as it has pixels; what small categories leave goes to the larger ones.
  case balanced(perPicture: Int)

  /// At most how many pixels of a picture; nil for all.
  public var limit: Int? {
    switch self {
    case .all: nil
    case .random(let count), .balanced(let count): count
    }
  }

  /// - Throws: `BaselinesError.invalid` where a number of pixels is below 1.
  func check() throws {
    switch self {
    case .all: break
    case .random(let count), .balanced(let count):
      guard count >= 1 else {
        throw BaselinesError.invalid(setting: "pixels per picture", value: "\(count)", bound: "at least 1")
      }
    }
  }

  /// The chosen ones of a picture's pixels, ascending.
  func choose(from categories: [UInt8], stream: inout RandomStream) -> [Int] {
    let counted = categories.indices.filter { categories[$0] != Category.void.rawValue }
    switch self {
    case .all: return counted
    case .random(let count): return Self.draw(count, of: counted, &stream)
    case .balanced(let count):
      var strata = [[Int]](repeating: [], count: Category.count)
      for pixel in counted { strata[Int(categories[pixel])].append(pixel) }
      // From the smallest on, so that each share takes in what the smaller categories left.
      strata = strata.filter { !$0.isEmpty }.sorted { $0.count < $1.count }
      var (left, chosen) = (count, [Int]())
      for (index, stratum) in strata.enumerated() {
        let share = (left + strata.count - index - 1) / (strata.count - index)
        let drawn = Self.draw(share, of: stratum, &stream)
        left -= drawn.count
        chosen += drawn
      }
      return chosen.sorted()
    }
  }

  /// Selection sampling (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S): keeps the order.
  private static func draw(_ count: Int, of pixels: [Int], _ stream: inout RandomStream) -> [Int] {
    guard count < pixels.count else { return pixels }
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    for (index, pixel) in pixels.enumerated() where chosen.count < count {
      if stream.integer(below: pixels.count - index) < count - chosen.count { chosen.append(pixel) }
    }
    return chosen
  }
}

extension PixelSampling: LosslessStringConvertible {
  /// `all`, `random:2000` or `balanced:2000`.
  public var description: String {
    switch self {
    case .all: "all"
    case .random(let count): "random:\(count)"
    case .balanced(let count): "balanced:\(count)"
    }
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts[0], parts.count == 2 ? Int(parts[1]) : nil) {
    case ("all", nil) where parts.count == 1: self = .all
    case ("random", let count?): self = .random(perPicture: count)
    case ("balanced", let count?): self = .balanced(perPicture: count)
    default: return nil
    }
  }
}

/// Pixels to learn from: features X float32 [n, d] and categories y [n].
public struct PixelSample: Sendable {
  /// What the columns are.
  public let features: PixelFeatures
  /// [n, d].
  public let matrix: FeatureMatrix
  /// [n], `Category` raw values.
  public let categories: [UInt8]
  /// How the pixels were chosen, for the report.
  public let sampling: PixelSampling
  /// From how many pictures.
  public let pictureCount: Int
  /// How many pixels of these pictures had a category other than void.
  public let countedPixels: Int

  /// Gathers a sample of `count` scenes, asked for one by one (on several threads), so that memory holds the sample
  /// and a few pictures, however many there are.
  ///
  /// The pixels of a picture depend on `seed` and the scene's name alone.
  ///
  /// - Throws: what `scene` throws, and `BaselinesError.invalid` for a bad `sampling`.
  public init(
    count: Int, features: PixelFeatures = .standard, sampling: PixelSampling = .all, seed: UInt64 = 0,
    scene: (Int) throws -> Scene
  ) throws {
    try sampling.check()
    let parts = try Parallel.map(count) { index in
      try Part(scene(index), features: features, sampling: sampling, seed: seed)
    }
    self.init(parts, features: features, sampling: sampling)
  }

  /// Gathers a sample of `scenes`.
  public init(
    scenes: [Scene], features: PixelFeatures = .standard, sampling: PixelSampling = .all, seed: UInt64 = 0
  ) throws {
    try self.init(count: scenes.count, features: features, sampling: sampling, seed: seed) { scenes[$0] }
  }

  private init(_ parts: [Part], features: PixelFeatures, sampling: PixelSampling) {
    let rows = parts.reduce(0) { $0 + $1.categories.count }
    matrix = FeatureMatrix(rows: rows, columns: features.count) { out in
      var next = out
      for part in parts {
        // Each part is given back as soon as it is copied, so the sample is never held twice.
        part.features.drain { values, count in
          next.update(from: values, count: count)
          next += count
        }
      }
    }
    categories = parts.flatMap(\.categories)
    (self.features, self.sampling) = (features, sampling)
    pictureCount = parts.count
    countedPixels = parts.reduce(0) { $0 + $1.countedPixels }
  }

  /// The chosen pixels of one picture.
  private struct Part: Sendable {
    let features: Rows
    let categories: [UInt8]
    let countedPixels: Int

    init(_ scene: Scene, features: PixelFeatures, sampling: PixelSampling, seed: UInt64) throws {
      var stream = RandomStream(seed: seed, RandomStream.key(scene.name))
      let truth = scene.categories
      let chosen = sampling.choose(from: truth, stream: &stream)
      categories = chosen.map { truth[$0] }
      countedPixels = truth.reduce(0) { $0 + ($1 == Category.void.rawValue ? 0 : 1) }
      self.features = Rows(features.matrix(of: scene.picture), chosen)
    }
  }

  /// Rows of features that can be given up early.
  private final class Rows: @unchecked Sendable {
    private var matrix: FeatureMatrix?

    init(_ all: FeatureMatrix, _ chosen: [Int]) {
      let columns = all.columns
      matrix = FeatureMatrix(rows: chosen.count, columns: columns) { out in
        for (row, pixel) in chosen.enumerated() {
          (out + row * columns).update(from: all.values + pixel * columns, count: columns)
        }
      }
    }

    func drain(_ use: (UnsafePointer<Float>, Int) -> Void) {
      if let matrix { use(matrix.values, matrix.rows * matrix.columns) }
      matrix = nil
    }
  }
}
