import Compute
import Scenes
import Streets
import TestSupport
import Testing

@Suite struct SyntheticStreetTests {
  private let street = SyntheticStreet(seed: 11)

  private static func scenes(_ count: Int, seed: UInt64 = 11) -> [Scene] {
    (0..<count).map { SyntheticStreet(seed: seed).scene(index: $0, width: 256, height: 128) }
  }

  @Test("A scene is the same to the bit at any time and from several threads")
  func isDeterministic() throws {
    let once = (0..<6).map { street.scene(index: $0, width: 192, height: 96) }
    let together = try Parallel.map(24) { street.scene(index: $0 % 6, width: 192, height: 96) }
    #expect(together.count == 24)
    for (index, scene) in together.enumerated() { #expect(scene == once[index % 6], "scene \(index % 6)") }
  }

  @Test("Neither indices nor seeds share a street")
  func differ() {
    let scene = street.scene(index: 3, width: 128, height: 64)
    for other in [
      street.scene(index: 4, width: 128, height: 64), SyntheticStreet(seed: 12).scene(index: 3, width: 128, height: 64),
    ] {
      let differing = zip(scene.labels.labels, other.labels.labels).count { $0 != $1 }
      #expect(differing > 128 * 64 / 10)
    }
  }

  @Test("Names are unique, in the form of Cityscapes, and fall into cities")
  func names() {
    #expect(street.scene(index: 19, width: 8, height: 4).name == "altmark_000000_000019")
    #expect(SyntheticStreet.name(of: 25) == "birkenfurt_000000_000025")
    #expect(SyntheticStreet.name(of: 200) == "altmark_000001_000200")
    #expect(Set((0..<1000).map(SyntheticStreet.name)).count == 1000)
    #expect(Set((0..<200).map(SyntheticStreet.city)) == Set(SyntheticStreet.cities))
  }

  @Test("Category shares over 60 scenes are near those of Cityscapes")
  func shares() {
    // About the shares of the fine annotations (Cordts et al. 2016), and how far the mean may lie off.
    let bounds: [(Category, ClosedRange<Double>)] = [
      (.void, 0.07...0.13), (.flat, 0.33...0.43), (.construction, 0.17...0.27), (.object, 0.015...0.04),
      (.nature, 0.11...0.19), (.sky, 0.025...0.065), (.human, 0.008...0.025), (.vehicle, 0.045...0.1),
    ]
    var counts = [Int](repeating: 0, count: Category.count)
    for scene in Self.scenes(60) {
      for category in scene.classes { counts[Int(category)] += 1 }
    }
    for (category, bound) in bounds {
      let share = Double(counts[Int(category.rawValue)]) / Double(60 * 256 * 128)
      #expect(bound.contains(share), "\(category) \(share)")
    }
  }

  @Test("Every scene has at least five categories, and every ten scenes have all")
  func variety() {
    let present = Self.scenes(60).map { Set($0.classes) }
    for (index, categories) in present.enumerated() { #expect(categories.count >= 5, "scene \(index)") }
    for start in stride(from: 0, to: 60, by: 10) {
      let together = present[start..<start + 10].reduce(into: Set()) { $0.formUnion($1) }
      #expect(together.count == Category.count, "scenes from \(start)")
    }
  }

  @Test("Labels are those that are drawn: no pixel is blended or left blank")
  func labelsAreDrawn() {
    let drawn: Set<UInt8> = [1, 3, 4, 5, 6, 7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33]
    var found = Set<UInt8>()
    for scene in Self.scenes(60) { found.formUnion(scene.labels.labels) }
    #expect(found == drawn)
    for label in found { #expect(LabelTable.cityscapes.classes[Int(label)] != nil) }
  }

  @Test("Instance ids agree with labels at every pixel, and tell things apart")
  func instances() throws {
    for index in 0..<10 {
      let scene = street.scene(index: index, width: 256, height: 128)
      let ids = try #require(scene.instances).ids
      var wrong = 0
      for (label, id) in zip(scene.labels.labels, ids) {
        let isThing = label >= 24
        if isThing ? id / 1000 != UInt16(label) : id != UInt16(label) { wrong += 1 }
      }
      #expect(wrong == 0, "scene \(index)")
      #expect(Set(ids.filter { $0 >= 1000 }).count > 3, "scene \(index)")
    }
  }

  @Test("The same index at three times the size shows the same street")
  func resolution() {
    for index in 0..<5 {
      let small = street.scene(index: index, width: 192, height: 96)
      let large = street.scene(index: index, width: 576, height: 288)
      // The middle one of three by three pixels has the same centre.
      let inner = (0..<96).flatMap { y in (0..<192).map { x in large.labels[3 * x + 1, 3 * y + 1] } }
      let agreeing = zip(small.labels.labels, inner).count { $0 == $1 }
      #expect(Double(agreeing) > 0.999 * 192 * 96, "scene \(index): \(agreeing)")
    }
  }

  @Test("Sky lies above houses, and houses above the road")
  func order() {
    var rows = [UInt8: (sum: Int, count: Int)]()
    for scene in Self.scenes(20) {
      for (pixel, label) in scene.labels.labels.enumerated() {
        rows[label, default: (0, 0)].sum += pixel / 256
        rows[label, default: (0, 0)].count += 1
      }
    }
    let mean = rows.mapValues { Double($0.sum) / Double($0.count) }
    #expect(mean[23, default: 128] + 10 < mean[11, default: 0])
    #expect(mean[11, default: 128] + 30 < mean[7, default: 0])
  }

  @Test("Any size is drawn, the smallest too", arguments: [(1, 1), (7, 3), (96, 128), (300, 20)])
  func sizes(width: Int, height: Int) {
    let scene = street.scene(index: 2, width: width, height: height)
    #expect(scene.picture.pixels.count == width * height * 3)
    #expect(scene.labels.labels.allSatisfy { $0 > 0 })
  }

  /// The best that a pixel's colour alone can do: the likeliest category of each of 4096 colours, all categories
  /// weighing the same, learnt on 60 scenes and scored as mean recall on 20 others.
  @Test("Colour alone does not tell categories apart")
  func colourIsAmbiguous() {
    func bin(_ picture: Picture, _ pixel: Int) -> Int {
      (0..<3).reduce(0) { $0 * 16 + Int(picture.pixels[3 * pixel + $1]) / 16 }
    }
    let scenes = Self.scenes(80)
    var counts = [Double](repeating: 0, count: 4096 * Category.count)
    var totals = [Double](repeating: 1, count: Category.count)
    for scene in scenes.prefix(60) {
      for (pixel, category) in scene.classes.enumerated() {
        counts[bin(scene.picture, pixel) * Category.count + Int(category)] += 1
        totals[Int(category)] += 1
      }
    }
    let likeliest = (0..<4096).map { bin in
      (0..<Category.count).max { a, b in
        counts[bin * Category.count + a] / totals[a] < counts[bin * Category.count + b] / totals[b]
      } ?? 0
    }
    var hits = [Double](repeating: 0, count: Category.count)
    var seen = [Double](repeating: 0, count: Category.count)
    for scene in scenes.suffix(20) {
      for (pixel, category) in scene.classes.enumerated() {
        seen[Int(category)] += 1
        if likeliest[bin(scene.picture, pixel)] == Int(category) { hits[Int(category)] += 1 }
      }
    }
    let recall = zip(hits, seen).map { $0 / max($1, 1) }.reduce(0, +) / Double(Category.count)
    #expect(recall < 0.45, "mean recall \(recall)")
    #expect(recall > 0.15, "mean recall \(recall): colours should still say something")
  }
}
