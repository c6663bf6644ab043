import Scenes

/// The sums from which all scores of a set of pictures follow. Tallies of pictures are added, never their scores:
/// a mean of per-picture or per-batch IoU is another quantity.
public struct Tally: Equatable, Sendable, Codable {
  /// The sums under one protocol.
  public struct Sums: Equatable, Sendable, Codable {
    public var confusion = ConfusionMatrix()
    /// Soft sums, nil where a prediction had no probabilities.
    public var soft: SoftSums? = SoftSums()

    public static func += (a: inout Sums, b: Sums) {
      a.confusion += b.confusion
      if let other = b.soft { a.soft?.add(other) } else { a.soft = nil }
    }
  }

  public var pictures = 0
  /// The sums by protocol; `official` only where all pictures have Cityscapes label ids.
  public private(set) var sums: [ScoringProtocol: Sums] = [:]
  /// Instance-weighted sums, nil where a picture has no instance ids.
  public private(set) var instances: InstanceSums?

  public init() {}

  /// The tally of one picture: `prediction` against the truth of `scene`, of the same size.
  ///
  /// `labels` are the predicted raw label ids, where the prediction came as such: a label that the official
  /// evaluation ignores then counts as a miss there.
  public init(scene: Scene, prediction: Prediction, labels: LabelMap? = nil) {
    precondition(
      prediction.width == scene.picture.width && prediction.height == scene.picture.height,
      "prediction of \(prediction.width)x\(prediction.height), scene of \(scene.picture.width)x\(scene.picture.height)")
    pictures = 1
    let truth = scene.categories
    sums[.eight] = Self.sums(truth, prediction.categories, prediction.probabilities) { _ in true }
    sums[.seven] = Self.sums(truth, prediction.categories, prediction.probabilities) { truth[$0] != 0 }
    let band = BorderBand.pixels(truth, width: scene.picture.width)
    sums[.borders] = Self.sums(truth, prediction.categories, prediction.probabilities) { truth[$0] != 0 && band[$0] }
    guard let ignored = scene.labelSet.ignored else { return }
    var predicted = prediction.categories
    if let labels {
      for (pixel, label) in labels.labels.enumerated() where ignored[Int(label)] { predicted[pixel] = 0 }
    }
    sums[.official] = Self.sums(truth, predicted, prediction.probabilities) {
      !ignored[Int(scene.labels.labels[$0])]
    }
    instances = scene.instances.map { instances in
      var sums = InstanceSums(instances, prediction: prediction.categories)
      sums.addFalsePositives(truth: truth, prediction: prediction.categories) {
        !ignored[Int(scene.labels.labels[$0])]
      }
      return sums
    }
  }

  public static func += (a: inout Tally, b: Tally) {
    if a.pictures == 0 {
      a = b
      return
    }
    a.pictures += b.pictures
    for (key, sums) in a.sums {
      var sums = sums
      if let other = b.sums[key] { sums += other }
      a.sums[key] = b.sums[key] == nil ? nil : sums
    }
    if let other = b.instances { a.instances?.add(other) } else { a.instances = nil }
  }

  private static func sums(
    _ truth: [UInt8], _ predicted: [UInt8], _ probabilities: [Float]?, _ isCounted: (Int) -> Bool
  ) -> Sums {
    let counted = truth.indices.map(isCounted)
    var sums = Sums()
    sums.confusion.add(truth: truth, prediction: predicted, counted: counted)
    sums.soft = probabilities.map { SoftSums(truth: truth, probabilities: $0, counted: counted) }
    return sums
  }
}

/// Sums of probabilities by category: what soft scores need beside the confusion matrix.
public struct SoftSums: Equatable, Sendable, Codable {
  /// Sum over pixels of y p, by category.
  public private(set) var overlap = [Double](repeating: 0, count: Category.count)
  /// Sum over pixels of p, by category.
  public private(set) var probability = [Double](repeating: 0, count: Category.count)

  public init() {}

