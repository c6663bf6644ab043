import Scenes

/// Instance-weighted hits and misses of the classes that have instances (cityscapesScripts,
/// `evalPixelLevelSemanticLabeling.py`): every pixel of an instance weighs the average size of its label's instances over
/// the size of the instance.
package struct InstanceSums: Equatable, Sendable, Codable {
  /// Weighted true positives by class; only classes that have instances are ever above zero.
  package private(set) var hits: [Double]
  /// Weighted false negatives by class.
  package private(set) var misses: [Double]
  /// Counted pixels of other classes that were predicted as this one.
  package private(set) var falsePositives: [Int]

  /// Average instance size in pixels by label id, measured on Cityscapes at 2048x1024 by its makers; at another size it
  /// is scaled by the area. Labels that the official evaluation ignores (caravan, trailer) have none.
  static let averageSize: [Int: Double] = [
    24: 3462.4756337644, 25: 3930.4788056518, 26: 12794.0202738185, 27: 27855.1264367816, 28: 35732.1511111111,
    31: 67583.7075812274, 32: 6298.7200839748, 33: 4672.3249222261,
  ]

  package init(hits: [Double], misses: [Double], falsePositives: [Int]) {
    (self.hits, self.misses, self.falsePositives) = (hits, misses, falsePositives)
  }

  init(_ instances: InstanceMap, prediction: [UInt8], table: LabelTable) {
    let count = table.classSet.count
    (hits, misses) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    falsePositives = [Int](repeating: 0, count: count)
    let scale = Double(instances.ids.count) / Double(2048 * 1024)
    func place(_ id: UInt16) -> UInt8? { table.classes[min(255, Int(id) / 1000)] }
    var sizes: [UInt16: (pixels: Int, hits: Int)] = [:]
    for (pixel, id) in instances.ids.enumerated() where id > 1000 {
      sizes[id, default: (0, 0)].pixels += 1
      if place(id) == prediction[pixel] { sizes[id, default: (0, 0)].hits += 1 }
    }
    for (id, size) in sizes.sorted(by: { $0.key < $1.key }) {
      guard let average = Self.averageSize[Int(id) / 1000], let place = place(id).map({ Int($0) }),
        table.classSet.classes[place].hasInstances
      else { continue }
      let weight = average * scale / Double(size.pixels)
      hits[place] += weight * Double(size.hits)
      misses[place] += weight * Double(size.pixels - size.hits)
    }
  }

  mutating func addFalsePositives(truth: [UInt8], prediction: [UInt8], where isCounted: (Int) -> Bool) {
    for pixel in truth.indices where truth[pixel] != prediction[pixel] && isCounted(pixel) {
      falsePositives[Int(prediction[pixel])] += 1
    }
  }

  mutating func add(_ other: InstanceSums) {
    for place in hits.indices {
      hits[place] += other.hits[place]
      misses[place] += other.misses[place]
      falsePositives[place] += other.falsePositives[place]
    }
  }
}