  /// The sums over the pixels that are `counted`; `truth` as `Category` raw values, `probabilities` [pixel, category].
  public init(truth: [UInt8], probabilities: [Float], counted: [Bool]) {
    precondition(
      probabilities.count == truth.count * Category.count,
      "\(truth.count) pixels, \(probabilities.count) probabilities")
    probabilities.withUnsafeBufferPointer { values in
      for pixel in truth.indices where counted[pixel] {
        let base = pixel * Category.count
        for category in 0..<Category.count { probability[category] += Double(values[base + category]) }
        overlap[Int(truth[pixel])] += Double(values[base + Int(truth[pixel])])
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    overlap = try container.decodeByCategory(.overlap)
    probability = try container.decodeByCategory(.probability)
  }

  mutating func add(_ other: SoftSums) {
    for category in overlap.indices {
      overlap[category] += other.overlap[category]
      probability[category] += other.probability[category]
    }
  }
}

/// Instance-weighted hits and misses of humans and vehicles (cityscapesScripts, `evalPixelLevelSemanticLabeling.py`):
/// every pixel of an instance weighs the average size of its class over the size of the instance.
public struct InstanceSums: Equatable, Sendable, Codable {
  /// Weighted true positives by category; only human and vehicle are ever above zero.
  public private(set) var hits = [Double](repeating: 0, count: Category.count)
  /// Weighted false negatives by category.
  public private(set) var misses = [Double](repeating: 0, count: Category.count)

  /// Counted pixels of other categories that were predicted as this one, ignored labels of the category included.
  public private(set) var falsePositives = [Int](repeating: 0, count: Category.count)

  /// Average instance size in pixels by label id, measured on Cityscapes at 2048x1024 by its makers; at another size it
  /// is scaled by the area. Labels that the official evaluation ignores (caravan, trailer) have none.
  static let averageSize: [Int: Double] = [
    24: 3462.4756337644, 25: 3930.4788056518, 26: 12794.0202738185, 27: 27855.1264367816, 28: 35732.1511111111,
    31: 67583.7075812274, 32: 6298.7200839748, 33: 4672.3249222261,
  ]

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hits = try container.decodeByCategory(.hits)
    misses = try container.decodeByCategory(.misses)
    falsePositives = try container.decodeByCategory(.falsePositives)
  }

  init(_ instances: InstanceMap, prediction: [UInt8]) {
    let scale = Double(instances.ids.count) / Double(2048 * 1024)
    var sizes: [UInt16: (pixels: Int, hits: Int)] = [:]
    for (pixel, id) in instances.ids.enumerated() where id > 1000 {
      let category = LabelSet.cityscapes.categories[min(255, Int(id) / 1000)]
      sizes[id, default: (0, 0)].pixels += 1
      if category?.rawValue == prediction[pixel] { sizes[id, default: (0, 0)].hits += 1 }
    }
    for (id, size) in sizes.sorted(by: { $0.key < $1.key }) {
      let label = Int(id) / 1000
      guard let average = Self.averageSize[label], let category = LabelSet.cityscapes.categories[label] else {
        continue
      }
      let weight = average * scale / Double(size.pixels)
      hits[Int(category.rawValue)] += weight * Double(size.hits)
      misses[Int(category.rawValue)] += weight * Double(size.pixels - size.hits)
    }
  }

  mutating func addFalsePositives(truth: [UInt8], prediction: [UInt8], where isCounted: (Int) -> Bool) {
    for pixel in truth.indices where truth[pixel] != prediction[pixel] && isCounted(pixel) {
      falsePositives[Int(prediction[pixel])] += 1
    }
  }

  mutating func add(_ other: InstanceSums) {
    for category in hits.indices {
      hits[category] += other.hits[category]
      misses[category] += other.misses[category]
      falsePositives[category] += other.falsePositives[category]
    }
  }
}

extension KeyedDecodingContainer {
  /// An array of one value a category.
  fileprivate func decodeByCategory<Value: Decodable>(_ key: Key) throws -> [Value] {
    let values = try decode([Value].self, forKey: key)
    guard values.count == Category.count else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "\(values.count) values, not \(Category.count)")
    }
    return values
  }
}
